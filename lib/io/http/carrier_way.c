/* SPDX-License-Identifier: MIT */
/* carrier_way.c - one way to the mux: connects, asks for a tunnel by one method after the other, each over
 * a fresh connection, until one is up. */
#include "io/http/carrier_priv.h"
#include "base/clock.h"
#include <assert.h>

/* What swallows an upgrade without an answer must not eat up the time for the other methods. */
enum { ANSWER_MS = 4000 };

typedef enum way_event { EV_BEGIN, EV_PLAIN, EV_OPEN, EV_ACCEPTED, EV_DECLINED } way_event;

const char *carrier_method_name(carrier_method m)
{
	static const char *const names[] = { "connect-udp", "websocket", "plain" };
	static_assert(sizeof names / sizeof names[0] == CARRIER_PLAIN + 1, "name every method");
	return names[m];
}

static void note(way *w, const why_text *why)
{
	if (why->rank >= w->why.rank)
		w->why = *why;
}

/* All that belongs to one attempt. */
static void drop(way *w)
{
	conn_free(w->conn);
	stream_free(w->stream);
	http_parser_free(w->http);
	plain_free(w->plain);
	framing_free(w->framing);
	w->conn = NULL;
	w->stream = NULL;
	w->http = NULL;
	w->head = NULL;
	w->plain = NULL;
	w->framing = NULL;
	w->due_ms = UINT64_MAX;
}

static void step(way *w, way_event ev);
static void declined(way *w);

static void fail(way *w)
{
	why_text why = w->why;
	carrier_way_failed(w->owner, w, &why);
}

static bool no_memory(way *w)
{
	why_set(&w->why, WHY_UNREACHABLE, "no memory");
	return false;
}

/* ---- connecting ---- */

static void on_conn_open(void *ctx, stream *s);

static void on_conn_failed(void *ctx, const why_text *why)
{
	way *w = ctx;
	carrier *c = w->owner;
	carrier_enter(c);
	note(w, why);
	if (w->route.absolute && w->state == WAY_CONNECTING)
		declined(w); /* plain requests are left */
	else
		fail(w);
	carrier_leave(c);
}

static bool connect_way(way *w)
{
	const conn_events ev = { .ctx = w, .open = on_conn_open, .failed = on_conn_failed };
	why_text why;
	w->conn = conn_open(&w->route, &ev, &why);
	if (!w->conn)
		note(w, &why);
	return w->conn != NULL;
}

/* ---- asking ---- */

static bool on_head(void *ctx, const http_head *h)
{
	way *w = ctx;
	unsigned status = http_status(h);
	if (status < 200 && status != 101)
		return true; /* RFC 9110 15.2: the answer is still to come */
	w->head = h;
	return false;
}

static bool ask(way *w)
{
	const http_events ev = { .ctx = w, .head = on_head };
	char out[REQUEST_MAX];
	wire_wr r = w->method == CARRIER_CONNECT_UDP
			    ? request_connect_udp(w->route.conf->mux, out)
			    : request_websocket(w->route.conf->mux, w->key, out);
	w->http = http_parser_new(HTTP_RESPONSES, &ev);
	if (!w->http || r.bad)
		return no_memory(w);
	stream_write(w->stream, out, wire_len(&r));
	w->due_ms = clock_mono_ms() + ANSWER_MS;
	return true;
}

static bool start_tunnel(way *w)
{
	bool capsules = w->method == CARRIER_CONNECT_UDP;
	w->due_ms = UINT64_MAX;
	w->framing = framing_new(capsules ? FRAMING_CAPSULE : FRAMING_WEBSOCKET, FRAMING_CLIENT);
	return w->framing || no_memory(w);
}

static bool next_method(way *w)
{
	drop(w);
	w->method = w->route.absolute ? CARRIER_PLAIN : w->method + 1;
	return true;
}

/* The next method, if there is one, is begun. */
static void declined(way *w)
{
	if (w->once) {
		fail(w);
		return;
	}
	step(w, EV_DECLINED);
	step(w, w->method == CARRIER_PLAIN ? EV_PLAIN : EV_BEGIN);
}

static void accepted(way *w)
{
	step(w, EV_ACCEPTED);
	if (w->state == WAY_UP)
		carrier_way_up(w->owner, w);
}

static void judge(way *w)
{
	why_text why;
	bool yes = w->method == CARRIER_CONNECT_UDP ? answer_is_connect_udp(w->head)
						    : answer_is_websocket(w->head, w->key);
	if (yes) {
		accepted(w);
		return;
	}
	answer_why(w->head, &why);
	note(w, &why);
	if (why.rank == WHY_PORTAL)
		fail(w);
	else
		declined(w);
}

/* Returns how many octets were the answer's. */
static size_t read_answer(way *w, uint8_t *p, size_t n)
{
	http_result r = http_feed(w->http, p, n);
	if (w->head) {
		judge(w);
	} else if (r.refuse) {
		why_set(&w->why, WHY_ANSWER, "the answer is not HTTP: %s", r.why);
		fail(w);
	}
	return r.used;
}

/* ---- a stream's events ---- */

static void on_data(void *ctx, uint8_t *p, size_t n)
{
	way *w = ctx;
	carrier *c = w->owner;
	size_t used = 0;
	carrier_enter(c);
	if (w->state == WAY_ASKED)
		used = read_answer(w, p, n);
	if (w->state == WAY_UP && used < n)
		carrier_received(c, w, p + used, n - used);
	carrier_leave(c);
}

