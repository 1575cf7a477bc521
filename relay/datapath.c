/* SPDX-License-Identifier: MIT */
#include "datapath.h"
#include "io/net/now.h"
#include "proto/mip.h"

#include <errno.h>
#include <string.h>

enum { RECV_BURST = 8 };

/* A datagram too long for the link is no error: clients search for the path MTU. */
static void log_refusal(datapath *d, const char *where, int why)
{
	if (why && why != EMSGSIZE && rate_take(&d->trouble, clock_mono_ms()))
		log_warn(d->log, "sending %s: %s", where, strerror(why));
}

static void flush_out(datapath *d)
{
	if (d->out.n_runs == 0)
		return;
	for (unsigned i = 0; i < d->n_sockets; i++) {
		int why = 0;

		d->not_sent += udp_send(d->sockets[i].udp, i, &d->out, &why);
		log_refusal(d, "to clients", why);
	}
	dgramq_clear(&d->out);
}

static void flush_in(datapath *d)
{
	int why = 0;

	if (d->in.n_runs == 0)
		return;
	d->not_sent += ipip_send(d->ipip, 0, 0, &d->in, &why);
	log_refusal(d, "home", why);
	dgramq_clear(&d->in);
}

void datapath_flush(datapath *d)
{
	flush_in(d);
	flush_out(d);
}

typedef struct arrival {
	datapath *d;
	core_time now;
} arrival;

static void make_room(datapath *d)
{
	if (!dgramq_has_room(&d->in))
		flush_in(d);
	if (!dgramq_has_room(&d->out))
		flush_out(d);
}

static void from_client(void *ctx, const dgram_in *in)
{
	arrival *a = ctx;

	make_room(a->d);
	relay_core_from_client(a->d->core, a->now, in);
}

static void from_home(void *ctx, const dgram_in *in)
{
	arrival *a = ctx;

	make_room(a->d);
	relay_core_from_home(a->d->core, a->now, in);
}

static void on_client(void *ctx)
{
	client_socket *k = ctx;
	datapath *d = k->owner;
	bool more = true;

	for (int i = 0; more && i < RECV_BURST; i++) {
		arrival a = { d, io_now() };
		udp_recv(k->udp, d->rx, k->name, from_client, &a, &more);
	}
	datapath_flush(d);
}

static void on_home(void *ctx)
{
	datapath *d = ctx;
	bool more = true;

	for (int i = 0; more && i < RECV_BURST; i++) {
		arrival a = { d, io_now() };
		ipip_recv(d->ipip, from_home, &a, &more);
	}
	datapath_flush(d);
}

static bool open_socket(datapath *d, const endpoint *at, err *e)
{
	const udp_options o = { .local = *at };
	char text[ENDPOINT_STRLEN];
	client_socket *k = &d->sockets[d->n_sockets];

	*k = (client_socket){ .owner = d, .name = d->n_sockets };
	k->udp = udp_open(&o, e);
	if (!k->udp)
		return err_prefix(e, "listen %s", endpoint_format(at, text));
	d->n_sockets++;
	return true;
}

static bool open_sockets(datapath *d, err *e)
{
	const endpoint defaults[] = {
		{ .addr = ip4(0, 0, 0, 0), .port = MIP_PORT },
		{ .addr = ip4(0, 0, 0, 0), .port = MIP_ESP_PORT },
	};
	unsigned n = d->conf->n_listens;
	const endpoint *list = n ? d->conf->listens : defaults;

	for (unsigned i = 0; i < (n ? n : 2); i++)
		if (!open_socket(d, &list[i], e))
			return false;
	return true;
}

bool datapath_init(datapath *d, const relay_file *c, const logger *log, err *e)
{
	char at[ADDR_STRLEN];

	*d = (datapath){ .conf = c, .log = log, .trouble = { .per_s = 1, .burst = 5 } };
	d->ipip = ipip_open(&c->core.address, e);
	if (!d->ipip)
		return err_prefix(e, "address = %s", ip_format(&c->core.address, at));
	d->rx = udp_rx_new(e);
	if (!d->rx || !open_sockets(d, e))
		return false;
	return (dgramq_init(&d->out) && dgramq_init(&d->in)) || err_set(e, ERR_LIMIT, "no memory");
}

bool datapath_start(datapath *d, io_loop *l, relay_core *core, err *e)
{
	d->core = core;
	d->ipip_watch = io_watch_new(l, ipip_fd(d->ipip), on_home, d, e);
	if (!d->ipip_watch)
		return false;
	for (unsigned i = 0; i < d->n_sockets; i++) {
		client_socket *k = &d->sockets[i];

		k->watch = io_watch_new(l, udp_fd(k->udp), on_client, k, e);
		if (!k->watch)
			return false;
	}
	return true;
}

void datapath_free(datapath *d)
{
	for (unsigned i = 0; i < d->n_sockets; i++) {
		io_watch_free(d->sockets[i].watch);
		udp_close(d->sockets[i].udp);
	}
	io_watch_free(d->ipip_watch);
	ipip_close(d->ipip);
	udp_rx_free(d->rx);
	dgramq_free(&d->out);
	dgramq_free(&d->in);
}
