/* SPDX-License-Identifier: MIT */
/* carrier_plain.c - a tunnel of plain requests (docs/protocol.md): one connection on which every batch is
 * a POST with its length, so that a proxy that wants bodies whole can have them; and one on which a GET is
 * held, whose body is what comes, and which is asked again as soon as it ends. A proxy that wants answers
 * whole, too, shows none of that GET: then a POST that was answered means that the tunnel is up, and GETs
 * ask to be ended soon after their first datagram. */
#include "io/http/carrier_plain.h"
#include "base/clock.h"
#include <stdlib.h>

/* POSTs on their way, where the connection is kept: as many batches a round trip. */
enum { PIPELINE = 4, FAILURES = 6, BACKOFF_MS = 250, BACKOFF_MAX_MS = 5000 };
/* How long a GET's head is waited for. */
enum { HEAD_MS = 1500, FILLER = 2 };
/* Between two POSTs, once somebody on the way was overburdened: a proxy may open a connection for each, of
 * which the mux takes 64 a second. */
enum { PACE_MS = 30 };
/* A POST's answer. */
enum { ANSWER_MS = 6000 };

static void set_timer(plain *p)
{
	uint64_t due = p->post.due_ms < p->get.due_ms ? p->post.due_ms : p->get.due_ms;
	if (p->head_ms < due)
		due = p->head_ms;
	if (p->post.in_flight && p->post.asked_ms + ANSWER_MS < due)
		due = p->post.asked_ms + ANSWER_MS;
	if (p->ready_ms < due)
		due = p->ready_ms;
	io_timer_at(p->timer, due);
}

/* What waits for its pace is told when that is over: ready_ms stays until then. */
static void pace(plain *p, uint64_t since_ms)
{
	p->ready_ms = p->pace_ms ? since_ms + p->pace_ms : UINT64_MAX;
}

static void begin_pace(plain *p)
{
	p->pace_ms = PACE_MS;
	pace(p, clock_mono_ms());
}

static void connect_at(side *s, uint64_t at_ms)
{
	side_drop(s);
	s->due_ms = at_ms;
	set_timer(s->owner);
}

static void give_up(plain *p, const why_text *why)
{
	if (p->over)
		return;
	p->over = true;
	why_text copy = *why;
	p->ev.failed(p->ev.ctx, &copy);
}

/* May be the end of it all: the caller returns at once. */
void side_failed(side *s, const why_text *why)
{
	plain *p = s->owner;
	uint64_t wait = (uint64_t)BACKOFF_MS << s->failures;
	if (++s->failures >= FAILURES || (!p->begun && !s->up)) {
		give_up(p, why);
		return;
	}
	connect_at(s, clock_mono_ms() + (wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS));
}

void side_begun(side *s)
{
	plain *p = s->owner;
	if (s->up) {
		p->posted_ms = clock_mono_ms();
		return;
	}
	p->begun = true;
	p->head_ms = UINT64_MAX;
	p->ev.begin(p->ev.ctx);
}

static void post(plain *p, uint8_t *body, size_t n)
{
	side_ask(&p->post, body, n);
	pace(p, p->post.asked_ms);
	set_timer(p);
}

void side_refused(side *s)
{
	plain *p = s->owner;
	why_text why;
	char text[256];
	if (http_status(s->head) == 407 && p->route->absolute) {
		if (proxy_auth_take(&p->route->auth, p->route->proxy, s->head, s->had_line, text)) {
			connect_at(s, clock_mono_ms());
			return;
		}
		why_set(&why, WHY_CREDENTIALS, "%s", text);
		give_up(p, &why);
		return;
	}
	answer_why(s->head, &why);
	if (http_status(s->head) == 429 || http_status(s->head) >= 500)
		begin_pace(p);
	side_failed(s, &why);
}

static void ask_get(plain *p)
{
	side_ask(&p->get, NULL, 0);
	p->late = false;
	if (!p->gathers)
		p->head_ms = clock_mono_ms() + HEAD_MS;
	set_timer(p);
}

/* POSTs work, and the GET is kept back somewhere. */
static void gather_if_late(plain *p)
{
	bool posts = p->posted_ms && (!p->begun || p->posted_ms >= p->get.asked_ms);
	if (p->gathers || !posts || !p->late)
		return;
	if (!plain_stream(p)) { /* just now there is none to tell of */
		p->head_ms = clock_mono_ms() + BACKOFF_MS;
		set_timer(p);
		return;
	}
	p->gathers = true;
	begin_pace(p);
	if (!p->begun) {
		p->begun = true;
		p->ev.begin(p->ev.ctx);
	}
	connect_at(&p->get, clock_mono_ms());
}

