/* SPDX-License-Identifier: MIT */
/* ipip.c - a raw socket for protocol 4: opened, read in batches. */
#include "io/net/ipip_sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RX_BUFFER = 9216 /* an Ethernet jumbo frame; longer ones are dropped */, BUFFERS = 8 << 20 };

static bool map_buffers(ipip_sock *s)
{
	void *mem = mmap(NULL, IPIP_BATCH * RX_BUFFER, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		return false;
	s->mem = mem;
	for (size_t i = 0; i < IPIP_BATCH; i++) {
		s->rx_iov[i] = (struct iovec){ s->mem + i * RX_BUFFER, RX_BUFFER };
		s->rx[i].msg_hdr.msg_iov = &s->rx_iov[i];
		s->rx[i].msg_hdr.msg_iovlen = 1;
	}
	return true;
}

static void set_option(int fd, int forced, int plain, int octets)
{
	if (setsockopt(fd, SOL_SOCKET, forced, &octets, sizeof octets) != 0)
		setsockopt(fd, SOL_SOCKET, plain, &octets, sizeof octets);
}

static bool open_socket(ipip_sock *s, const ip_addr *local, err *e)
{
	const endpoint at = { .addr = local->len == 4 ? *local : ip4(0, 0, 0, 0) };
	struct sockaddr_storage sa;
	int one = 1;

	s->fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_IPIP);
	if (s->fd < 0)
		return err_sys(e, errno, "raw socket for IP-in-IP");
	set_option(s->fd, SO_RCVBUFFORCE, SO_RCVBUF, BUFFERS);
	set_option(s->fd, SO_SNDBUFFORCE, SO_SNDBUF, BUFFERS);
	if (setsockopt(s->fd, IPPROTO_IP, IP_HDRINCL, &one, sizeof one) != 0)
		return err_sys(e, errno, "IP_HDRINCL");
	socklen_t n = endpoint_to_sockaddr(&at, &sa);
	return bind(s->fd, (const struct sockaddr *)&sa, n) == 0 ||
	       err_sys(e, errno, "IP-in-IP: binding to its address");
}

ipip_sock *ipip_open(const ip_addr *local, err *e)
{
	ipip_sock *s = calloc(1, sizeof *s);

	if (!s) {
		err_sys(e, ENOMEM, "IP-in-IP");
		return NULL;
	}
	s->fd = -1;
	if (!map_buffers(s))
		err_sys(e, ENOMEM, "IP-in-IP buffers");
	else if (open_socket(s, local, e))
		return s;
	ipip_close(s);
	return NULL;
}

void ipip_close(ipip_sock *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (s->mem)
		munmap(s->mem, IPIP_BATCH * RX_BUFFER);
	free(s);
}

int ipip_fd(const ipip_sock *s)
{
	return s->fd;
}

uint64_t ipip_refused(const ipip_sock *s)
{
	return s->refused;
}

static void hand_over(ipip_sock *s, unsigned i, void (*each)(void *ctx, const dgram_in *d),
		      void *ctx)
{
	const uint8_t *p = s->rx_iov[i].iov_base;
	ipip_view v;
	ipip_verdict verdict = s->rx[i].msg_hdr.msg_flags & MSG_TRUNC
				       ? IPIP_SHORT
				       : ipip_get(p, s->rx[i].msg_len, &v);

	if (verdict != IPIP_OK) {
		s->refused++;
		return;
	}
	const dgram_in d = { .from = v.from,
			     .local = v.to.addr,
			     .local_port = v.to.port,
			     .p = (uint8_t *)s->rx_iov[i].iov_base + (v.payload.p - p),
			     .n = v.payload.n };
	each(ctx, &d);
}

int ipip_recv(ipip_sock *s, void (*each)(void *ctx, const dgram_in *d), void *ctx, bool *more)
{
	int n;

	do
		n = recvmmsg(s->fd, s->rx, IPIP_BATCH, MSG_DONTWAIT, NULL);
	while (n < 0 && errno == EINTR);
	*more = n == IPIP_BATCH;
	for (int i = 0; i < n; i++)
		hand_over(s, (unsigned)i, each, ctx);
	return n >= 0 ? n : errno == EAGAIN ? 0 : -errno;
}
