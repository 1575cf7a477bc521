/* SPDX-License-Identifier: MIT */
#include "core/mux/core.h"

#include "core/mux/fcgi_conn.h"
#include "core/mux/http_conn.h"
#include <stdlib.h>

enum {
	SWEEP_MS = 60000,
	WAITING_PART = 4, /* a quarter of the memory may be datagrams that wait for slow readers */
};

struct mux_core {
	mux_context cx;
	mux_guard *guard;
	mux_timer sweep; /* of the guard */
	mux_tunnels tunnels;
	mux_sessions sessions;
	mux_conns conns;
	uint64_t connections;
};

static void report_full(mux_core *m)
{
	mux_context *cx = &m->cx;

	mux_report_full(&cx->report, mux_now_ms(cx), cx->connections.taken, cx->tunnels.taken,
			mux_memory_used(cx));
}

/* --- what has expired --- */

static void exchange_over(mux_exchange *x)
{
	mux_conn *c = x->conn;

	if (c->kind == MUX_CONN_HTTP)
		mux_http_conn_exchange_over(c);
	else
		mux_fcgi_conn_exchange_over(c, x);
}

static void expire_tunnel(mux_tunnel *t)
{
	const char *why = mux_tunnel_expire(t);

	if (!why)
		return;
	if (mux_tunnel_kind_of(t) == MUX_TUNNEL_PLAIN)
		mux_session_end(mux_tunnel_owner(t), why);
	else
		mux_http_conn_tunnel_over(mux_tunnel_owner(t), why);
}

static void expire_guard(mux_core *m)
{
	mux_guard_expire(m->guard, mux_now_ms(&m->cx));
	mux_timer_in(&m->cx.timers, &m->sweep, SWEEP_MS);
}

static void expire(mux_core *m, mux_timer *timer)
{
	switch (timer->kind) {
	case MUX_TIMER_HTTP:
		mux_http_conn_expire((mux_conn *)timer);
		break;
	case MUX_TIMER_FCGI:
		mux_fcgi_conn_expire((mux_conn *)timer);
		break;
	case MUX_TIMER_EXCHANGE:
		exchange_over(mux_exchange_of_timer(timer));
		break;
	case MUX_TIMER_SESSION:
		mux_session_expire(mux_session_of_timer(timer));
		break;
	case MUX_TIMER_TUNNEL:
		expire_tunnel(mux_tunnel_of_timer(timer));
		break;
	case MUX_TIMER_GUARD:
		expire_guard(m);
		break;
	}
}

static void begin_event(mux_core *m, core_time now)
{
	mux_timers_set_time(&m->cx.timers, now);
}

static void give_up(mux_conn *c)
{
	if (c->kind == MUX_CONN_HTTP)
		mux_http_conn_closed(c, NULL);
	else
		mux_fcgi_conn_closed(c);
}

/* What they have to keep has grown: one in each event, until it fits again. */
static void limit_memory(mux_core *m)
{
	mux_context *cx = &m->cx;
	uint64_t now = mux_now_ms(cx);
	const mux_place *p;

	if (!mux_memory_is_full(cx))
		return;
	report_full(m);
	if ((p = mux_room_give_up(&cx->connections, NULL, now)))
		give_up(p->owner);
	else if ((p = mux_room_give_up(&cx->tunnels, NULL, now)))
		mux_tunnel_give_up(p->owner);
}

/* What expires may report to others by timers of their own. So many at most: a timer that never moves on may keep
 * the processor busy, but not the core from its other events. */
static void end_event(mux_core *m)
{
	mux_timer *timer;

	limit_memory(m);
	mux_tunnels_flush(&m->tunnels);
	size_t left = 4 * (m->cx.timers.queue.n + 4);
	while (left-- > 0 && (timer = mux_timers_pop(&m->cx.timers))) {
		expire(m, timer);
		mux_tunnels_flush(&m->tunnels);
	}
	mux_turns_set_time(&m->cx.turns, mux_now_ms(&m->cx));
}

