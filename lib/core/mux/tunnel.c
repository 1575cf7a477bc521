/* SPDX-License-Identifier: MIT */
#include "core/mux/tunnel.h"

#include <errno.h>
#include <stdlib.h>

enum {
	PIECE = MUX_OUTLET_MAX /
		4,        /* to the outlet at a time: there it can't be dropped any more */
	STUCK_MS = 30000, /* the other end does not read */
};

struct mux_tunnel {
	mux_timer timer; /* first: its address is the tunnel's */
	mux_tunnels *all;
	mux_tunnel_kind kind;
	bool is_refused; /* by the target: to end */
	endpoint to;
	void *owner, *socket;
	mux_client client;
	mux_unanswered unanswered;
	framing *framing;
	mux_outlet *outlet;
	mux_waiting waiting;
	uint64_t up_ms;   /* last octets from the client */
	uint64_t full_ms; /* since when the outlet is full; 0: it is not */
	size_t batched;   /* octets in all->batch */
};

static uint64_t now_of(const mux_tunnel *t)
{
	return mux_now_ms(t->all->cx);
}

static bool is_full(const mux_tunnel *t)
{
	return !t->outlet || mux_outlet_is_full(t->outlet, &t->all->cx->env);
}

/* --- what ends it --- */

static uint64_t idle_at(const mux_tunnel *t)
{
	return t->up_ms + t->all->cx->config->idle_ms;
}

static uint64_t stuck_at(const mux_tunnel *t)
{
	return t->outlet && t->full_ms ? t->full_ms + STUCK_MS : UINT64_MAX;
}

static void set_timer(mux_tunnel *t)
{
	uint64_t at = idle_at(t);

	if (stuck_at(t) < at)
		at = stuck_at(t);
	if (mux_waiting_expiry_ms(&t->waiting) < at)
		at = mux_waiting_expiry_ms(&t->waiting);
	mux_timer_set(&t->all->cx->timers, &t->timer, t->is_refused ? now_of(t) : at);
}

static void note_full(mux_tunnel *t)
{
	bool full = is_full(t);

	if (full == (t->full_ms > 0))
		return;
	t->full_ms = full ? now_of(t) : 0;
	if (t->outlet)
		set_timer(t);
}

mux_tunnel *mux_tunnel_of_timer(mux_timer *timer)
{
	return (mux_tunnel *)timer;
}

