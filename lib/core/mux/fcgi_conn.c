/* SPDX-License-Identifier: MIT */
#include "core/mux/fcgi_conn.h"

#include "core/mux/fcgi_record.h"
#include "core/mux/fcgi_request.h"
#include <stdlib.h>

enum {
	IDLE_MS = 75000, /* while there is no request; nginx keeps connections for 60 s */
	SLICE = 2048,    /* octets between two looks at how much the turn has done */
};

typedef struct fcgi_conn {
	mux_conn base; /* first: its address is the connection's */
	mux_fcgi_requests requests;
	mux_fcgi_reader reader;
	uint64_t heard_ms; /* last octets of the web server, or the last answer */
} fcgi_conn;

static mux_context *cx_of(const fcgi_conn *c)
{
	return c->base.all->cx;
}

static void free_conn(fcgi_conn *c)
{
	mux_fcgi_requests_drop(&c->requests);
	mux_conn_end(&c->base);
	free(c);
}

static void finish(fcgi_conn *c)
{
	mux_conn_finish(&c->base);
	free_conn(c);
}

static uint64_t expiry_ms(const fcgi_conn *c)
{
	uint64_t limit = c->requests.n ? mux_fcgi_requests_limit_ms(&c->requests) : IDLE_MS;

	return limit == UINT64_MAX ? UINT64_MAX : c->heard_ms + limit;
}

/* 4.1: of what is asked for, what there is an answer to: several requests may share a connection. */
static void answer_get_values(const fcgi_conn *c, const mux_fcgi_piece *asked)
{
	static const char known[] = "FCGI_MPXS_CONNS";
	uint8_t out[64];
	wire_rd r = wire_reader(asked->p, asked->n);
	wire_wr w = wire_writer(out, sizeof out);
	wire_bytes name, value;

	while (fcgi_pair_get(&r, &name, &value) == 1)
		if (name.n == sizeof known - 1 && memcmp(name.p, known, name.n) == 0 &&
		    wire_len(&w) == 0)
			fcgi_pair_put(&w, name, (wire_bytes){ (const uint8_t *)"1", 1 });
	mux_fcgi_put(&cx_of(c)->env, c->base.link, FCGI_GET_VALUES_RESULT, 0, out, wire_len(&w));
}

static void take_whole(fcgi_conn *c, const mux_fcgi_piece *piece)
{
	const uint8_t unknown[FCGI_HEAD_LEN] = { piece->type }; /* 4.2 */

	if (piece->request != 0)
		mux_fcgi_request_begin(&c->requests, piece->request, piece->p, piece->n);
	else if (piece->type == FCGI_GET_VALUES)
		answer_get_values(c, piece);
	else
		mux_fcgi_put(&cx_of(c)->env, c->base.link, FCGI_UNKNOWN_TYPE, 0, unknown,
			     sizeof unknown);
}

static void take_content(fcgi_conn *c, const mux_fcgi_piece *piece)
{
	if (piece->type == FCGI_PARAMS)
		mux_fcgi_request_params(&c->requests, piece->request, piece->p, piece->n);
	else if (piece->type == FCGI_STDIN)
		mux_fcgi_request_stdin(&c->requests, piece->request, piece->p, piece->n);
}

static void take_empty(fcgi_conn *c, const mux_fcgi_piece *piece)
{
	if (piece->type == FCGI_PARAMS)
		mux_fcgi_request_params_end(&c->requests, piece->request);
	else if (piece->type == FCGI_STDIN)
		mux_fcgi_request_stdin_end(&c->requests, piece->request);
	else if (piece->type == FCGI_ABORT_REQUEST)
		mux_fcgi_request_abort(&c->requests, piece->request);
}

static void read_slice(fcgi_conn *c, uint8_t *p, size_t n)
{
	mux_turns *turns = &cx_of(c)->turns;
	mux_fcgi_piece piece;

	while (!c->requests.is_broken) {
		mux_turns_work(turns, 1);
		switch (mux_fcgi_read(&c->reader, &p, &n, &piece)) {
		case MUX_FCGI_WHOLE:
			take_whole(c, &piece);
			break;
		case MUX_FCGI_CONTENT:
			take_content(c, &piece);
			break;
		case MUX_FCGI_EMPTY:
			take_empty(c, &piece);
			break;
		case MUX_FCGI_BROKEN:
			c->requests.is_broken = true;
			break;
		case MUX_FCGI_MORE:
			return;
		}
	}
	mux_report_malformed(&cx_of(c)->report, mux_now_ms(cx_of(c)), &c->requests.from,
			     "malformed FastCGI", NULL);
}

