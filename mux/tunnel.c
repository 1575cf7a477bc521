/* SPDX-License-Identifier: MIT */
/* tunnel.c - one UDP socket towards one target. Datagrams of one piece of the client's stream leave in one
 * batch; datagrams of one reading of the socket are framed one after the other and written at once. */
#include "mux.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	PIECE = BATCH_MAX / 4, /* to the owner at a time: there it can't be dropped any more */
	RECV_BURST = 8,
	STUCK_MS = 30000, /* nobody reads */
};

struct tunnel {
	mux *m;
	tunnel_kind kind;
	endpoint to;
	udp_sock *udp;
	io_watch *watch;
	mux_client who;
	bool connected_for; /* the guard counts a connection for it, too */
	mux_unanswered unanswered;
	framing *framing;
	waiting waiting;
	tunnel_owner owner;
	due due;
	uint64_t up_ms, full_ms; /* last datagram from the client; since when full, 0: isn't */
	bool watched, refused;
	size_t batched; /* in m->batch */
};

static const char *const kind_name[] = {
	[TUNNEL_CONNECT_UDP] = "connect-udp",
	[TUNNEL_WEBSOCKET] = "websocket",
	[TUNNEL_PLAIN] = "plain",
};
static_assert(sizeof kind_name / sizeof kind_name[0] == TUNNEL_N_KINDS, "name every tunnel_kind");

const char *tunnel_kind_name(tunnel_kind k)
{
	return kind_name[k];
}

static void lose(tunnel *t, const char *why)
{
	t->owner.lost(t->owner.ctx, why);
}

static bool is_full(const tunnel *t)
{
	return t->owner.full(t->owner.ctx);
}

/* Without a word from the client. */
static uint64_t idle_at(const tunnel *t)
{
	return t->up_ms + t->m->conf->idle_ms;
}

/* When the first of its limits is over; looked at again then. */
static void set_due(tunnel *t)
{
	uint64_t at = idle_at(t);

	if (t->full_ms && t->watched && t->full_ms + STUCK_MS < at)
		at = t->full_ms + STUCK_MS;
	if (waiting_over_ms(&t->waiting) < at)
		at = waiting_over_ms(&t->waiting);
	due_set(t->m, &t->due, t->refused ? mux_now() : at);
}

static void note_full(tunnel *t)
{
	bool full = is_full(t);

	if (full == (t->full_ms > 0))
		return;
	t->full_ms = full ? mux_now() : 0;
	if (t->watched)
		set_due(t);
}

void tunnel_watch_reader(tunnel *t, bool watched)
{
	t->watched = watched;
	t->full_ms = 0;
	note_full(t);
	set_due(t);
}

static void on_due(void *ctx)
{
	tunnel *t = ctx;
	uint64_t now = mux_now();

	if (now >= waiting_over_ms(&t->waiting))
		waiting_end(t->m, &t->waiting);
	if (t->refused) {
		lose(t, "the target is down");
	} else if (now >= idle_at(t)) {
		t->m->counts.timeouts++;
		lose(t, "idle");
	} else if (t->watched && t->full_ms && now >= t->full_ms + STUCK_MS) {
		t->m->counts.timeouts++;
		lose(t, "nobody reads");
	} else {
		set_due(t);
	}
}

/* --- from the target --- */

static void write_batch(tunnel *t)
{
	mux *m = t->m;
	size_t n = t->batched;

	t->batched = 0;
	if (n)
		t->owner.write(t->owner.ctx, m->batch + BATCH_ROOM, n);
}

static void wait_for_reader(tunnel *t, const uint8_t *p, size_t n)
{
	bool first = !t->waiting.q;

	waiting_put(t->m, &t->waiting, mux_now(), p, n);
	if (first)
		set_due(t);
}

/* What was written meanwhile may have been all that the reader takes: an answer that has its length ends. */
static void batch(tunnel *t, const uint8_t *p, size_t n)
{
	if (t->batched + n + FRAMING_OVERHEAD > PIECE)
		write_batch(t);
	if (t->batched == 0 && is_full(t)) {
		wait_for_reader(t, p, n);
		return;
	}
	t->batched += framing_put(t->framing, p, n, t->m->batch + BATCH_ROOM + t->batched);
	t->m->counts.down_packets++;
	t->m->counts.down_bytes += n;
}

static void from_target(void *ctx, const dgram_in *d)
{
	tunnel *t = ctx;

	t->unanswered.answered = true;
	if (d->n == 0 || d->n > FRAMING_DATAGRAM_MAX)
		return;
	if (t->waiting.q || is_full(t))
		wait_for_reader(t, d->p, d->n);
	else
		batch(t, d->p, d->n);
}

void tunnel_writable(tunnel *t)
{
	const uint8_t *p;
	size_t n;

	while (t->waiting.q && !is_full(t)) {
		while (t->batched + FRAMING_DATAGRAM_MAX + FRAMING_OVERHEAD <= PIECE &&
		       (p = fairq_get(t->waiting.q, mux_now(), &n)))
			batch(t, p, n);
		if (t->owner.waits)
			t->owner.waits(t->owner.ctx, fairq_wait_ms(t->waiting.q));
		if (fairq_len(t->waiting.q) == 0)
			waiting_end(t->m, &t->waiting);
		write_batch(t);
	}
	note_full(t);
}

static void on_datagrams(void *ctx)
{
	tunnel *t = ctx;
	bool more = true;

	for (int i = 0; more && i < RECV_BURST; i++) {
		int n = udp_recv(t->udp, t->m->rx, 0, from_target, t, &more);
		write_batch(t);
		if (n > 0)
			target_note_up(t->m, &t->to, mux_now());
		else if (target_says_down(-n))
			target_note_down(t->m, &t->to, mux_now(), -n);
		if (n == -ECONNREFUSED) {
			lose(t, "the target is down");
			return;
		}
		if (n <= 0)
			break;
	}
	note_full(t);
}

