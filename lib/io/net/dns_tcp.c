/* SPDX-License-Identifier: MIT */
#include "io/net/dns_tcp.h"
#include "base/clock.h"
#include "base/wire.h"
#include "io/net/tcp.h"
#include "proto/dns.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static bool ready(int fd, short events, uint64_t until_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	uint64_t now = clock_mono_ms();

	return now < until_ms && poll(&p, 1, (int)(until_ms - now)) == 1;
}

static bool send_all(int fd, const uint8_t *p, size_t n, uint64_t until_ms)
{
	while (n && ready(fd, POLLOUT, until_ms)) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		p += sent > 0 ? sent : 0;
		n -= sent > 0 ? (size_t)sent : 0;
	}
	return n == 0;
}

static bool recv_all(int fd, uint8_t *p, size_t n, uint64_t until_ms)
{
	while (n && ready(fd, POLLIN, until_ms)) {
		ssize_t got = recv(fd, p, n, 0);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		p += got > 0 ? got : 0;
		n -= got > 0 ? (size_t)got : 0;
	}
	return n == 0;
}

static size_t exchange(int fd, const uint8_t *query, size_t n, uint8_t *out, uint64_t until_ms)
{
	uint8_t framed[2 + DNS_QUERY_MAX], len[2];
	wire_wr w = wire_writer(framed, sizeof framed);

	wire_put_u16(&w, (uint16_t)n);
	wire_put(&w, query, n);
	if (w.bad || !send_all(fd, framed, wire_len(&w), until_ms) ||
	    !recv_all(fd, len, sizeof len, until_ms) ||
	    !recv_all(fd, out, load_be16(len), until_ms))
		return 0;
	return load_be16(len);
}

size_t dns_tcp_ask(const endpoint *server, const uplink *up, const uint8_t *query, size_t n,
		   uint8_t out[DNS_TCP_MAX], unsigned ms)
{
	uint64_t until = clock_mono_ms() + ms;
	int fd = tcp_connect(server, up, NULL);

	if (fd < 0)
		return 0;
	size_t got = exchange(fd, query, n, out, until);
	close(fd);
	return got;
}
