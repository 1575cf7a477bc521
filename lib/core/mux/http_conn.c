/* SPDX-License-Identifier: MIT */
/* http_conn.c - while the parser runs nothing is freed: what ends the connection is noted, and done behind it. */
#include "core/mux/http_conn.h"

#include "core/mux/forwarded.h"
#include "core/mux/http_request.h"
#include "proto/websocket.h"
#include <stdlib.h>

enum {
	FIRST_REQUEST_MS = 10000, /* to begin */
	REQUEST_MS = 30000,       /* one more, to begin */
	HEAD_MS = 10000,          /* to be complete, however slowly it comes */
	BODY_MS = 30000,          /* one that is of no use, to be complete */
	BODY_MAX = 64 * 1024,
	LATER_MAX =
		16 * 1024, /* of what is kept while an answer goes on; more is left in the socket */
	HEAD_SLICE = 256,  /* octets between two looks at how much the turn has done */
	BODY_SLICE = 2048,
};

typedef enum conn_wait {
	WAIT_NOTHING,
	WAIT_FIRST_REQUEST,
	WAIT_REQUEST,
	WAIT_HEAD,
	WAIT_BODY,
	WAIT_DATAGRAMS,
} conn_wait;

typedef struct http_conn {
	mux_conn base; /* first: its address is the connection's */
	mux_client client;
	http_parser *parser; /* NULL: a tunnel */
	mux_http_request request;
	mux_tunnel *tunnel; /* NULL: not yet */
	mux_outlet outlet;  /* the tunnel's */
	conn_wait waits_for;
	bool is_open;
	bool is_over; /* to be closed */
	bool is_held; /* an answer goes on; what comes meanwhile is kept */
} http_conn;

static mux_context *cx_of(const http_conn *c)
{
	return c->base.all->cx;
}

static void free_conn(http_conn *c)
{
	mux_conns *all = c->base.all;

	mux_http_request_drop(&c->request);
	mux_tunnel_free(c->tunnel);
	http_parser_free(c->parser);
	mux_conn_end(&c->base);
	if (c->client.source)
		mux_guard_disconnect(all->guard, mux_now_ms(all->cx), c->client.source);
	free(c);
}

static void finish(http_conn *c)
{
	mux_conn_finish(&c->base);
	free_conn(c);
}

/* --- what is waited for --- */

static uint64_t limit_ms(const http_conn *c, conn_wait w)
{
	switch (w) {
	case WAIT_FIRST_REQUEST:
		return FIRST_REQUEST_MS;
	case WAIT_REQUEST:
		return REQUEST_MS;
	case WAIT_HEAD:
		return HEAD_MS;
	case WAIT_BODY:
		return BODY_MS;
	case WAIT_DATAGRAMS:
		return cx_of(c)->config->idle_ms;
	case WAIT_NOTHING:
		break;
	}
	return UINT64_MAX;
}

/* Datagrams have their time from the last ones on; a head and any other body, in all: who sends an octet now
 * and then gets no more of it. */
static void set_wait(http_conn *c, conn_wait w)
{
	mux_timers *timers = &cx_of(c)->timers;

	if (w == WAIT_NOTHING)
		mux_timer_set(timers, &c->base.timer, UINT64_MAX);
	else if (w != c->waits_for || w == WAIT_DATAGRAMS)
		mux_timer_in(timers, &c->base.timer, limit_ms(c, w));
	c->waits_for = w;
}

static conn_wait next_wait(const http_conn *c)
{
	if (c->is_held || c->tunnel)
		return WAIT_NOTHING;
	if (c->request.in_body)
		return mux_http_request_takes_datagrams(&c->request) ? WAIT_DATAGRAMS : WAIT_BODY;
	if (http_in_message(c->parser))
		return WAIT_HEAD;
	return c->request.is_answered ? WAIT_REQUEST : WAIT_FIRST_REQUEST;
}

/* --- requests --- */

