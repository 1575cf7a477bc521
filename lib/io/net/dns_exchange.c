/* SPDX-License-Identifier: MIT */
#include "io/net/dns_exchange.h"
#include "base/clock.h"
#include "io/net/dns_ares.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { SOCKETS = 2 }; /* of one server: UDP and TCP */

typedef struct dns_socket {
	dns_exchange *owner;
	int fd;
	io_watch *watch; /* NULL: the place is free */
} dns_socket;

struct dns_exchange {
	io_loop *loop;
	ares_channel channel;
	io_timer *timer;
	dns_socket sockets[SOCKETS];
	bool is_bound;
	uplink up; /* if it is bound */
	io_call *turn_ended;
	void *ctx;
};

typedef struct question {
	dns_answered *answered;
	void *ctx;
} question;

static void set_timer(dns_exchange *x)
{
	struct timeval tv, *wait = ares_timeout(x->channel, NULL, &tv);
	uint64_t ms = wait ? (uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000 + 1 : 0;

	io_timer_at(x->timer, wait ? clock_mono_ms() + ms : UINT64_MAX);
}

/* The exchange may be gone afterwards. */
static void take_turn(dns_exchange *x, int readable, int writable)
{
	ares_process_fd(x->channel, readable, writable);
	set_timer(x);
	x->turn_ended(x->ctx);
}

static void on_readable(void *ctx)
{
	dns_socket *s = ctx;

	take_turn(s->owner, s->fd, ARES_SOCKET_BAD);
}

static void on_writable(void *ctx)
{
	dns_socket *s = ctx;

	take_turn(s->owner, ARES_SOCKET_BAD, s->fd);
}

static void on_timer(void *ctx)
{
	take_turn(ctx, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* NULL: none is watched, and no more can be; what was asked by it counts as unanswered. */
static dns_socket *find_socket(dns_exchange *x, int fd)
{
	dns_socket *unused = NULL;

	for (dns_socket *s = x->sockets; s < x->sockets + SOCKETS; s++) {
		if (s->watch && s->fd == fd)
			return s;
		if (!s->watch)
			unused = s;
	}
	if (unused)
		*unused = (dns_socket){ .owner = x, .fd = fd };
	return unused;
}

/* From c-ares: which of the two it wants to be told; neither: it closes the socket. */
static void watch_socket(void *ctx, ares_socket_t fd, int readable, int writable)
{
	dns_exchange *x = ctx;
	dns_socket *s = find_socket(x, fd);

	if (s && !s->watch && (readable || writable))
		s->watch = io_watch_new(x->loop, fd, on_readable, s, NULL);
	if (!s || !s->watch)
		return;
	if (readable || writable) {
		io_watch_pause(s->watch, !readable);
		io_watch_writable(s->watch, writable ? on_writable : NULL);
	} else {
		io_watch_free(s->watch);
		s->watch = NULL;
	}
}

static bool bind_socket(int fd, const uplink *up)
{
	struct sockaddr_storage ss;
	endpoint local = { .addr = up->local.addr };

	if (ip_is_link_local6(&local.addr))
		local.scope = up->ifindex;
	socklen_t n = endpoint_to_sockaddr(&local, &ss);
	const int mark = (int)up->mark;
	if (mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0)
		return false;
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, up->name, (socklen_t)strlen(up->name)) ==
		       0 &&
	       bind(fd, (struct sockaddr *)&ss, n) == 0;
}

/* From c-ares, before it connects a socket. Its own ares_set_local_dev() goes on where the system refuses. */
static int prepare_socket(ares_socket_t fd, int type, void *ctx)
{
	const dns_exchange *x = ctx;

	(void)type;
	return !x->is_bound || bind_socket(fd, &x->up) ? 0 : -1;
}

/* The scope of a link's own address is that of the device that the sockets are bound to. */
static bool set_server(dns_exchange *x, const endpoint *server)
{
	struct ares_addr_port_node node = {
		.family = server->addr.len == 16 ? AF_INET6 : AF_INET,
		.udp_port = server->port,
		.tcp_port = server->port,
	};

	memcpy(&node.addr, server->addr.b, server->addr.len);
	return ares_set_servers_ports(x->channel, &node) == ARES_SUCCESS;
}

dns_exchange *dns_exchange_open(io_loop *l, const dns_exchange_conf *c, err *e)
{
	dns_exchange *x = calloc(1, sizeof *x);

	if (!x || !dns_ares_init(&x->channel, "b", c->try_ms, watch_socket, x)) {
		free(x);
		err_sys(e, ENOMEM, "resolver");
		return NULL;
	}
	x->loop = l;
	x->turn_ended = c->turn_ended;
	x->ctx = c->ctx;
	x->is_bound = c->up != NULL;
	if (c->up)
		x->up = *c->up;
	ares_set_socket_configure_callback(x->channel, prepare_socket, x);
	x->timer = io_timer_new(l, on_timer, x, e);
	if (x->timer && set_server(x, &c->server))
		return x;
	if (x->timer)
		err_sys(e, ENOMEM, "resolver");
	dns_exchange_close(x);
	return NULL;
}

void dns_exchange_close(dns_exchange *x)
{
	if (!x)
		return;
	dns_ares_free(x->channel);
	if (x->timer)
		io_timer_free(x->timer);
	free(x);
}

static void take_answer(void *ctx, int status, int timeouts, struct ares_addrinfo *found)
{
	question *q = ctx;
	dns_answer a;

	(void)timeouts;
	if (status != ARES_EDESTRUCTION) {
		dns_ares_read(status, found, &a);
		q->answered(q->ctx, &a);
	}
	ares_freeaddrinfo(found);
	free(q);
}

void dns_exchange_ask(dns_exchange *x, const char *host, int family, dns_answered *answered,
		      void *ctx)
{
	const struct ares_addrinfo_hints hints = { .ai_flags = ARES_AI_NOSORT,
						   .ai_family = family,
						   .ai_socktype = SOCK_DGRAM };
	question *q = malloc(sizeof *q);

	if (!q) {
		answered(ctx, &(dns_answer){ .outcome = DNS_SILENT });
		return;
	}
	*q = (question){ answered, ctx };
	ares_getaddrinfo(x->channel, host, NULL, &hints, take_answer, q);
	set_timer(x);
}
