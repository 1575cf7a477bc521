/* SPDX-License-Identifier: MIT */
#include "core/mux/tunnel.h"

#include "core/mux/reply.h"
#include "proto/websocket.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

struct mux_tunnel {
	mux_timer timer; /* first: its address is the tunnel's */
	mux_tunnels *all;
	mux_tunnel_kind kind;
	bool is_refused;  /* by the target: to end */
	bool is_given_up; /* for want of room: to end */
	endpoint to;
	void *owner, *socket;
	mux_client client;
	mux_budget budget;
	mux_place place; /* among all tunnels */
	mux_place *conn; /* its connection's; NULL: it has no connection of its own */
	framing *framing;
	mux_reply reply;
	mux_downlink down;
	uint64_t up_ms; /* last octets from the client */
};

static uint64_t now_of(const mux_tunnel *t)
{
	return mux_now_ms(t->all->cx);
}

/* --- what ends it --- */

static uint64_t idle_at(const mux_tunnel *t)
{
	return t->up_ms + t->all->cx->config->idle_ms;
}

static void set_timer(mux_tunnel *t)
{
	uint64_t idle = idle_at(t), down = mux_downlink_timer_ms(&t->down);

	mux_timer_set(&t->all->cx->timers, &t->timer,
		      t->is_refused || t->is_given_up ? now_of(t)
		      : idle < down                   ? idle
						      : down);
}

mux_tunnel *mux_tunnel_of_timer(mux_timer *timer)
{
	return (mux_tunnel *)timer;
}

const char *mux_tunnel_expire(mux_tunnel *t)
{
	bool is_idle = now_of(t) >= idle_at(t);

	mux_downlink_expire(&t->down);
	if (t->is_refused)
		return "the target is down";
	if (t->is_given_up)
		return "no room";
	if (is_idle || mux_downlink_is_stuck(&t->down)) {
		mux_report_timeout(&t->all->cx->report);
		return is_idle ? "idle" : "the other end does not read";
	}
	set_timer(t);
	return NULL;
}

void mux_tunnel_give_up(mux_tunnel *t)
{
	t->is_given_up = true;
	set_timer(t);
}

/* The owner may be in the middle of something: it is notified by the timer. */
static void refuse(mux_tunnel *t)
{
	t->is_refused = true;
	set_timer(t);
}

static void note_error(mux_tunnel *t, int error)
{
	if (mux_error_means_down(error))
		mux_targets_note_down(&t->all->targets, &t->to, now_of(t), error);
	if (error == ECONNREFUSED)
		refuse(t);
}

/* --- from the target --- */

static void note_esp(mux_tunnel *t)
{
	mux_context *cx = t->all->cx;

	mux_budget_note_esp(&t->budget, now_of(t));
	if (!mux_budget_is_proven(&t->budget, now_of(t)))
		return;
	mux_room_prove(&cx->tunnels, &t->place);
	if (t->conn)
		mux_room_prove(&cx->connections, t->conn);
}

bool mux_tunnel_is_proven(const mux_tunnel *t)
{
	return t->place.state == MUX_PLACE_PROVEN;
}

void mux_tunnel_input(mux_tunnel *t, const uint8_t *p, size_t n)
{
	if (mux_entry_of(p, n) == MUX_ENTRY_ESP)
		note_esp(t);
	if (n == 0 || n > FRAMING_DATAGRAM_MAX)
		return;
	if (mux_downlink_put(&t->down, p, n))
		set_timer(t);
}

void mux_tunnel_received(mux_tunnel *t, int result)
{
	if (mux_downlink_write(&t->down))
		set_timer(t);
	if (result > 0)
		mux_targets_note_up(&t->all->targets, &t->to, now_of(t));
	else
		note_error(t, -result);
}

/* --- to the client --- */

void mux_tunnel_writable(mux_tunnel *t)
{
	mux_reply_write(&t->reply, t->down.outlet, &t->all->cx->env);
	if (mux_downlink_writable(&t->down))
		set_timer(t);
}

void mux_tunnel_set_outlet(mux_tunnel *t, mux_outlet *o)
{
	mux_downlink_set_outlet(&t->down, o);
	set_timer(t);
}

