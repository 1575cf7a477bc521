/* SPDX-License-Identifier: MIT */
#include "core/mux/core.h"

#include "core/mux/fcgi_conn.h"
#include "core/mux/http_conn.h"
#include <stdlib.h>

enum { SWEEP_MS = 60000 };

struct mux_core {
	mux_context cx;
	mux_guard *guard;
	mux_timer sweep; /* of the guard */
	mux_tunnels tunnels;
	mux_sessions sessions;
	mux_conns conns;
	uint64_t connections;
};

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

/* What expires may report to others by timers of their own. So many at most: a timer that never moves on may keep
 * the processor busy, but not the core from its other events. */
static void end_event(mux_core *m)
{
	mux_timer *timer;
	size_t left = 4 * (m->cx.timers.queue.n + 4);

	while (left-- > 0 && (timer = mux_timers_pop(&m->cx.timers)))
		expire(m, timer);
}

void mux_core_tick(mux_core *m, core_time now)
{
	begin_event(m, now);
	end_event(m);
}

uint64_t mux_core_next_timer_ms(const mux_core *m)
{
	return mux_timers_next_ms(&m->cx.timers);
}

/* --- connections --- */

static mux_conn *accept_http(mux_core *m, const ip_addr *from, void *link)
{
	mux_client client = { .from = *from };
	uint64_t now = mux_now_ms(&m->cx);

	if (!mux_config_is_proxy(m->cx.config, from)) {
		mux_verdict v = mux_guard_connect(m->guard, now, from, &client.source);
		if (v != MUX_OK) {
			mux_report_client(&m->cx.report, now, from, "refused", mux_verdict_text(v));
			return NULL;
		}
	}
	mux_conn *c = mux_http_conn_new(&m->conns, &client, link);
	if (!c && client.source)
		mux_guard_disconnect(m->guard, now, client.source);
	return c;
}

mux_conn *mux_core_accept(mux_core *m, core_time now, mux_conn_kind kind, const ip_addr *from,
			  void *link)
{
	begin_event(m, now);
	m->connections++;
	return kind == MUX_CONN_HTTP ? accept_http(m, from, link)
				     : mux_fcgi_conn_new(&m->conns, from, link);
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
			 .dropped_slow = m->tunnels.down.waiting.dropped,
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
	m->cx = (mux_context){ .env = o->env, .config = o->config };
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