static bool on_head(void *ctx, const http_head *h)
{
	http_conn *c = ctx;
	mux_client client = c->client;

	if (!client.source)
		mux_forwarded_for(h, &client.from);
	c->waits_for = WAIT_NOTHING; /* what is waited for next has all its time */
	switch (mux_http_request_begin(&c->request, h, &client)) {
	case MUX_HTTP_DATAGRAMS:
		http_body_max(c->parser, UINT64_MAX);
		return true;
	case MUX_HTTP_STREAM:
		c->is_held = true;
		return false;
	case MUX_HTTP_TUNNEL:
		return false;
	case MUX_HTTP_BODY:
		break;
	}
	return true;
}

static void on_body(void *ctx, uint8_t *p, size_t n)
{
	http_conn *c = ctx;

	mux_turns_work(&cx_of(c)->turns, 1);
	mux_http_request_body(&c->request, p, n);
}

static void on_end(void *ctx)
{
	http_conn *c = ctx;

	mux_http_request_end(&c->request);
}

static bool new_parser(http_conn *c)
{
	const http_events ev = { c, on_head, on_body, on_end };

	http_parser_free(c->parser);
	c->parser = http_parser_new(HTTP_REQUESTS, &ev);
	if (c->parser)
		http_body_max(c->parser, BODY_MAX);
	return c->parser != NULL;
}

static void report(const http_conn *c, const char *what, const char *why)
{
	mux_report_malformed(&cx_of(c)->report, mux_now_ms(cx_of(c)), &c->client.from, what, why);
}

static void become_tunnel(http_conn *c)
{
	http_parser_free(c->parser);
	c->parser = NULL;
	c->tunnel = c->request.tunnel;
	c->request.tunnel = NULL;
	c->outlet = (mux_outlet){ .link = c->base.link, .limit = UINT64_MAX };
	mux_tunnel_set_outlet(c->tunnel, &c->outlet);
}

/* --- octets --- */

/* Requests, one slice; how much of it was used. What follows the last request of a connection counts for nothing. */
static size_t feed_requests(http_conn *c, uint8_t *p, size_t n)
{
	size_t slice = c->request.in_body ? BODY_SLICE : HEAD_SLICE;

	n = n < slice ? n : slice;
	http_result r = http_feed(c->parser, p, n);
	if (r.refuse && !c->request.is_last_answered) {
		report(c, "a request is refused", r.why);
		mux_http_request_refuse(&c->request, r.refuse);
	}
	if (r.upgraded && c->request.tunnel)
		become_tunnel(c);
	return c->tunnel || c->is_held ? r.used : n;
}

static size_t feed_tunnel(http_conn *c, uint8_t *p, size_t n)
{
	const char *why = NULL;
	size_t used;
	framing_result r = mux_tunnel_send(c->tunnel, p, n, &used, &why);

	if (r == FRAMING_BROKEN)
		report(c, "a tunnel ends", why);
	c->is_over |= r != FRAMING_OK;
	return used;
}

static bool is_over(const http_conn *c)
{
	return c->is_over || c->request.is_last_answered;
}

/* Answers that are not taken stop the reading of requests. A tunnel's two ways have nothing to do with each other. */
static bool has_to_wait(const http_conn *c)
{
	return c->is_held || (!c->tunnel && mux_conn_is_full(&c->base));
}

/* As much as a turn may do; how much was used. */
static size_t read_some(http_conn *c, uint8_t *p, size_t n)
{
	mux_turns *turns = &cx_of(c)->turns;
	size_t used = 0;

	mux_turns_begin(turns);
	while (used < n && !is_over(c) && !has_to_wait(c) && mux_turns_may_go_on(turns))
		used += c->tunnel ? feed_tunnel(c, p + used, n - used)
				  : feed_requests(c, p + used, n - used);
	return used;
}

/* After anything was read, answered or taken: what comes next. May end it. */
static void go_on(http_conn *c)
{
	mux_context *cx = cx_of(c);
	size_t kept = c->base.turn.n;

	if (is_over(c)) {
		finish(c);
		return;
	}
	mux_turn_set_due(&cx->turns, &c->base.turn, kept > 0 && !has_to_wait(c));
	cx->env.pause(c->base.link, c->is_held ? kept > LATER_MAX : kept > 0 || has_to_wait(c));
	set_wait(c, next_wait(c));
}