/* --- to the target --- */

static dgram_route route_of(const tunnel *t)
{
	return (dgram_route){ .to = t->to };
}

static void flush(tunnel *t)
{
	mux *m = t->m;
	int why = 0;

	if (m->out.n_runs == 0)
		return;
	m->counts.not_sent += udp_send(t->udp, 0, &m->out, &why);
	dgramq_clear(&m->out);
	if (target_says_down(why))
		target_note_down(m, &t->to, mux_now(), why);
	if (why == ECONNREFUSED && !t->refused) {
		t->refused =
			true; /* its owner may be in the middle of something: told from the loop */
		set_due(t);
	}
}

static void to_target(void *ctx, uint8_t *p, size_t n)
{
	tunnel *t = ctx;
	mux *m = t->m;
	dgram_route r = route_of(t);

	if (!t->unanswered.answered &&
	    !mux_guard_may_send(m->guard, t->who.source, &t->unanswered, t->up_ms)) {
		m->counts.dropped_unanswered++;
		return;
	}
	m->counts.up_packets++;
	m->counts.up_bytes += n;
	if (dgramq_put(&m->out, &r, p, n))
		return;
	flush(t);
	dgramq_put(&m->out, &r, p, n);
}

static void reply(void *ctx, const uint8_t *p, size_t n)
{
	const tunnel *t = ctx;

	if (t->owner.reply)
		t->owner.reply(t->owner.ctx, p, n);
}

framing_result tunnel_up(tunnel *t, framing *f, uint8_t *p, size_t n, const char **why)
{
	const framing_events ev = { .ctx = t, .datagram = to_target, .reply = reply };

	t->up_ms = mux_now();
	framing_result r = framing_feed(f, p, n, &ev, why);
	flush(t);
	return r;
}

framing *tunnel_framing(tunnel *t)
{
	return t->framing;
}

/* --- beginning and end --- */

/* 0, or the answer. */
static unsigned open_socket(tunnel *t)
{
	const uint8_t zeros[16] = { 0 };
	const udp_options o = { .local.addr = ip_from_bytes(zeros, t->to.addr.len) };
	struct sockaddr_storage ss;
	socklen_t n = endpoint_to_sockaddr(&t->to, &ss);
	err e = { 0 };

	t->udp = udp_open(&o, &e);
	if (t->udp && connect(udp_fd(t->udp), (struct sockaddr *)&ss, n) < 0) {
		int why = errno;
		if (target_says_down(why)) {
			target_note_down(t->m, &t->to, mux_now(), why);
			return 504;
		}
		err_sys(&e, why, "to the target");
	} else if (t->udp) {
		t->watch = io_watch_new(t->m->loop, udp_fd(t->udp), on_datagrams, t, &e);
	}
	if (t->watch)
		return 0;
	if (rate_take(&t->m->trouble, mux_now()))
		log_warn(&t->m->log, "opening a tunnel: %s", e.text);
	return 503;
}

/* Behind a proxy the connection says nothing of who asks: the address counts as connected meanwhile. */
static bool count(tunnel *t)
{
	mux *m = t->m;
	mux_verdict v = MUX_OK;

	if (!t->who.source) {
		v = mux_guard_connect(m->guard, mux_now(), &t->who.from, &t->who.source);
		t->connected_for = v == MUX_OK;
	}
	if (v == MUX_OK)
		v = mux_guard_tunnel_begin(m->guard, t->who.source);
	if (v == MUX_OK)
		return true;
	mux_note(m, &t->who.from, "no tunnel", mux_verdict_text(v));
	if (t->connected_for)
		mux_guard_disconnect(m->guard, mux_now(), t->who.source);
	return false;
}

static void uncount(tunnel *t)
{
	mux_guard_tunnel_end(t->m->guard, mux_now(), t->who.source);
	if (t->connected_for)
		mux_guard_disconnect(t->m->guard, mux_now(), t->who.source);
}

static void close_socket(tunnel *t)
{
	io_watch_free(t->watch);
	udp_close(t->udp);
	framing_free(t->framing);
}

static framing *new_framing(tunnel_kind k)
{
	static const framing_kind of[] = { FRAMING_CAPSULE, FRAMING_WEBSOCKET, FRAMING_PREFIX };

	return framing_new(of[k], FRAMING_SERVER);
}

tunnel *tunnel_new(mux *m, tunnel_kind k, const mux_target *to, const mux_client *who,
		   const tunnel_owner *o, unsigned *status)
{
	tunnel *t = calloc(1, sizeof *t);

	*status = !t ? 503 : target_is_down(m, &to->at, mux_now()) ? 504 : 0;
	if (*status) {
		free(t);
		return NULL;
	}
	*t = (tunnel){ .m = m, .kind = k, .to = to->at, .who = *who, .owner = *o };
	t->due = (due){ .fire = on_due, .ctx = t };
	t->up_ms = mux_now();
	t->framing = new_framing(k);
	if (!count(t)) {
		*status = 429;
	} else {
		*status = t->framing ? open_socket(t) : 503;
		if (!*status) {
			m->counts.tunnels++;
			m->counts.open_tunnels[k]++;
			set_due(t);
			return t;
		}
		uncount(t);
	}
	close_socket(t);
	free(t);
	return NULL;
}

void tunnel_free(tunnel *t)
{
	if (!t)
		return;
	t->m->counts.open_tunnels[t->kind]--;
	due_set(t->m, &t->due, UINT64_MAX);
	waiting_end(t->m, &t->waiting);
	close_socket(t);
	uncount(t);
	free(t);
}
