/* SPDX-License-Identifier: MIT */
#include "target_socket.h"

#include "driver.h"
#include "io/net/now.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

typedef struct target_socket {
	driver *driver;
	mux_tunnel *tunnel;
	udp_sock *udp;
	io_watch *watch;
} target_socket;

typedef struct reading {
	const target_socket *socket;
	core_time now;
} reading;

static void on_datagram(void *ctx, const dgram_in *d)
{
	const reading *r = ctx;

	mux_core_datagram(r->socket->driver->core, r->now, r->socket->tunnel, d->p, d->n);
}

/* One reading, which is 512 KiB at most: then others have their turn. */
static void on_readable(void *ctx)
{
	const target_socket *s = ctx;
	driver *d = s->driver;
	reading r = { s, io_now() };
	bool more;
	int n = udp_recv(s->udp, d->rx, 0, on_datagram, &r, &more);

	mux_core_received(d->core, r.now, s->tunnel, n);
}

static void close_socket(void *socket)
{
	target_socket *s = socket;

	io_watch_free(s->watch);
	udp_close(s->udp);
	free(s);
}

static bool open_udp(target_socket *s, const endpoint *to, int *why, err *e)
{
	const uint8_t zeros[16] = { 0 };
	const udp_options o = { .local.addr = ip_from_bytes(zeros, to->addr.len) };
	struct sockaddr_storage ss;
	socklen_t n = endpoint_to_sockaddr(to, &ss);

	s->udp = udp_open(&o, e);
	if (!s->udp)
		return false;
	if (connect(udp_fd(s->udp), (struct sockaddr *)&ss, n) < 0) {
		*why = errno;
		return err_sys(e, *why, "to the target");
	}
	s->watch = io_watch_new(s->driver->loop, udp_fd(s->udp), on_readable, s, e);
	return s->watch != NULL;
}

static void *open_socket(void *ctx, mux_tunnel *t, const endpoint *to, int *why, err *e)
{
	target_socket *s = calloc(1, sizeof *s);

	if (!s) {
		err_set(e, ERR_LIMIT, "no memory");
		return NULL;
	}
	s->driver = ctx;
	s->tunnel = t;
	if (open_udp(s, to, why, e))
		return s;
	close_socket(s);
	return NULL;
}

static unsigned send_datagrams(void *socket, const dgramq *q, int *why)
{
	const target_socket *s = socket;

	return udp_send(s->udp, 0, q, why);
}

void target_socket_env(mux_env *env)
{
	env->open_socket = open_socket;
	env->send = send_datagrams;
	env->close_socket = close_socket;
}
