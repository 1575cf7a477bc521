/* SPDX-License-Identifier: MIT */
#include "datapath.h"

#include "io/net/now.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TUN_BURST = 64, RECV_BURST = 8 };

static void flush_tx(datapath *d)
{
	if (d->tx.n_runs == 0)
		return;
	sockets_send(d->sockets, &d->tx);
	dgramq_clear(&d->tx);
}

static void flush_in(datapath *d)
{
	if (d->in.n == 0)
		return;
	join_finish(&d->in);
	d->not_written += tun_write(d->tun, &d->in);
	join_clear(&d->in);
}

void datapath_flush(datapath *d)
{
	flush_in(d);
	flush_tx(d);
}

void datapath_make_room(datapath *d)
{
	if (!dgramq_has_room(&d->tx))
		flush_tx(d);
	if (!join_has_room(&d->in))
		flush_in(d);
}

typedef struct arrival {
	datapath *d;
	core_time now;
} arrival;

static void on_datagram(void *ctx, const dgram_in *in)
{
	arrival *a = ctx;

	datapath_make_room(a->d);
	home_core_datagram(a->d->core, a->now, in);
}

/* An ICMP error of some client's network is not worth a word; a socket that is broken is, once. */
static void log_error_of(receiver *r, int why)
{
	if (why != ENOTSOCK && why != EBADF && why != EFAULT && why != ENOMEM)
		return;
	if (!r->broken)
		log_error(&r->owner->settings->log, "receiving: %s", strerror(why));
	r->broken = true;
}

static void on_socket(void *ctx)
{
	receiver *r = ctx;
	datapath *d = r->owner;
	bool more = true;

	for (int i = 0; more && i < RECV_BURST; i++) {
		arrival a = { d, io_now() };
		int got =
			udp_recv(d->sockets->udp[r->name], d->rx, r->name, on_datagram, &a, &more);

		if (got < 0)
			log_error_of(r, -got);
		datapath_flush(d); /* before the buffers are used again */
	}
}

/* A relay is recognised by its address; all other IP-in-IP is dropped. */
static void on_relayed(void *ctx, const dgram_in *relayed)
{
	arrival *a = ctx;
	datapath *d = a->d;
	const home_conf *home = &d->settings->home;
	dgram_in in = *relayed;
	char from[ADDR_STRLEN];

	for (unsigned i = 0; i < home->n_relays; i++) {
		if (!ip_equal(&home->relays[i].address, &in.from.addr))
			continue;
		in.sock = DGRAM_RELAY + i;
		on_datagram(a, &in);
		return;
	}
	d->not_of_relays++;
	if (rate_take(&d->trouble, a->now.ms))
		log_warn(&d->settings->log, "IP-in-IP from %s, which is not a configured relay",
			 ip_format(&in.from.addr, from));
}

static void on_ipip(void *ctx)
{
	datapath *d = ctx;
	bool more = true;

	for (int i = 0; more && i < RECV_BURST; i++) {
		arrival a = { d, io_now() };
		int got = ipip_recv(d->sockets->ipip, on_relayed, &a, &more);

		if (got < 0 && rate_take(&d->trouble, a.now.ms))
			log_warn(&d->settings->log, "receiving from relays: %s", strerror(-got));
		datapath_flush(d); /* before the buffers are used again */
	}
}

static void handle_tun_error(datapath *d, int why)
{
	if (why == EIO || why == ENETDOWN) /* somebody took the link down; it may come up again */
		return;
	log_error(&d->settings->log, "%s: %s: the tunnel device is gone", tun_name(d->tun),
		  strerror(why));
	io_loop_stop(d->loop);
}

static void on_tun(void *ctx)
{
	datapath *d = ctx;
	core_time now = io_now();

	for (int i = 0; i < TUN_BURST; i++) {
		ssize_t n = tun_read(d->tun, d->tun_buf);

		if (n < 0)
			handle_tun_error(d, (int)-n);
		if (n <= 0)
			break;
		home_core_packet(d->core, now, d->tun_buf, (size_t)n);
		datapath_make_room(d);
	}
	datapath_flush(d);
}

bool datapath_init(datapath *d, const settings *s, sockets *k, tun *t, err *e)
{
	*d = (datapath){
		.settings = s, .sockets = k, .tun = t, .trouble = { .per_s = 1, .burst = 5 }
	};
	d->rx = udp_rx_new(e);
	if (!d->rx)
		return false;
	d->tun_buf = malloc(TUN_READ_MAX);
	return (d->tun_buf && dgramq_init(&d->tx) && join_init(&d->in, tun_takes_udp(t))) ||
	       err_sys(e, ENOMEM, "packet buffers");
}

bool datapath_watch_ipip(datapath *d, err *e)
{
	if (!d->sockets->ipip || d->ipip_watch)
		return true;
	d->ipip_watch = io_watch_new(d->loop, ipip_fd(d->sockets->ipip), on_ipip, d, e);
	return d->ipip_watch != NULL;
}

bool datapath_start(datapath *d, io_loop *l, home_core *core, err *e)
{
	d->loop = l;
	d->core = core;
	d->tun_watch = io_watch_new(l, tun_fd(d->tun), on_tun, d, e);
	if (!d->tun_watch)
		return false;
	for (unsigned i = 0; i < d->sockets->n; i++) {
		receiver *r = &d->receivers[i];

		*r = (receiver){ .owner = d, .name = i };
		r->watch = io_watch_new(l, udp_fd(d->sockets->udp[i]), on_socket, r, e);
		if (!r->watch)
			return false;
	}
	return datapath_watch_ipip(d, e);
}

void datapath_free(datapath *d)
{
	for (unsigned i = 0; i < CONF_LISTENS; i++)
		io_watch_free(d->receivers[i].watch);
	io_watch_free(d->ipip_watch);
	io_watch_free(d->tun_watch);
	dgramq_free(&d->tx);
	join_free(&d->in);
	udp_rx_free(d->rx);
	free(d->tun_buf);
}