/* An answer was read to its end. */
void side_ended(side *s)
{
	plain *p = s->owner;
	s->ended = false;
	if (s->up)
		gather_if_late(p);
	if (!s->kept || (!s->up && stream_full(s->stream)))
		connect_at(s, clock_mono_ms());
	else if (!s->up)
		ask_get(p);
	else if (p->begun)
		p->ev.ready(p->ev.ctx);
}

static void single_posts(plain *p)
{
	p->single = true;
	begin_pace(p);
}

/* A connection that served and was then closed is replaced at once; one that closed without a request on
 * it, a little later; one that took a request and never answered has failed. */
void side_closed(side *s, const char *what)
{
	uint64_t now = clock_mono_ms();
	why_text why;
	if (s->up && s->served == 1 && s->in_flight)
		single_posts(s->owner);
	if (s->served || s->in_flight == 0) {
		connect_at(s, s->served ? now : now + BACKOFF_MS);
		return;
	}
	why_set(&why, WHY_ANSWER, "a plain request is not answered: %s",
		what ? what : "the connection is closed");
	side_failed(s, &why);
}

void side_opened(side *s)
{
	uint8_t filler[REQUEST_MAX + FILLER] = { 0 }; /* a datagram of length 0 is none */
	plain *p = s->owner;
	if (!s->up)
		ask_get(p);
	else if (p->begun)
		p->ev.ready(p->ev.ctx);
	else
		post(p, filler + REQUEST_MAX, FILLER);
}

/* There are proxies that pass the first request of a connection and lose the others. */
static void post_is_late(plain *p)
{
	if (p->post.served == 1)
		single_posts(p);
	connect_at(&p->post, clock_mono_ms());
}

/* False: it failed, perhaps for good. */
static bool try_side(side *s)
{
	why_text why;
	bool ok = side_connect(s, &why);
	if (!ok)
		side_failed(s, &why);
	return ok;
}

static void connect_due(plain *p)
{
	uint64_t now = clock_mono_ms();
	if (p->post.in_flight && p->post.asked_ms + ANSWER_MS <= now)
		post_is_late(p);
	if (p->get.due_ms <= now && !try_side(&p->get))
		return;
	if (p->post.due_ms <= now && !try_side(&p->post))
		return;
	if (p->head_ms <= now) {
		p->head_ms = UINT64_MAX;
		p->late = true;
		gather_if_late(p);
	}
	if (p->ready_ms <= now) {
		p->ready_ms = UINT64_MAX;
		if (p->begun)
			p->ev.ready(p->ev.ctx);
	}
	set_timer(p);
}

static void on_timer(void *ctx)
{
	plain *p = ctx;
	carrier *c = p->route->owner;
	carrier_enter(c);
	if (!p->over)
		connect_due(p);
	carrier_leave(c);
}

plain *plain_new(conn_route *r, const plain_events *ev, why_text *why)
{
	err e = { 0 };
	plain *p = calloc(1, sizeof *p);
	why_set(why, WHY_UNREACHABLE, "no memory");
	if (!p)
		return NULL;
	p->route = r;
	p->ev = *ev;
	p->head_ms = p->ready_ms = UINT64_MAX;
	p->post = (side){ .owner = p, .up = true, .due_ms = clock_mono_ms() };
	p->get = (side){ .owner = p, .due_ms = p->post.due_ms };
	p->timer = io_timer_new(r->loop, on_timer, p, &e);
	if (p->timer && request_new_session(p->session)) {
		set_timer(p);
		return p;
	}
	plain_free(p);
	return NULL;
}

void plain_free(plain *p)
{
	if (!p)
		return;
	side_drop(&p->post);
	side_drop(&p->get);
	io_timer_free(p->timer);
	free(p);
}

bool plain_takes(const plain *p)
{
	const side *s = &p->post;
	return s->stream && s->http && !stream_full(s->stream) &&
	       s->in_flight < (s->kept ? PIPELINE : 1) &&
	       (!p->pace_ms || clock_mono_ms() >= s->asked_ms + p->pace_ms);
}

void plain_send(plain *p, uint8_t *body, size_t n)
{
	post(p, body, n);
}

stream *plain_stream(const plain *p)
{
	return p->get.stream ? p->get.stream : p->post.stream;
}