static void take_turns(mux_core *m)
{
	for (unsigned n = mux_turns_start(&m->cx.turns, mux_now_ms(&m->cx)); n > 0; n--) {
		const mux_turn *t = mux_turns_pop(&m->cx.turns);
		if (!t)
			return;
		mux_conn *c = t->owner;
		if (c->kind == MUX_CONN_HTTP)
			mux_http_conn_take_turn(c);
		else
			mux_fcgi_conn_take_turn(c);
	}
}

void mux_core_tick(mux_core *m, core_time now)
{
	begin_event(m, now);
	take_turns(m);
	end_event(m);
}

uint64_t mux_core_next_timer_ms(const mux_core *m)
{
	uint64_t timer = mux_timers_next_ms(&m->cx.timers);

	return timer < m->cx.turns.next_ms ? timer : m->cx.turns.next_ms;
}

/* --- connections --- */

/* Is there, or was there made, room for one more? share NULL: of somebody who is trusted. */
static bool make_room(mux_core *m, const mux_share *share)
{
	mux_context *cx = &m->cx;

	if (!mux_room_is_full(&cx->connections) && !mux_memory_is_full(cx))
		return true;
	report_full(m);
	const mux_place *p = mux_room_give_up(&cx->connections, share, mux_now_ms(cx));
	if (p)
		give_up(p->owner);
	return p != NULL;
}

static mux_verdict admit(mux_core *m, const ip_addr *from, mux_source **source)
{
	uint64_t now = mux_now_ms(&m->cx);
	mux_verdict v = mux_guard_connect(m->guard, now, from, source);

	if (v != MUX_OK || make_room(m, mux_source_share(*source, MUX_SHARE_CONNECTIONS)))
		return v;
	mux_guard_note_full(m->guard);
	mux_guard_disconnect(m->guard, now, *source);
	*source = NULL;
	return MUX_FULL;
}

static mux_conn *accept_http(mux_core *m, const ip_addr *from, void *link)
{
	mux_client client = { .from = *from };
	uint64_t now = mux_now_ms(&m->cx);

	if (!mux_config_is_proxy(m->cx.config, from)) {
		mux_verdict v = admit(m, from, &client.source);
		if (v != MUX_OK) {
			mux_report_client(&m->cx.report, now, from, "refused", mux_verdict_text(v));
			return NULL;
		}
	} else {
		make_room(m, NULL);
	}
	mux_conn *c = mux_http_conn_new(&m->conns, &client, link);
	if (!c && client.source)
		mux_guard_disconnect(m->guard, now, client.source);
	return c;
}

static mux_conn *accept_fcgi(mux_core *m, const ip_addr *from, void *link)
{
	make_room(m, NULL);
	return mux_fcgi_conn_new(&m->conns, from, link);
}

mux_conn *mux_core_accept(mux_core *m, core_time now, mux_conn_kind kind, const ip_addr *from,
			  void *link)
{
	begin_event(m, now);
	m->connections++;
	return kind == MUX_CONN_HTTP ? accept_http(m, from, link) : accept_fcgi(m, from, link);
}

void mux_core_opened(mux_core *m, core_time now, mux_conn *c)
{
	begin_event(m, now);
	if (c->kind == MUX_CONN_HTTP)
		mux_http_conn_opened(c);
	end_event(m);
}

void mux_core_octets(mux_core *m, core_time now, mux_conn *c, uint8_t *p, size_t n)
{
	begin_event(m, now);
	if (c->kind == MUX_CONN_HTTP)
		mux_http_conn_octets(c, p, n);
	else
		mux_fcgi_conn_octets(c, p, n);
	end_event(m);
}

void mux_core_writable(mux_core *m, core_time now, mux_conn *c)
{
	begin_event(m, now);
	if (c->kind == MUX_CONN_HTTP)
		mux_http_conn_writable(c);
	else
		mux_fcgi_conn_writable(c);
	end_event(m);
}

void mux_core_closed(mux_core *m, core_time now, mux_conn *c, const char *why)
{
	begin_event(m, now);
	if (c->kind == MUX_CONN_HTTP)
		mux_http_conn_closed(c, why);
	else
		mux_fcgi_conn_closed(c);
	end_event(m);
}

/* --- datagrams from a target --- */