static void keep(http_conn *c, const uint8_t *p, size_t n)
{
	if (n > 0 && !mux_turn_keep(&cx_of(c)->turns, &c->base.turn, p, n))
		c->is_over = true;
}

void mux_http_conn_octets(mux_conn *base, uint8_t *p, size_t n)
{
	http_conn *c = (http_conn *)base;
	size_t used = base->turn.n > 0 ? 0 : read_some(c, p, n);

	if (!is_over(c))
		keep(c, p + used, n - used);
	go_on(c);
}

void mux_http_conn_take_turn(mux_conn *base)
{
	http_conn *c = (http_conn *)base;
	mux_turn *t = &base->turn;

	mux_turn_use(&cx_of(c)->turns, t, read_some(c, t->p + t->at, t->n));
	go_on(c);
}

/* The held answer is over. May end it. */
static void resume(http_conn *c)
{
	c->is_over = !new_parser(c);
	c->waits_for = WAIT_NOTHING;
	if (c->base.turn.n > 0 && !c->is_over)
		mux_http_conn_take_turn(&c->base);
	else
		go_on(c);
}

/* --- what happens to it --- */

mux_conn *mux_http_conn_new(mux_conns *all, const mux_client *client, void *link)
{
	http_conn *c = calloc(1, sizeof *c);

	if (!c || !new_parser(c)) {
		free(c);
		return NULL;
	}
	c->client = *client;
	mux_conn_init(&c->base, all, MUX_CONN_HTTP,
		      client->source ? mux_source_share(client->source, MUX_SHARE_CONNECTIONS)
				     : NULL,
		      link);
	mux_http_request_init(&c->request, &c->base);
	return &c->base;
}

void mux_http_conn_opened(mux_conn *base)
{
	http_conn *c = (http_conn *)base;

	c->is_open = true;
	set_wait(c, WAIT_FIRST_REQUEST);
}

void mux_http_conn_writable(mux_conn *base)
{
	http_conn *c = (http_conn *)base;

	if (c->tunnel)
		mux_tunnel_writable(c->tunnel);
	else if (c->is_held)
		mux_exchange_writable(&c->request.exchange);
	go_on(c);
}

void mux_http_conn_closed(mux_conn *base, const char *why)
{
	http_conn *c = (http_conn *)base;

	if (why && !c->is_open)
		report(c, "no connection", why);
	free_conn(c);
}

void mux_http_conn_expire(mux_conn *base)
{
	http_conn *c = (http_conn *)base;
	mux_context *cx = cx_of(c);

	mux_report_timeout(&cx->report);
	if (c->waits_for != WAIT_FIRST_REQUEST && c->waits_for != WAIT_REQUEST) {
		mux_report_client(&cx->report, mux_now_ms(cx), &c->client.from,
				  "request not complete in time", NULL);
		mux_http_request_time_out(&c->request);
	}
	finish(c);
}

void mux_http_conn_exchange_over(mux_conn *base)
{
	http_conn *c = (http_conn *)base;

	mux_http_request_end_stream(&c->request);
	c->is_held = false;
	if (is_over(c))
		finish(c);
	else
		resume(c);
}

void mux_http_conn_tunnel_over(mux_conn *base, const char *why)
{
	http_conn *c = (http_conn *)base;

	log_debug(&cx_of(c)->report.log, "a tunnel ends: %s", why);
	mux_tunnel_send_close(c->tunnel, WS_GOING_AWAY);
	finish(c);
}

void mux_http_conn_drain(mux_conn *base)
{
	http_conn *c = (http_conn *)base;

	if (c->tunnel)
		mux_tunnel_send_close(c->tunnel, WS_GOING_AWAY);
	if (c->is_held)
		mux_http_request_end_stream(&c->request);
	finish(c);
}