const char *mux_tunnel_expire(mux_tunnel *t)
{
	uint64_t now = now_of(t);

	if (now >= mux_waiting_expiry_ms(&t->waiting))
		mux_waiting_end(&t->waiting, &t->all->waiting);
	if (t->is_refused)
		return "the target is down";
	if (now >= idle_at(t) || now >= stuck_at(t)) {
		mux_report_timeout(&t->all->cx->report);
		return now >= idle_at(t) ? "idle" : "the other end does not read";
	}
	set_timer(t);
	return NULL;
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

static void wait_for_reader(mux_tunnel *t, const uint8_t *p, size_t n)
{
	bool first = !t->waiting.queue;

	mux_waiting_put(&t->waiting, &t->all->waiting, now_of(t), p, n);
	if (first)
		set_timer(t);
}

static void write_batch(mux_tunnel *t)
{
	size_t n = t->batched;

	t->batched = 0;
	if (n > 0)
		mux_outlet_write(t->outlet, &t->all->cx->env, t->all->batch + MUX_OUTLET_ROOM, n);
}

/* What was begun while the outlet was not full may be completed. What was written just now may have been all
 * that the outlet takes. */
static void batch(mux_tunnel *t, const uint8_t *p, size_t n)
{
	mux_tunnels *all = t->all;

	if (t->batched + n + FRAMING_OVERHEAD > PIECE)
		write_batch(t);
	if (t->batched == 0 && is_full(t)) {
		wait_for_reader(t, p, n);
		return;
	}
	t->batched += framing_put(t->framing, p, n, all->batch + MUX_OUTLET_ROOM + t->batched);
	all->counts.down_packets++;
	all->counts.down_bytes += n;
}

void mux_tunnel_input(mux_tunnel *t, const uint8_t *p, size_t n)
{
	t->unanswered.answered = true;
	if (n == 0 || n > FRAMING_DATAGRAM_MAX)
		return;
	if (t->waiting.queue)
		wait_for_reader(t, p, n);
	else
		batch(t, p, n);
}

void mux_tunnel_received(mux_tunnel *t, int result)
{
	write_batch(t);
	if (result > 0)
		mux_targets_note_up(&t->all->targets, &t->to, now_of(t));
	else
		note_error(t, -result);
	note_full(t);
}

/* --- to the client --- */

static void batch_what_waits(mux_tunnel *t)
{
	const uint8_t *p;
	size_t n;

	while (t->batched + FRAMING_DATAGRAM_MAX + FRAMING_OVERHEAD <= PIECE &&
	       (p = fairq_get(t->waiting.queue, now_of(t), &n)))
		batch(t, p, n);
}

void mux_tunnel_writable(mux_tunnel *t)
{
	const mux_env *env = &t->all->cx->env;

	while (t->waiting.queue && !is_full(t)) {
		batch_what_waits(t);
		if (t->kind != MUX_TUNNEL_PLAIN)
			env->note_wait(t->outlet->link, fairq_wait_ms(t->waiting.queue));
		if (fairq_len(t->waiting.queue) == 0)
			mux_waiting_end(&t->waiting, &t->all->waiting);
		write_batch(t);
	}
	note_full(t);
}

void mux_tunnel_set_outlet(mux_tunnel *t, mux_outlet *o)
{
	t->outlet = o;
	t->full_ms = 0;
	note_full(t);
	set_timer(t);
}

static void send_reply(void *ctx, const uint8_t *p, size_t n)
{
	const mux_tunnel *t = ctx;

	if (t->outlet)
		t->all->cx->env.write(t->outlet->link, p, n);
}

void mux_tunnel_send_close(mux_tunnel *t, uint16_t code)
{
	uint8_t out[FRAMING_OVERHEAD];
	size_t n = framing_close(t->framing, code, out);

	if (n > 0)
		send_reply(t, out, n);
}

/* --- to the target --- */

static void flush(mux_tunnel *t)
{
	mux_tunnels *all = t->all;
	int error = 0;

	if (all->out.n_runs == 0)
		return;
	all->counts.not_sent += all->cx->env.send(t->socket, &all->out, &error);
	dgramq_clear(&all->out);
	if (error)
		note_error(t, error);
}

static void send_datagram(void *ctx, uint8_t *p, size_t n)
{
	mux_tunnel *t = ctx;
	mux_tunnels *all = t->all;
	const dgram_route r = { .to = t->to };

	if (!t->unanswered.answered &&
	    !mux_guard_take_send(all->guard, t->client.source, &t->unanswered, t->up_ms)) {
		all->counts.dropped_unanswered++;
		return;
	}
	all->counts.up_packets++;
	all->counts.up_bytes += n;
	if (dgramq_put(&all->out, &r, p, n))
		return;
	flush(t);
	dgramq_put(&all->out, &r, p, n);
}

framing_result mux_tunnel_send(mux_tunnel *t, framing *f, uint8_t *p, size_t n, const char **why)
{
	const framing_events ev = { .ctx = t, .datagram = send_datagram, .reply = send_reply };

	t->up_ms = now_of(t);
	framing_result r = framing_feed(f, p, n, &ev, why);
	flush(t);
	return r;
}

framing *mux_tunnel_framing(mux_tunnel *t)
{
	return t->framing;
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
	unsigned status = t->framing ? open_socket(t) : 503;
	if (status)
		mux_client_end_tunnel(&t->client, all->guard, now_of(t));
	return status;
}

mux_tunnel *mux_tunnel_new(mux_tunnels *all, mux_tunnel_kind kind, const mux_target *to,
			   const mux_client *client, void *owner, unsigned *status)
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
			   .client = *client,
			   .framing = framing_new(framings[kind], FRAMING_SERVER),
			   .up_ms = now };
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
	t->all->counts.open[t->kind]--;
	mux_timer_set(&cx->timers, &t->timer, UINT64_MAX);
	mux_waiting_end(&t->waiting, &t->all->waiting);
	cx->env.close_socket(t->socket);
	framing_free(t->framing);
	mux_client_end_tunnel(&t->client, t->all->guard, now_of(t));
	free(t);
}

bool mux_tunnels_init(mux_tunnels *all, mux_context *cx, mux_guard *g)
{
	all->cx = cx;
	all->guard = g;
	all->targets.report = &cx->report;
	return dgramq_init(&all->out);
}

void mux_tunnels_free(mux_tunnels *all)
{
	dgramq_free(&all->out);
}
