/* SPDX-License-Identifier: MIT */
#include "datapath.h"
#include "io/net/now.h"

#include <errno.h>
#include <stdlib.h>

enum { TUN_BURST = 32 };

void datapath_write_tun(datapath *d)
{
	if (d->in.n == 0)
		return;
	join_finish(&d->in);
	tun_write(d->tun, &d->in);
	join_clear(&d->in);
}

/* A failure may make the core send elsewhere at once. */
static void flush_tx(datapath *d)
{
	enum { ROUNDS = 4 };
	socket_failure failed[SOCKETS_MAX];

	for (int i = 0; i < ROUNDS && d->tx.n_runs; i++) {
		unsigned n = sockets_send(d->sockets, &d->tx, failed);

		dgramq_clear(&d->tx);
		for (unsigned k = 0; k < n; k++)
			client_core_send_failed(d->core, io_now(), failed[k].name, failed[k].why);
	}
}

void datapath_flush(datapath *d)
{
	datapath_write_tun(d);
	flush_tx(d);
}

void datapath_deliver(datapath *d, core_time now, const dgram_in *in)
{
	if (!join_has_room(&d->in))
		datapath_write_tun(d);
	client_core_datagram(d->core, now, in);
	if (!dgramq_has_room(&d->tx))
		flush_tx(d);
}

static void on_tun(void *ctx)
{
	datapath *d = ctx;
	core_time now = io_now();
	ssize_t n;

	if (!client_core_wants_packets(d->core, now))
		return;
	for (int i = 0; i < TUN_BURST && (n = tun_read(d->tun, d->tun_buf)) > 0; i++) {
		client_core_packet(d->core, now, d->tun_buf, (size_t)n);
		if (!join_has_room(&d->in))
			datapath_write_tun(d);
		if (dgramq_has_room(&d->tx))
			continue;
		flush_tx(d); /* which may lose the path */
		if (!client_core_wants_packets(d->core, now))
			break;
	}
	datapath_flush(d);
}

void datapath_pause_tun(datapath *d, core_time now)
{
	bool pause = !client_core_wants_packets(d->core, now);

	if (pause != d->paused)
		io_watch_pause(d->tun_watch, pause);
	d->paused = pause;
}

bool datapath_init(datapath *d, tun *t, sockets *s, err *e)
{
	*d = (datapath){ .tun = t, .sockets = s, .tun_buf = malloc(TUN_READ_MAX) };
	return (d->tun_buf && dgramq_init(&d->tx) && join_init(&d->in, tun_takes_udp(t))) ||
	       err_sys(e, ENOMEM, "packet buffers");
}

bool datapath_start(datapath *d, io_loop *l, client_core *core, err *e)
{
	d->core = core;
	d->tun_watch = io_watch_new(l, tun_fd(d->tun), on_tun, d, e);
	return d->tun_watch != NULL;
}

void datapath_free(datapath *d)
{
	io_watch_free(d->tun_watch);
	join_free(&d->in);
	dgramq_free(&d->tx);
	free(d->tun_buf);
}
