/* SPDX-License-Identifier: MIT */
#include "udp_sockets.h"
#include "io/net/now.h"

#include <errno.h>
#include <stdlib.h>

enum { RECV_BURST = 16 };

typedef struct udp_socket {
	udp_sockets *owner;
	uint32_t name;
	bool muted;
	udp_sock *udp;
	io_watch *watch;
} udp_socket;

typedef struct arrival {
	udp_socket *k;
	core_time now;
} arrival;

static void on_datagram(void *ctx, const dgram_in *d)
{
	const arrival *a = ctx;

	if (!a->k->muted)
		datapath_deliver(a->k->owner->data, a->now, d);
}

/* What was received is written before the next batch takes its buffers. */
static void on_readable(void *ctx)
{
	udp_socket *k = ctx;
	udp_sockets *u = k->owner;
	bool more = true;

	for (int i = 0; i < RECV_BURST && more && !k->muted; i++) {
		arrival a = { k, io_now() };
		int got = udp_recv(k->udp, u->rx, k->name, on_datagram, &a, &more);

		datapath_write_tun(u->data);
		if (got < 0 && got != -EAGAIN && got != -EINTR) {
			client_core_send_failed(u->data->core, a.now, k->name, -got);
			break;
		}
	}
	datapath_flush(u->data);
}

static int send_runs(void *ctx, uint32_t name, const dgramq *q)
{
	udp_socket *k = ctx;
	int why = 0;

	udp_send(k->udp, name, q, &why);
	return why;
}

static void mute(void *ctx)
{
	udp_socket *k = ctx;

	k->muted = true;
	io_watch_pause(k->watch, true);
}

static void close_socket(void *ctx)
{
	udp_socket *k = ctx;

	io_watch_free(k->watch);
	if (k->udp)
		udp_close(k->udp);
	free(k);
}

static const socket_kind udp_kind = { send_runs, mute, close_socket };

static bool open_socket(udp_socket *k, const uplink *up, err *e)
{
	udp_options o = { .local = { .addr = up->local.addr },
			  .device = up->name,
			  .mark = up->mark };

	if (ip_is_link_local6(&up->local.addr))
		o.local.scope = up->ifindex;
	k->udp = udp_open(&o, e);
	if (!k->udp)
		return false;
	k->watch = io_watch_new(k->owner->loop, udp_fd(k->udp), on_readable, k, e);
	return k->watch != NULL;
}

uint32_t udp_sockets_open(udp_sockets *u, const uplink *up, err *e)
{
	udp_socket *k = calloc(1, sizeof *k);

	if (!k) {
		err_sys(e, ENOMEM, "socket");
		return 0;
	}
	k->owner = u;
	if (open_socket(k, up, e)) {
		k->name = sockets_add(u->sockets, &udp_kind, k);
		if (k->name)
			return k->name;
		err_set(e, ERR_LIMIT, "at most %d sockets", SOCKETS_MAX);
	}
	close_socket(k);
	return 0;
}

bool udp_sockets_init(udp_sockets *u, io_loop *l, sockets *s, datapath *d, err *e)
{
	*u = (udp_sockets){ .loop = l, .sockets = s, .data = d, .rx = udp_rx_new(e) };
	return u->rx != NULL;
}

void udp_sockets_free(udp_sockets *u)
{
	udp_rx_free(u->rx);
}
