/* SPDX-License-Identifier: MIT */
/* relay_data.c - packets in bursts: what a socket has goes into the core, what the core queued goes out at
 * the end of the burst, or earlier when a queue is full. */
#include "relay.h"

#include "base/clock.h"
#include "proto/mip.h"
#include <errno.h>
#include <string.h>

enum { RECV_BURST = 8 };

core_time relay_now(void)
{
	return (core_time){ .ms = clock_mono_ms(), .ntp = clock_ntp() };
}

/* Too long for the link is no trouble of ours: clients search what passes. */
static void complain(relay *r, const char *where, int why)
{
	if (why && why != EMSGSIZE && rate_take(&r->trouble, clock_mono_ms()))
		log_warn(&r->log, "sending %s: %s", where, strerror(why));
}

static void flush_out(relay *r)
{
	if (r->out.n_runs == 0)
		return;
	for (unsigned i = 0; i < r->n_socks; i++) {
		int why = 0;
		r->not_sent += udp_send(r->socks[i].udp, i, &r->out, &why);
		complain(r, "to clients", why);
	}
	dgramq_clear(&r->out);
}

static void flush_in(relay *r)
{
	int why = 0;

	if (r->in.n_runs == 0)
		return;
	r->not_sent += ipip_send(r->ipip, 0, 0, &r->in, &why);
	complain(r, "home", why);
	dgramq_clear(&r->in);
}

void relay_flush(relay *r)
{
	flush_in(r);
	flush_out(r);
}

void relay_arm(relay *r)
{
	uint64_t due = relay_core_next_timer_ms(r->core);

	if (due != r->due_ms)
		io_timer_at(r->timer, r->due_ms = due);
}

typedef struct arrival {
	relay *r;
	core_time now;
} arrival;

static void make_room(relay *r)
{
	if (!dgramq_has_room(&r->in))
		flush_in(r);
	if (!dgramq_has_room(&r->out))
		flush_out(r);
}

static void from_client(void *ctx, const dgram_in *d)
{
	arrival *a = ctx;

	make_room(a->r);
	relay_core_from_client(a->r->core, a->now, d);
}

static void from_home(void *ctx, const dgram_in *d)
{
	arrival *a = ctx;

	make_room(a->r);
	relay_core_from_home(a->r->core, a->now, d);
}

static void on_client(void *ctx)
{
	relay_sock *k = ctx;
	relay *r = k->owner;
	bool more = true;

	for (int i = 0; more && i < RECV_BURST; i++) {
		arrival a = { r, relay_now() };
		udp_recv(k->udp, r->rx, k->name, from_client, &a, &more);
	}
	relay_flush(r);
	relay_arm(r);
}

static void on_home(void *ctx)
{
	relay *r = ctx;
	bool more = true;

	for (int i = 0; more && i < RECV_BURST; i++) {
		arrival a = { r, relay_now() };
		ipip_recv(r->ipip, from_home, &a, &more);
	}
	relay_flush(r);
	relay_arm(r);
}

static void on_timer(void *ctx)
{
	relay *r = ctx;

	r->due_ms = UINT64_MAX;
	relay_core_tick(r->core, relay_now());
	relay_flush(r);
	relay_arm(r);
}

static bool open_sock(relay *r, const endpoint *at, err *e)
{
	const udp_options o = { .local = *at };
	char text[ENDPOINT_STRLEN];
	relay_sock *k = &r->socks[r->n_socks];

	*k = (relay_sock){ .owner = r, .name = r->n_socks };
	k->udp = udp_open(&o, e);
	if (!k->udp)
		return err_prefix(e, "listen %s", endpoint_format(at, text));
	r->n_socks++;
	return true;
}

static bool open_socks(relay *r, err *e)
{
	const endpoint defaults[] = {
		{ .addr = ip4(0, 0, 0, 0), .port = MIP_PORT },
		{ .addr = ip4(0, 0, 0, 0), .port = MIP_ESP_PORT },
	};
	unsigned n = r->conf->n_listens;
	const endpoint *list = n ? r->conf->listens : defaults;

	for (unsigned i = 0; i < (n ? n : 2); i++)
		if (!open_sock(r, &list[i], e))
			return false;
	return true;
}

bool relay_net_open(relay *r, err *e)
{
	char at[ADDR_STRLEN];

	r->ipip = ipip_open(&r->conf->core.address, e);
	if (!r->ipip)
		return err_prefix(e, "address = %s", ip_format(&r->conf->core.address, at));
	r->rx = udp_rx_new(e);
	return r->rx && open_socks(r, e);
}

bool relay_data_open(relay *r, err *e)
{
	r->due_ms = UINT64_MAX;
	r->trouble = (rate_limit){ .per_s = 1, .burst = 5 };
	r->timer = io_timer_new(r->loop, on_timer, r, e);
	r->ipip_watch = r->timer ? io_watch_new(r->loop, ipip_fd(r->ipip), on_home, r, e) : NULL;
	if (!r->ipip_watch)
		return false;
	for (unsigned i = 0; i < r->n_socks; i++) {
		relay_sock *k = &r->socks[i];
		k->watch = io_watch_new(r->loop, udp_fd(k->udp), on_client, k, e);
		if (!k->watch)
			return false;
	}
	return true;
}

void relay_data_close(relay *r)
{
	for (unsigned i = 0; i < r->n_socks; i++) {
		io_watch_free(r->socks[i].watch);
		udp_close(r->socks[i].udp);
	}
	io_watch_free(r->ipip_watch);
	io_timer_free(r->timer);
	ipip_close(r->ipip);
	udp_rx_free(r->rx);
}
