/* SPDX-License-Identifier: MIT */
/* muxload_tunnel.c - one tunnel: TCP from an address of its own, TLS, the request of RFC 9298 3.2,
 * its answer 101, and datagrams in capsules (RFC 9297 3.2, RFC 9298 5). */
#include "muxload.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static int open_socket(const load *l, uint32_t source)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	from.sin_addr.s_addr = htonl(l->first + source % l->sources);
	if (fd >= 0 && setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
	    bind(fd, (struct sockaddr *)&from, sizeof from) == 0 &&
	    (connect(fd, (const struct sockaddr *)&l->mux, sizeof l->mux) == 0 ||
	     errno == EINPROGRESS))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

bool tunnel_start(load *l, tunnel *t)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				  .data.ptr = t };

	t->in_len = 0;
	t->fd = open_socket(l, l->next_source++);
	t->ssl = t->fd >= 0 ? tls_begin(l, t->fd) : NULL;
	if (t->ssl && epoll_ctl(l->epoll, EPOLL_CTL_ADD, t->fd, &ev) == 0) {
		t->state = TUNNEL_CONNECTING;
		return true;
	}
	failure(l, strerror(errno));
	tunnel_close(l, t);
	return false;
}

void tunnel_close(load *l, tunnel *t)
{
	(void)l;
	if (t->state >= TUNNEL_ASKING)
		SSL_shutdown(t->ssl);
	SSL_free(t->ssl);
	if (t->fd >= 0)
		close(t->fd);
	t->ssl = NULL;
	t->fd = -1;
	t->state = TUNNEL_NONE;
}

static void fail(load *l, tunnel *t, const char *what)
{
	failure(l, what);
	tunnel_close(l, t);
}

static bool blocked(tunnel *t, int result)
{
	int why = SSL_get_error(t->ssl, result);

	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static bool ask(load *l, tunnel *t)
{
	char text[512];
	int n = snprintf(
		text, sizeof text,
		"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: connect-udp\r\n"
		"Capsule-Protocol: ?1\r\n\r\n",
		l->path, l->name);

	t->state = TUNNEL_ASKING;
	if (n > 0 && n < (int)sizeof text && SSL_write(t->ssl, text, n) == n)
		return true;
	fail(l, t, "the request can't be sent");
	return false;
}

/* RFC 9298 3.3: 101, Upgrade, Capsule-Protocol. */
static bool is_tunnel(char *head)
{
	return strncmp(head, "HTTP/1.1 101 ", 13) == 0 &&
	       strcasestr(head, "\r\nconnection: upgrade\r\n") &&
	       strcasestr(head, "\r\nupgrade: connect-udp\r\n") &&
	       strcasestr(head, "\r\ncapsule-protocol: ?1\r\n");
}

static void on_answer(load *l, tunnel *t)
{
	char head[REPLY_MAX + 1];

	memcpy(head, t->in, t->in_len);
	head[t->in_len] = 0;
	char *end = strstr(head, "\r\n\r\n");
	if (!end)
		return;
	end[2] = 0;
	if (!is_tunnel(head)) {
		head[strcspn(head, "\r\n")] = 0;
		fail(l, t, head);
		return;
	}
	t->in_len = 0; /* nothing can follow: nothing was sent to the target */
	t->state = TUNNEL_OPEN;
	l->opened++;
	l->resumed += SSL_session_reused(t->ssl) == 1;
}

static void own_payload(const load *l, const tunnel *t, uint8_t p[PAYLOAD])
{
	uint32_t number = (uint32_t)(t - l->t);

	memset(p, 0x5a, PAYLOAD); /* begins as ESP does */
	memcpy(p + 4, &number, sizeof number);
}

bool tunnel_send(load *l, tunnel *t)
{
	uint8_t payload[PAYLOAD], out[PAYLOAD + 16];

	if (t->state != TUNNEL_OPEN)
		return false;
	t->answered = false;
	own_payload(l, t, payload);
	int n = (int)capsule_put(out, payload, sizeof payload);
	if (SSL_write(t->ssl, out, n) == n)
		return true;
	fail(l, t, "a datagram can't be sent");
	return false;
}

static void on_datagram(load *l, tunnel *t)
{
	uint8_t want[PAYLOAD];
	const uint8_t *at;
	size_t n, used = capsule_get(t->in, t->in_len, &at, &n);

	if (!used)
		return;
	own_payload(l, t, want);
	bool good = n == PAYLOAD && memcmp(at, want, n) == 0 && used == t->in_len && !t->answered;
	l->wrong += !good;
	l->answered += good;
	t->answered = true;
	t->in_len = 0;
}

static void read_some(load *l, tunnel *t)
{
	while (t->state >= TUNNEL_ASKING) {
		int n = SSL_read(t->ssl, t->in + t->in_len, (int)sizeof t->in - t->in_len);
		if (n <= 0) {
			if (!blocked(t, n))
				fail(l, t,
				     t->in_len == sizeof t->in ? "too long an answer" : "closed");
			return;
		}
		t->in_len = (uint16_t)(t->in_len + n);
		if (t->state == TUNNEL_ASKING)
			on_answer(l, t);
		else
			on_datagram(l, t);
	}
}

static bool handshake(load *l, tunnel *t)
{
	int r = SSL_do_handshake(t->ssl);

	if (r == 1)
		return ask(l, t);
	if (!blocked(t, r))
		fail(l, t, "handshake");
	return false;
}

static bool connected(load *l, tunnel *t)
{
	int why = 0;
	socklen_t n = sizeof why;

	getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &why, &n);
	if (why)
		fail(l, t, strerror(why));
	else
		t->state = TUNNEL_HANDSHAKE;
	return !why;
}

void tunnel_on_event(load *l, tunnel *t)
{
	if (t->state == TUNNEL_CONNECTING && !connected(l, t))
		return;
	if (t->state == TUNNEL_HANDSHAKE && !handshake(l, t))
		return;
	if (t->state >= TUNNEL_ASKING)
		read_some(l, t);
}

static size_t varint_put_14(uint8_t *out, size_t v)
{
	if (v < 64) {
		out[0] = (uint8_t)v;
		return 1;
	}
	out[0] = (uint8_t)(0x40 | v >> 8);
	out[1] = (uint8_t)v;
	return 2;
}

size_t capsule_put(uint8_t *out, const uint8_t *payload, size_t n)
{
	size_t at = 0;

	out[at++] = 0; /* DATAGRAM */
	at += varint_put_14(out + at, n + 1);
	out[at++] = 0; /* context 0: a UDP payload */
	memcpy(out + at, payload, n);
	return at + n;
}

/* Returns the octets used; 0: not complete. */
static size_t varint_read(const uint8_t *in, size_t len, uint64_t *v)
{
	size_t n = len ? (size_t)1 << (in[0] >> 6) : 1;

	if (len < n)
		return 0;
	*v = in[0] & 0x3f;
	for (size_t i = 1; i < n; i++)
		*v = *v << 8 | in[i];
	return n;
}

size_t capsule_get(const uint8_t *in, size_t len, const uint8_t **at, size_t *n)
{
	uint64_t type, size, context;
	size_t a = varint_read(in, len, &type);
	size_t b = a ? varint_read(in + a, len - a, &size) : 0;

	if (!b || size > len - a - b)
		return 0;
	size_t head = a + b, c = varint_read(in + head, size, &context);
	*at = in + head + c;
	*n = type == 0 && c && context == 0 ? size - c : 0;
	return head + size;
}