void mux_core_datagram(mux_core *m, core_time now, mux_tunnel *t, const uint8_t *p, size_t n)
{
	begin_event(m, now);
	mux_tunnel_input(t, p, n);
}

void mux_core_received(mux_core *m, core_time now, mux_tunnel *t, int result)
{
	begin_event(m, now);
	mux_tunnel_received(t, result);
	if (mux_tunnel_kind_of(t) == MUX_TUNNEL_PLAIN)
		mux_exchange_note_output(mux_tunnel_owner(t));
	end_event(m);
}

/* --- all of it --- */

void mux_core_drain(mux_core *m, core_time now)
{
	begin_event(m, now);
	mux_sessions_close(&m->sessions);
	for (mux_conn *c = m->conns.first, *next; c; c = next) {
		next = c->next;
		if (c->kind == MUX_CONN_HTTP)
			mux_http_conn_drain(c);
		else
			mux_fcgi_conn_drain(c);
	}
	end_event(m);
}

void mux_core_configure(mux_core *m, const mux_config *config, log_level level)
{
	m->cx.config = config;
	mux_report_set_level(&m->cx.report, level);
}

mux_counts mux_core_counts(const mux_core *m)
{
	mux_counts c = { .tunnels = m->tunnels.counts,
			 .down_packets = m->tunnels.down.packets,
			 .down_bytes = m->tunnels.down.bytes,
			 .connections = m->connections,
			 .requests = m->conns.requests,
			 .malformed = m->cx.report.malformed,
			 .timeouts = m->cx.report.timeouts,
			 .target_down = m->tunnels.targets.count,
			 .dropped_slow = m->cx.waiting.dropped,
			 .given_up_connections = m->cx.connections.given_up,
			 .given_up_tunnels = m->cx.tunnels.given_up,
			 .unproven_connections = m->cx.connections.unproven,
			 .unproven_tunnels = m->cx.tunnels.unproven,
			 .memory = mux_memory_used(&m->cx),
			 .open_connections = m->conns.open,
			 .sources = (unsigned)mux_guard_sources(m->guard) };

	for (unsigned v = 0; v < MUX_N_VERDICTS; v++)
		c.refused[v] = mux_guard_refused(m->guard, (mux_verdict)v);
	return c;
}

mux_core *mux_core_new(const mux_core_options *o)
{
	mux_core *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->cx = (mux_context){
		.env = o->env,
		.config = o->config,
		.turns.next_ms = UINT64_MAX,
		.connections.limit = o->config->room.connections,
		.tunnels.limit = o->config->room.tunnels,
		.memory = o->config->room.memory,
		.waiting.most =
			(unsigned)(o->config->room.memory / WAITING_PART / FAIRQ_PACKET_MAX),
	};
	mux_report_init(&m->cx.report, &o->log);
	m->cx.timers.log = &m->cx.report.log;
	begin_event(m, o->now);
	m->guard = mux_guard_new(&o->config->limits, o->seeds[0]);
	bool ok = mux_tunnels_init(&m->tunnels, &m->cx, m->guard);
	ok &= mux_sessions_init(&m->sessions, &m->cx, &m->tunnels, o->seeds[1]);
	if (!ok || !m->guard) {
		mux_core_free(m);
		return NULL;
	}
	m->conns = (mux_conns){
		.cx = &m->cx, .guard = m->guard, .tunnels = &m->tunnels, .sessions = &m->sessions
	};
	m->sweep.kind = MUX_TIMER_GUARD;
	mux_timer_in(&m->cx.timers, &m->sweep, SWEEP_MS);
	return m;
}

static void abort_all(mux_core *m)
{
	for (mux_conn *c = m->conns.first, *next; c; c = next) {
		next = c->next;
		if (c->kind == MUX_CONN_HTTP)
			mux_http_conn_closed(c, NULL);
		else
			mux_fcgi_conn_closed(c);
	}
}

void mux_core_free(mux_core *m)
{
	if (!m)
		return;
	mux_sessions_close(&m->sessions);
	abort_all(m);
	mux_sessions_free(&m->sessions);
	mux_tunnels_free(&m->tunnels);
	mux_timers_free(&m->cx.timers);
	mux_guard_free(m->guard);
	free(m);
}