static void write_close(const mux_tunnel *t, const uint8_t *p, size_t n)
{
	if (t->down.outlet)
		t->all->cx->env.write(t->down.outlet->link, p, n);
}

/* The message that ends the stream follows whatever waits. */
static void take_reply(void *ctx, const uint8_t *p, size_t n)
{
	mux_tunnel *t = ctx;

	if ((p[0] & WS_OPCODE) != WS_CLOSE) {
		mux_reply_put(&t->reply, p, n);
		return;
	}
	mux_reply_write(&t->reply, t->down.outlet, &t->all->cx->env);
	write_close(t, p, n);
}

void mux_tunnel_send_close(mux_tunnel *t, uint16_t code)
{
	uint8_t out[FRAMING_OVERHEAD];
	size_t n = framing_close(t->framing, code, out);

	if (n > 0)
		write_close(t, out, n);
}

/* --- to the target --- */

void mux_tunnels_flush(mux_tunnels *all)
{
	mux_tunnel *t = all->sender;
	int error = 0;

	all->sender = NULL;
	if (all->out.n_runs == 0)
		return;
	all->counts.not_sent += all->cx->env.send(t->socket, &all->out, &error);
	dgramq_clear(&all->out);
	if (error)
		note_error(t, error);
}

static void be_sender(mux_tunnel *t)
{
	if (t->all->sender != t)
		mux_tunnels_flush(t->all);
	t->all->sender = t;
}

static void send_datagram(void *ctx, uint8_t *p, size_t n)
{
	mux_tunnel *t = ctx;
	mux_tunnels *all = t->all;
	const dgram_route r = { .to = t->to };
	mux_entry kind = mux_entry_of(p, n);

	if (kind == MUX_ENTRY_NONE) {
		all->counts.dropped_foreign++;
		return;
	}
	if (!mux_guard_take_send(all->guard, t->client.source, &t->budget, t->up_ms, kind, n)) {
		all->counts.dropped_unanswered++;
		return;
	}
	all->counts.up_packets++;
	all->counts.up_bytes += n;
	if (dgramq_put(&all->out, &r, p, n))
		return;
	mux_tunnels_flush(all);
	all->sender = t;
	dgramq_put(&all->out, &r, p, n);
}

static framing_result send_some(mux_tunnel *t, framing *f, uint8_t *p, size_t n, unsigned *heads,
				size_t *used, const char **why)
{
	const framing_events ev = { .ctx = t, .datagram = send_datagram, .reply = take_reply };
	unsigned before = *heads;

	t->up_ms = now_of(t);
	be_sender(t);
	framing_result r = framing_feed_some(f, p, n, heads, used, &ev, why);
	mux_reply_write(&t->reply, t->down.outlet, &t->all->cx->env);
	mux_turns_work(&t->all->cx->turns, before - *heads);
	return r;
}

framing_result mux_tunnel_send(mux_tunnel *t, uint8_t *p, size_t n, size_t *used, const char **why)
{
	unsigned heads = t->all->cx->turns.left;

	return send_some(t, t->framing, p, n, &heads, used, why);
}

framing_result mux_tunnel_send_all(mux_tunnel *t, framing *f, uint8_t *p, size_t n,
				   const char **why)
{
	unsigned heads = UINT_MAX;
	size_t used;

	return send_some(t, f, p, n, &heads, &used, why);
}

mux_tunnel_kind mux_tunnel_kind_of(const mux_tunnel *t)
{
	return t->kind;
}

void *mux_tunnel_owner(const mux_tunnel *t)
{
	return t->owner;
}

/* --- its beginning and end --- */

/* 0, or the status that answers the request. */
static unsigned open_socket(mux_tunnel *t)
{
	mux_context *cx = t->all->cx;
	err e = { 0 };
	int error = 0;

	t->socket = cx->env.open_socket(cx->env.ctx, t, &t->to, &error, &e);
	if (t->socket)
		return 0;
	if (mux_error_means_down(error)) {
		mux_targets_note_down(&t->all->targets, &t->to, now_of(t), error);
		return 504;
	}
	if (mux_report_may_log(&cx->report, now_of(t)))
		log_warn(&cx->report.log, "opening a tunnel: %s", e.text);
	return 503;
}

