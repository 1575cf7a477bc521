/* SPDX-License-Identifier: MIT */
/* Two web servers' FastCGI connections to one multiplexer, octets to one or the other, and in between datagrams
 * for the tunnels, connections that fill up and end, sockets that fail, and time that passes. What is written
 * is whole records, in order for each request, and in the end nothing is left. */
#include "core/mux/core.h"
#include "core/mux/fcgi_record.h"
#include "oracle.h"
#include <errno.h>
#include <stdlib.h>

enum { SIDES = 2, SOCKETS = 4 };

typedef struct web_server {
	mux_conn *conn; /* NULL: not connected */
	bool full;
	bool closed[256]; /* of a request: its STDOUT has ended */
} web_server;

typedef struct target {
	mux_tunnel *tunnel; /* NULL: closed */
} target;

static mux_core *core;
static web_server sides[SIDES];
static target targets[SOCKETS];
static core_time now;

/* --- connections: what is written is read as records --- */

static void check_order(web_server *s, const fcgi_head *h)
{
	uint8_t id = (uint8_t)h->request;

	oracle_check(h->padding == 0);
	if (h->request == 0) {
		oracle_check(h->type == FCGI_GET_VALUES_RESULT || h->type == FCGI_UNKNOWN_TYPE);
		return;
	}
	oracle_check(h->type == FCGI_STDOUT || h->type == FCGI_END_REQUEST);
	if (h->request > UINT8_MAX)
		return; /* not kept */
	if (h->type == FCGI_STDOUT) {
		oracle_check(!s->closed[id]); /* next is its end, and no more of it */
		s->closed[id] = h->len == 0;
	} else {
		s->closed[id] = false;
	}
}

static void write_link(void *link, const void *p, size_t n)
{
	web_server *s = link;
	wire_rd r = wire_reader(p, n);
	fcgi_head h;

	oracle_check(n >= 1 && n <= MUX_WRITE_MAX && s->conn);
	while (fcgi_head_get(&r, &h) == 1) {
		check_order(s, &h);
		wire_take(&r, h.len);
	}
	oracle_check(wire_done(&r)); /* each write is whole records */
}

static bool is_full(const void *link)
{
	const web_server *s = link;

	return s->full;
}

static void pause_link(void *link, bool paused)
{
	(void)link, (void)paused;
}

static void note_wait(void *link, uint64_t wait_ms)
{
	(void)link, (void)wait_ms;
}

static void end_link(void *link)
{
	web_server *s = link;

	*s = (web_server){ 0 };
}

/* --- sockets --- */

static void *open_socket(void *ctx, mux_tunnel *t, const endpoint *to, int *why, err *e)
{
	(void)ctx;
	oracle_check(to->port == 4500);
	for (unsigned i = 0; i < SOCKETS; i++)
		if (!targets[i].tunnel) {
			targets[i].tunnel = t;
			return &targets[i];
		}
	*why = ENETUNREACH;
	err_set(e, ERR_SYSTEM, "no more sockets");
	return NULL;
}

static unsigned send_all(void *socket, const dgramq *q, int *why)
{
	const target *t = socket;

	(void)why;
	oracle_check(t->tunnel && q->n_runs > 0);
	return 0;
}

static void close_socket(void *socket)
{
	target *t = socket;

	t->tunnel = NULL;
}

/* --- what happens --- */

static void pass(uint64_t ms)
{
	now.ms += ms;
	mux_core_tick(core, now);
	oracle_check(mux_core_next_timer_ms(core) > now.ms);
}

static void hear(unsigned side, const uint8_t *data, size_t n)
{
	static const ip_addr from = { .len = 4, .b = { 127, 0, 0, 1 } };
	web_server *s = &sides[side];
	uint8_t *copy = malloc(n ? n : 1);

	oracle_check(copy != NULL);
	memcpy(copy, data, n);
	if (!s->conn)
		s->conn = mux_core_accept(core, now, MUX_CONN_FCGI, &from, s);
	oracle_check(s->conn != NULL);
	mux_core_octets(core, now, s->conn, copy, n);
	free(copy);
}

static void fill(web_server *s)
{
	s->full = s->conn && !s->full;
	if (s->conn && !s->full)
		mux_core_writable(core, now, s->conn);
}

static void receive(const target *t, bool fails)
{
	mux_tunnel *tunnel = t->tunnel;

	if (!tunnel)
		return;
	if (!fails)
		mux_core_datagram(core, now, tunnel, (const uint8_t *)"abc", 3);
	mux_core_received(core, now, tunnel, fails ? -ECONNREFUSED : 1);
}

static void happen(unsigned what, unsigned side)
{
	const target *t = &targets[what % SOCKETS];

	switch (what >> 2 & 7) {
	case 1:
		fill(&sides[side]);
		break;
	case 2:
		pass(what & 1 ? 100 : 5000);
		break;
	case 3:
		receive(t, true);
		break;
	case 4:
		if (sides[side].conn)
			mux_core_closed(core, now, sides[side].conn, NULL);
		break;
	case 5:
	case 6:
		receive(t, false);
		break;
	case 7:
		if (what == 31)
			mux_core_drain(core, now);
		break;
	default:
		break;
	}
}

static void check_nothing_is_left(void)
{
	for (unsigned i = 0; i < SOCKETS; i++)
		oracle_check(!targets[i].tunnel);
	for (unsigned i = 0; i < SIDES; i++)
		oracle_check(!sides[i].conn);
	const mux_counts c = mux_core_counts(core);
	oracle_check(c.open_connections == 0 && c.tunnels.open[MUX_TUNNEL_PLAIN] == 0);
}

/* An octet that is what happens and to which side, one of a length, and so many octets from there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const mux_config config = {
		.targets = { { .name = "home",
			       .at = { .addr = { .len = 4, .b = { 192, 0, 2, 1 } },
				       .port = 4500 } } },
		.n_targets = 1,
		.idle_ms = 300000,
	};
	const mux_env env = { .write = write_link,
			      .is_full = is_full,
			      .pause = pause_link,
			      .note_wait = note_wait,
			      .finish = end_link,
			      .abort = end_link,
			      .open_socket = open_socket,
			      .send = send_all,
			      .close_socket = close_socket };

	now = (core_time){ .ms = 1000 };
	const mux_core_options o = { .env = env, .config = &config, .now = now };
	core = mux_core_new(&o);
	oracle_check(core != NULL);
	while (n >= 2) {
		unsigned what = data[0] & 31, side = data[0] >> 5 & 1;
		size_t len = data[1] < n - 2 ? data[1] : n - 2;
		if (len)
			hear(side, data + 2, len);
		happen(what, side);
		data += 2 + len;
		n -= 2 + len;
	}
	mux_core_drain(core, now);
	check_nothing_is_left();
	mux_core_free(core);
	return 0;
}