static bool is_over(const fcgi_conn *c)
{
	return c->requests.is_last || c->requests.is_broken;
}

/* As much as a turn may do; how much was used. */
static size_t read_some(fcgi_conn *c, uint8_t *p, size_t n)
{
	mux_turns *turns = &cx_of(c)->turns;
	size_t used = 0;

	mux_turns_begin(turns);
	while (used < n && !is_over(c) && !mux_conn_is_full(&c->base) &&
	       mux_turns_may_go_on(turns)) {
		size_t slice = n - used < SLICE ? n - used : SLICE;
		read_slice(c, p + used, slice);
		used += slice;
	}
	return used;
}

/* After anything was read, answered or taken: what comes next. May end it. */
static void go_on(fcgi_conn *c)
{
	mux_context *cx = cx_of(c);
	size_t kept = c->base.turn.n;

	if (c->requests.has_done) {
		mux_fcgi_requests_sweep(&c->requests);
		c->heard_ms = mux_now_ms(cx);
	}
	if (is_over(c)) {
		finish(c);
		return;
	}
	mux_turn_set_due(&cx->turns, &c->base.turn, kept > 0 && !mux_conn_is_full(&c->base));
	cx->env.pause(c->base.link, kept > 0);
	mux_timer_set(&cx->timers, &c->base.timer, expiry_ms(c));
}

static void keep(fcgi_conn *c, const uint8_t *p, size_t n)
{
	if (n > 0 && !mux_turn_keep(&cx_of(c)->turns, &c->base.turn, p, n))
		c->requests.is_broken = true;
}

/* --- what happens to it --- */

mux_conn *mux_fcgi_conn_new(mux_conns *all, const ip_addr *from, void *link)
{
	fcgi_conn *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	mux_conn_init(&c->base, all, MUX_CONN_FCGI, NULL, link);
	mux_fcgi_requests_init(&c->requests, &c->base, from);
	c->heard_ms = mux_now_ms(all->cx);
	mux_timer_set(&all->cx->timers, &c->base.timer, expiry_ms(c));
	return &c->base;
}

void mux_fcgi_conn_octets(mux_conn *base, uint8_t *p, size_t n)
{
	fcgi_conn *c = (fcgi_conn *)base;

	c->heard_ms = mux_now_ms(cx_of(c));
	size_t used = base->turn.n > 0 ? 0 : read_some(c, p, n);
	keep(c, p + used, n - used);
	go_on(c);
}

void mux_fcgi_conn_take_turn(mux_conn *base)
{
	fcgi_conn *c = (fcgi_conn *)base;
	mux_turn *t = &base->turn;

	mux_turn_use(&cx_of(c)->turns, t, read_some(c, t->p + t->at, t->n));
	go_on(c);
}

void mux_fcgi_conn_writable(mux_conn *base)
{
	fcgi_conn *c = (fcgi_conn *)base;

	mux_fcgi_requests_writable(&c->requests);
	go_on(c);
}

void mux_fcgi_conn_closed(mux_conn *base)
{
	free_conn((fcgi_conn *)base);
}

void mux_fcgi_conn_expire(mux_conn *base)
{
	fcgi_conn *c = (fcgi_conn *)base;

	if (mux_now_ms(cx_of(c)) < expiry_ms(c)) { /* a reload has changed the limit */
		go_on(c);
		return;
	}
	mux_report_timeout(&cx_of(c)->report);
	finish(c);
}

void mux_fcgi_conn_exchange_over(mux_conn *base, mux_exchange *x)
{
	mux_fcgi_request_exchange_over(x);
	go_on((fcgi_conn *)base);
}

void mux_fcgi_conn_drain(mux_conn *base)
{
	fcgi_conn *c = (fcgi_conn *)base;

	mux_fcgi_requests_end_streams(&c->requests);
	finish(c);
}