/* Is there, or was there made, room for one more? */
static bool make_room(mux_tunnel *t, mux_share *share)
{
	mux_context *cx = t->all->cx;
	uint64_t now = now_of(t);

	if (!mux_room_is_full(&cx->tunnels) && !mux_memory_is_full(cx))
		return true;
	mux_report_full(&cx->report, now, cx->connections.taken, cx->tunnels.taken,
			mux_memory_used(cx));
	const mux_place *p = mux_room_give_up(&cx->tunnels, share, now);
	if (p)
		mux_tunnel_give_up(p->owner);
	else
		mux_guard_note_full(t->all->guard);
	return p != NULL;
}

/* 0, or the status. */
static unsigned open_in_room(mux_tunnel *t)
{
	mux_context *cx = t->all->cx;
	mux_share *share = mux_source_share(t->client.source, MUX_SHARE_TUNNELS);

	if (!t->framing || !make_room(t, share))
		return 503;
	unsigned status = open_socket(t);
	if (status == 0)
		mux_room_take(&cx->tunnels, &t->place, t, share, now_of(t));
	return status;
}

/* 0, or the status. */
static unsigned open_counted(mux_tunnel *t)
{
	mux_tunnels *all = t->all;
	mux_verdict v = mux_client_begin_tunnel(&t->client, all->guard, now_of(t));

	if (v != MUX_OK) {
		mux_report_client(&all->cx->report, now_of(t), &t->client.from, "no tunnel",
				  mux_verdict_text(v));
		return 429;
	}
	unsigned status = open_in_room(t);
	if (status)
		mux_client_end_tunnel(&t->client, all->guard, now_of(t));
	return status;
}

mux_tunnel *mux_tunnel_new(mux_tunnels *all, mux_tunnel_kind kind, const mux_target *to,
			   const mux_client *client, void *owner, mux_place *conn, unsigned *status)
{
	static const framing_kind framings[] = { FRAMING_CAPSULE, FRAMING_WEBSOCKET,
						 FRAMING_PREFIX };
	uint64_t now = mux_now_ms(all->cx);
	mux_tunnel *t = NULL;

	*status = mux_targets_is_down(&all->targets, &to->at, now) ? 504 : 503;
	if (*status == 504 || !(t = calloc(1, sizeof *t)))
		return NULL;
	*t = (mux_tunnel){ .timer.kind = MUX_TIMER_TUNNEL,
			   .all = all,
			   .kind = kind,
			   .to = to->at,
			   .owner = owner,
			   .conn = conn,
			   .client = *client,
			   .framing = framing_new(framings[kind], FRAMING_SERVER),
			   .up_ms = now };
	t->down = (mux_downlink){ .all = &all->down, .framing = t->framing };
	*status = open_counted(t);
	if (*status) {
		framing_free(t->framing);
		free(t);
		return NULL;
	}
	all->counts.tunnels++;
	all->counts.open[kind]++;
	set_timer(t);
	return t;
}

void mux_tunnel_free(mux_tunnel *t)
{
	if (!t)
		return;
	mux_context *cx = t->all->cx;
	if (t->all->sender == t)
		mux_tunnels_flush(t->all);
	t->all->counts.open[t->kind]--;
	mux_room_leave(&cx->tunnels, &t->place);
	mux_timer_set(&cx->timers, &t->timer, UINT64_MAX);
	mux_downlink_end(&t->down);
	cx->env.close_socket(t->socket);
	framing_free(t->framing);
	mux_reply_drop(&t->reply);
	mux_client_end_tunnel(&t->client, t->all->guard, now_of(t));
	free(t);
}

bool mux_tunnels_init(mux_tunnels *all, mux_context *cx, mux_guard *g)
{
	all->cx = cx;
	all->guard = g;
	all->down.cx = cx;
	all->targets.report = &cx->report;
	return dgramq_init(&all->out);
}

void mux_tunnels_free(mux_tunnels *all)
{
	dgramq_free(&all->out);
}