static void on_writable(void *ctx)
{
	way *w = ctx;
	carrier *c = w->owner;
	carrier_enter(c);
	if (w->state == WAY_UP)
		carrier_writable(c);
	carrier_leave(c);
}

static void on_closed(void *ctx, const char *what)
{
	way *w = ctx;
	carrier *c = w->owner;
	why_text why;
	carrier_enter(c);
	if (w->state == WAY_UP) {
		why_set(&w->why, WHY_ANSWER, "the connection to the multiplexer is lost: %s",
			what ? what : "it was closed");
		fail(w);
	} else {
		why_set(&why, WHY_ANSWER, "%s is not answered: %s", carrier_method_name(w->method),
			what ? what : "the connection is closed");
		note(w, &why);
		declined(w);
	}
	carrier_leave(c);
}

static void on_conn_open(void *ctx, stream *s)
{
	way *w = ctx;
	carrier *c = w->owner;
	const stream_events ev = {
		.ctx = w, .data = on_data, .writable = on_writable, .closed = on_closed
	};
	carrier_enter(c);
	conn_free(w->conn);
	w->conn = NULL;
	w->stream = s;
	stream_events_set(s, &ev);
	step(w, EV_OPEN);
	carrier_leave(c);
}

/* ---- plain requests ---- */

static void plain_begin(void *ctx)
{
	way *w = ctx;
	carrier *c = w->owner;
	carrier_enter(c);
	if (w->state == WAY_PLAIN) {
		accepted(w);
	} else {
		framing *fresh = framing_new(FRAMING_PREFIX, FRAMING_CLIENT);
		if (fresh) {
			framing_free(w->framing);
			w->framing = fresh;
		}
	}
	carrier_leave(c);
}

static void plain_body(void *ctx, uint8_t *p, size_t n)
{
	way *w = ctx;
	carrier *c = w->owner;
	carrier_enter(c);
	if (w->state == WAY_UP)
		carrier_received(c, w, p, n);
	carrier_leave(c);
}

static void plain_ready(void *ctx)
{
	on_writable(ctx);
}

static bool begin_plain(way *w)
{
	const plain_events ev = { .ctx = w,
				  .begin = plain_begin,
				  .body = plain_body,
				  .ready = plain_ready,
				  .failed = on_conn_failed };
	why_text why;
	w->framing = framing_new(FRAMING_PREFIX, FRAMING_CLIENT);
	w->plain = w->framing ? plain_new(&w->route, &ev, &why) : NULL;
	return w->plain || no_memory(w);
}

static bool nothing_to_do(way *w)
{
	w->due_ms = UINT64_MAX;
	return true;
}

/* ---- the machine ---- */

static const struct {
	way_state in;
	way_event ev;
	bool (*act)(way *w);
	way_state next; /* if it succeeded */
} table[] = {
	{ WAY_IDLE, EV_BEGIN, connect_way, WAY_CONNECTING },
	{ WAY_IDLE, EV_PLAIN, begin_plain, WAY_PLAIN },
	{ WAY_CONNECTING, EV_OPEN, ask, WAY_ASKED },
	{ WAY_CONNECTING, EV_DECLINED, next_method, WAY_IDLE },
	{ WAY_ASKED, EV_ACCEPTED, start_tunnel, WAY_UP },
	{ WAY_ASKED, EV_DECLINED, next_method, WAY_IDLE },
	{ WAY_PLAIN, EV_ACCEPTED, nothing_to_do, WAY_UP },
};

static void step(way *w, way_event ev)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (table[i].in != w->state || table[i].ev != ev)
			continue;
		if (table[i].act(w))
			w->state = table[i].next;
		else
			fail(w);
		return;
	}
}

void way_begin(way *w)
{
	w->method = w->first;
	w->due_ms = UINT64_MAX;
	step(w, w->method == CARRIER_PLAIN ? EV_PLAIN : EV_BEGIN);
}

void way_end(way *w)
{
	drop(w);
	w->state = WAY_IDLE;
}

void way_finish(way *w)
{
	uint8_t bye[FRAMING_OVERHEAD];
	if (w->state == WAY_UP && w->stream) {
		size_t n = framing_close(w->framing, 1000, bye);
		if (n && !stream_full(w->stream))
			stream_write(w->stream, bye, n);
		stream_finish(w->stream);
		w->stream = NULL;
	}
	way_end(w);
}

void way_tick(way *w, uint64_t now_ms)
{
	if (w->state != WAY_ASKED || now_ms < w->due_ms)
		return;
	why_text why;
	why_set(&why, WHY_SILENT, "%s is not answered", carrier_method_name(w->method));
	note(w, &why);
	declined(w);
}

void way_info(const way *w, carrier_info *out)
{
	const stream *s = w->plain ? plain_stream(w->plain) : w->stream;
	*out = (carrier_info){ .method = w->method,
			       .local = stream_local(s),
			       .remote = stream_peer(s),
			       .proxy = w->route.proxy ? w->route.proxy->name : NULL,
			       .unverified = stream_unverified(s) };
}

bool way_takes(const way *w)
{
	return w->plain ? plain_takes(w->plain) : w->stream && !stream_full(w->stream);
}
