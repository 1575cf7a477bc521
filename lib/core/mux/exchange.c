/* SPDX-License-Identifier: MIT */
#include "core/mux/exchange.h"

enum { STREAM_MAX = 1024 * 1024 }; /* octets of an answer */

static mux_timers *timers_of(mux_exchange *x)
{
	return &x->conn->all->cx->timers;
}

/* A connection is what the session is that it serves. */
static void note_proof(mux_exchange *x)
{
	if (mux_tunnel_is_proven(mux_session_tunnel(x->member.session)))
		mux_room_prove(&x->conn->all->cx->connections, &x->conn->place);
}

void mux_exchange_begin(mux_exchange *x, mux_conn *c, const mux_request *q,
			const mux_client *client)
{
	*x = (mux_exchange){ .member.timer.kind = MUX_TIMER_EXCHANGE,
			     .conn = c,
			     .from = client->from,
			     .wait_ms = q->wait_ms };
	mux_session *s = mux_session_get(c->all->sessions, q, client, &x->status);
	if (!s)
		return;
	mux_session_join(s, &x->member);
	note_proof(x);
	if (q->kind != MUX_REQUEST_UP)
		return;
	x->up = framing_new(FRAMING_PREFIX, FRAMING_SERVER);
	if (!x->up)
		x->status = 503;
}

bool mux_exchange_is_open(const mux_exchange *x)
{
	return x->conn != NULL;
}

unsigned mux_exchange_status(const mux_exchange *x)
{
	if (x->status)
		return x->status;
	return x->member.session ? 0 : 504;
}

void mux_exchange_data(mux_exchange *x, uint8_t *p, size_t n)
{
	mux_context *cx = x->conn->all->cx;
	const char *why = NULL;

	if (mux_exchange_status(x))
		return;
	mux_tunnel *t = mux_session_tunnel(x->member.session);
	if (mux_tunnel_send_all(t, x->up, p, n, &why) == FRAMING_OK)
		return;
	x->status = 400;
	mux_report_malformed(&cx->report, mux_now_ms(cx), &x->from,
			     "datagrams of a request are refused", why);
}

unsigned mux_exchange_finish(mux_exchange *x)
{
	unsigned status = mux_exchange_status(x);

	mux_exchange_drop(x);
	return status ? status : 204;
}

/* An answer that is to end soon after its first datagram does so; one that has all it takes ends now. */
static void note_output(mux_exchange *x)
{
	bool first = x->outlet.sent > 0 && !x->has_begun;

	x->has_begun |= first;
	if (mux_outlet_is_spent(&x->outlet))
		mux_timer_in(timers_of(x), &x->member.timer, 0);
	else if (first && x->wait_ms < MUX_DOWN_MS)
		mux_timer_in(timers_of(x), &x->member.timer, x->wait_ms);
}

void mux_exchange_stream(mux_exchange *x, mux_wrap wrap, uint16_t fcgi_request)
{
	x->outlet = (mux_outlet){ .link = x->conn->link,
				  .wrap = wrap,
				  .request = fcgi_request,
				  .limit = x->wait_ms ? STREAM_MAX : 1 };
	mux_session_set_reader(x->member.session, &x->member, &x->outlet);
	mux_timer_in(timers_of(x), &x->member.timer, MUX_DOWN_MS);
	mux_exchange_writable(x);
}

void mux_exchange_writable(mux_exchange *x)
{
	mux_session *s = x->member.session;

	if (!s || mux_session_reader(s) != &x->member)
		return;
	mux_tunnel_writable(mux_session_tunnel(s));
	note_output(x);
}

void mux_exchange_note_output(mux_session *s)
{
	mux_member *reader = mux_session_reader(s);

	if (!reader)
		return;
	note_proof((mux_exchange *)reader);
	note_output((mux_exchange *)reader);
}

mux_exchange *mux_exchange_of_timer(mux_timer *timer)
{
	return (mux_exchange *)timer;
}

void mux_exchange_end_stream(mux_exchange *x)
{
	mux_outlet_end(&x->outlet, &x->conn->all->cx->env);
	mux_exchange_drop(x);
}

void mux_exchange_drop(mux_exchange *x)
{
	if (!x->conn)
		return;
	mux_timer_set(timers_of(x), &x->member.timer, UINT64_MAX);
	mux_session_leave(&x->member);
	framing_free(x->up);
	x->conn = NULL;
}
