/* SPDX-License-Identifier: MIT */
/* carrier_side.c - one of the two connections of plain requests: connects, asks, reads the answers. */
#include "io/http/carrier_plain.h"
#include "base/clock.h"

void side_drop(side *s)
{
	conn_free(s->conn);
	stream_free(s->stream);
	http_parser_free(s->http);
	s->conn = NULL;
	s->stream = NULL;
	s->http = NULL;
	s->head = NULL;
	s->in_flight = 0;
	s->kept = s->ended = s->refused = false;
	s->served = 0;
}

void side_ask(side *s, uint8_t *body, size_t n)
{
	plain *p = s->owner;
	plain_request q = { .route = p->route,
			    .session = p->session,
			    .up = s->up,
			    .body = n,
			    .wait_ms = !s->up && p->gathers ? GATHER_MS : 0 };
	char head[REQUEST_MAX];
	wire_wr w = request_plain(&q, head);
	size_t len = w.bad ? 0 : wire_len(&w);
	s->had_line = q.had_line;
	s->in_flight++;
	s->asked_ms = clock_mono_ms();
	if (body)
		stream_write(s->stream, memcpy(body - len, head, len), len + n);
	else
		stream_write(s->stream, head, len);
	explicit_bzero(head, sizeof head);
}

static bool on_head(void *ctx, const http_head *h)
{
	side *s = ctx;
	plain *p = s->owner;
	unsigned status = http_status(h);
	s->head = h;
	if (status < 200)
		return true; /* RFC 9110 15.2: the answer is still to come */
	s->refused = status >= 300 || answer_is_html(h);
	if (s->had_line && status != 407)
		proxy_auth_good(&p->route->auth);
	if (s->refused)
		return false;
	s->kept = http_keep_alive(h) && !(s->up && p->single);
	s->served++;
	s->failures = 0;
	side_begun(s);
	return true;
}

static void on_body(void *ctx, uint8_t *octets, size_t n)
{
	side *s = ctx;
	if (!s->up && !s->refused)
		s->owner->ev.body(s->owner->ev.ctx, octets, n);
}

static void on_end(void *ctx)
{
	side *s = ctx;
	if (!s->head || http_status(s->head) < 200)
		return;
	s->head = NULL;
	s->ended = true;
	if (s->in_flight)
		s->in_flight--;
}

static void read_answers(side *s, uint8_t *octets, size_t n)
{
	why_text why;
	http_result r = http_feed(s->http, octets, n);
	if (s->owner->over)
		return;
	if (s->refused && s->head) {
		side_refused(s);
	} else if (r.refuse) {
		why_set(&why, WHY_ANSWER, "the answer is not HTTP: %s", r.why);
		side_failed(s, &why);
	} else if (s->ended) {
		side_ended(s);
	}
}

static void on_data(void *ctx, uint8_t *octets, size_t n)
{
	side *s = ctx;
	carrier *c = s->owner->route->owner;
	carrier_enter(c);
	if (!s->owner->over)
		read_answers(s, octets, n);
	carrier_leave(c);
}

static void on_writable(void *ctx)
{
	side *s = ctx;
	carrier *c = s->owner->route->owner;
	carrier_enter(c);
	if (s->up && !s->owner->over)
		s->owner->ev.ready(s->owner->ev.ctx);
	carrier_leave(c);
}

static void on_closed(void *ctx, const char *what)
{
	side *s = ctx;
	carrier *c = s->owner->route->owner;
	carrier_enter(c);
	if (!s->owner->over)
		side_closed(s, what);
	carrier_leave(c);
}

static void take(side *s, stream *opened)
{
	const stream_events ev = {
		.ctx = s, .data = on_data, .writable = on_writable, .closed = on_closed
	};
	const http_events hev = { .ctx = s, .head = on_head, .body = on_body, .end = on_end };
	why_text why = { WHY_UNREACHABLE, "no memory" };
	conn_free(s->conn);
	s->conn = NULL;
	s->stream = opened;
	stream_events_set(opened, &ev);
	s->http = http_parser_new(HTTP_RESPONSES, &hev);
	if (s->http)
		side_opened(s);
	else
		side_failed(s, &why);
}

static void on_open(void *ctx, stream *opened)
{
	side *s = ctx;
	carrier *c = s->owner->route->owner;
	carrier_enter(c);
	take(s, opened);
	carrier_leave(c);
}

static void on_failed(void *ctx, const why_text *why)
{
	side *s = ctx;
	carrier *c = s->owner->route->owner;
	why_text copy = *why;
	carrier_enter(c);
	side_failed(s, &copy);
	carrier_leave(c);
}

bool side_connect(side *s, why_text *why)
{
	const conn_events ev = { .ctx = s, .open = on_open, .failed = on_failed };
	s->due_ms = UINT64_MAX;
	s->conn = conn_open(s->owner->route, &ev, why);
	return s->conn != NULL;
}
