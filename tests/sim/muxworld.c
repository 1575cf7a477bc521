/* SPDX-License-Identifier: MIT */
#include "muxworld.h"

#include <stdio.h>
#include <stdlib.h>

/* --- what the core does --- */

static void write_link(void *link, const void *p, size_t n)
{
	mw_link *l = link;

	assert_true(n >= 1 && n <= MUX_WRITE_MAX && !l->finished);
	assert_true(l->out_n + n < MW_OUT);
	memcpy(l->out + l->out_n, p, n);
	l->out_n += n;
	l->out[l->out_n] = '\0';
	l->writes++;
	if (l->room != SIZE_MAX)
		l->room -= n < l->room ? n : l->room;
}

static bool is_full(const void *link)
{
	const mw_link *l = link;

	return l->room == 0;
}

static void pause_link(void *link, bool paused)
{
	mw_link *l = link;

	l->paused = paused;
}

static void note_wait(void *link, uint64_t wait_ms)
{
	mw_link *l = link;

	l->waited_ms = wait_ms;
}

static void finish(void *link)
{
	mw_link *l = link;

	l->finished = true;
	l->conn = NULL;
}

static void abort_link(void *link)
{
	mw_link *l = link;

	assert_false(l->finished);
	l->conn = NULL;
}

static void *open_socket(void *ctx, mux_tunnel *t, const endpoint *to, int *why, err *e)
{
	muxworld *w = ctx;

	if (w->refuse_sockets) {
		*why = w->refuse_sockets;
		err_set(e, ERR_SYSTEM, "refused");
		return NULL;
	}
	assert_true(w->n_sockets < MW_SOCKETS);
	mw_socket *s = &w->sockets[w->n_sockets++];
	*s = (mw_socket){ .w = w, .tunnel = t, .to = *to };
	return s;
}

static unsigned send_all(void *socket, const dgramq *q, int *why)
{
	mw_socket *s = socket;

	assert_true(s->tunnel && q->n_runs > 0);
	s->batches++;
	*why = s->error;
	for (uint32_t i = 0; i < q->n_runs; i++) {
		const dgram_run *r = &q->runs[i];
		assert_true(endpoint_equal(&r->route.to, &s->to));
		s->sent += r->n_segs;
		s->last_n = r->len - (size_t)r->seg * (r->n_segs - 1u);
		memcpy(s->last, q->bytes + r->at + r->len - s->last_n, s->last_n);
	}
	return 0;
}

static void close_socket(void *socket)
{
	mw_socket *s = socket;

	assert_non_null(s->tunnel);
	s->tunnel = NULL;
}

static void on_line(void *ctx, log_level level, const char *text)
{
	muxworld *w = ctx;

	(void)level;
	w->lines++;
	snprintf(w->line, sizeof w->line, "%s", text);
}

/* --- the world --- */

static endpoint target(uint8_t n)
{
	return (endpoint){ .addr = ip4(192, 0, 2, n), .port = 4500 };
}

muxworld *mw_new_in(const mux_guard_limits *limits, const mux_room_limits *room)
{
	muxworld *w = calloc(1, sizeof *w);

	assert_non_null(w);
	w->now = (core_time){ .ms = MW_T0, .ntp = 3900000000ull << 32 };
	w->config = (mux_config){ .targets = { { "home", target(1) }, { "other", target(2) } },
				  .n_targets = 2,
				  .proxies = { { ip4(192, 0, 2, 9), 32 } },
				  .n_proxies = 1,
				  .limits = limits ? *limits : mux_guard_defaults(),
				  .room = room ? *room : (mux_room_limits){ 0 },
				  .idle_ms = 600000 };
	const mux_core_options o = {
		.env = { .ctx = w,
			 .write = write_link,
			 .is_full = is_full,
			 .pause = pause_link,
			 .note_wait = note_wait,
			 .finish = finish,
			 .abort = abort_link,
			 .open_socket = open_socket,
			 .send = send_all,
			 .close_socket = close_socket },
		.config = &w->config,
		.log = { .level = LOG_INFO, .line = on_line, .ctx = w },
		.now = w->now,
		.seeds = { 1, 2 },
	};
	w->core = mux_core_new(&o);
	assert_non_null(w->core);
	return w;
}

muxworld *mw_new(const mux_guard_limits *limits)
{
	return mw_new_in(limits, NULL);
}

unsigned mw_open_sockets(const muxworld *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n_sockets; i++)
		n += w->sockets[i].tunnel != NULL;
	return n;
}

void mw_free(muxworld *w)
{
	mux_core_free(w->core);
	assert_int_equal(mw_open_sockets(w), 0);
	for (unsigned i = 0; i < w->n_links; i++) {
		assert_null(w->links[i].conn);
		free(w->links[i].out);
		free(w->links[i].in);
	}
	free(w);
}

/* What waits is read as long as nothing is paused, in pieces as a stream's. */
static void pump(muxworld *w)
{
	for (unsigned i = 0; i < w->n_links; i++) {
		mw_link *l = &w->links[i];
		while (l->conn && !l->paused && l->in_n > 0) {
			size_t n = l->in_n < MUX_WRITE_MAX ? l->in_n : MUX_WRITE_MAX;
			uint8_t *piece = malloc(n);
			assert_non_null(piece);
			memcpy(piece, l->in, n);
			l->in_n -= n;
			memmove(l->in, l->in + n, l->in_n);
			mux_core_octets(w->core, w->now, l->conn, piece, n);
			free(piece);
		}
	}
	assert_true(mux_core_next_timer_ms(w->core) > w->now.ms);
}

void mw_pass(muxworld *w, uint64_t ms)
{
	uint64_t end = w->now.ms + ms;

	while (mux_core_next_timer_ms(w->core) <= end) {
		w->now.ms = mux_core_next_timer_ms(w->core);
		mux_core_tick(w->core, w->now);
		pump(w);
	}
	w->now.ms = end;
	mux_core_tick(w->core, w->now);
	pump(w);
}

/* --- connections --- */

ip_addr mw_client(uint8_t n)
{
	return ip4(198, 51, 100, n);
}

mw_link *mw_connect(muxworld *w, mux_conn_kind kind, ip_addr from)
{
	assert_true(w->n_links < MW_LINKS);
	mw_link *l = &w->links[w->n_links++];
	*l = (mw_link){ .w = w, .room = SIZE_MAX, .out = calloc(1, MW_OUT), .in = malloc(MW_IN) };
	assert_true(l->out && l->in);
	l->conn = mux_core_accept(w->core, w->now, kind, &from, l);
	if (l->conn)
		mux_core_opened(w->core, w->now, l->conn);
	return l;
}

void mw_say(mw_link *l, const void *p, size_t n)
{
	assert_true(l->in_n + n <= MW_IN);
	memcpy(l->in + l->in_n, p, n);
	l->in_n += n;
	pump(l->w);
}

void mw_say_text(mw_link *l, const char *text)
{
	mw_say(l, text, strlen(text));
}

void mw_hang_up(mw_link *l)
{
	mux_core_closed(l->w->core, l->w->now, l->conn, NULL);
	pump(l->w);
}

void mw_take(mw_link *l, size_t octets)
{
	l->room = octets;
	if (l->conn)
		mux_core_writable(l->w->core, l->w->now, l->conn);
	pump(l->w);
}

unsigned mw_count(const mw_link *l, const char *part)
{
	unsigned n = 0;
	const uint8_t *end = l->out + l->out_n;

	for (const uint8_t *at = l->out; (at = memmem(at, (size_t)(end - at), part, strlen(part)));
	     at++)
		n++;
	return n;
}

void mw_expect(mw_link *l, const char *part)
{
	if (mw_count(l, part) == 0)
		fail_msg("no '%s' in '%.400s'", part, (const char *)l->out);
}

void mw_expect_not(const mw_link *l, const char *part)
{
	if (mw_count(l, part) > 0)
		fail_msg("'%s' in '%.400s'", part, (const char *)l->out);
}

void mw_forget(mw_link *l)
{
	l->out_n = 0;
	l->out[0] = '\0';
	l->writes = 0;
}

/* --- targets --- */

/* As ESP begins, and long enough. */
static const uint8_t *esp_like(void)
{
	static uint8_t p[FRAMING_DATAGRAM_MAX + 1];

	memset(p, 0x5a, sizeof p);
	return p;
}

void mw_datagrams(mw_socket *s, unsigned count, size_t n)
{
	muxworld *w = s->w;
	mux_tunnel *t = s->tunnel;

	assert_non_null(t);
	for (unsigned i = 0; i < count; i++)
		mux_core_datagram(w->core, w->now, t, esp_like(), n);
	mux_core_received(w->core, w->now, t, (int)count);
	pump(w);
}

void mw_answer(mw_socket *s, const void *p, size_t n)
{
	muxworld *w = s->w;

	mux_core_datagram(w->core, w->now, s->tunnel, p, n);
	mux_core_received(w->core, w->now, s->tunnel, 1);
	pump(w);
}

void mw_fail(mw_socket *s, int error)
{
	mux_core_received(s->w->core, s->w->now, s->tunnel, -error);
	pump(s->w);
}

/* --- tunnels --- */

mw_link *mw_connect_udp(muxworld *w, ip_addr from)
{
	mw_link *l = mw_connect(w, MUX_CONN_HTTP, from);

	mw_say_text(l,
		    "GET /.well-known/masque/udp/home/4500/ HTTP/1.1\r\nHost: a\r\n"
		    "Connection: Upgrade\r\nUpgrade: connect-udp\r\nCapsule-Protocol: ?1\r\n\r\n");
	return l;
}

mw_link *mw_websocket(muxworld *w, ip_addr from)
{
	mw_link *l = mw_connect(w, MUX_CONN_HTTP, from);

	mw_say_text(l, "GET /homeward/home HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
		       "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	return l;
}

size_t mw_frame(framing_kind kind, size_t datagram, uint8_t *out)
{
	return mw_frame_of(kind, esp_like(), datagram, out);
}

size_t mw_frame_of(framing_kind kind, const void *p, size_t n, uint8_t *out)
{
	framing *f = framing_new(kind, FRAMING_CLIENT);

	assert_non_null(f);
	n = framing_put(f, p, n, out);
	framing_free(f);
	return n;
}

static void count_datagram(void *ctx, uint8_t *p, size_t n)
{
	unsigned *count = ctx;

	(void)p, (void)n;
	(*count)++;
}

static void ignore_reply(void *ctx, const uint8_t *p, size_t n)
{
	(void)ctx, (void)p, (void)n;
}

unsigned mw_unframe(framing_kind kind, const uint8_t *p, size_t n)
{
	unsigned count = 0;
	const framing_events ev = { &count, count_datagram, ignore_reply };
	const char *why = NULL;
	framing *f = framing_new(kind, FRAMING_CLIENT);
	uint8_t *copy = malloc(n ? n : 1);

	assert_true(f && copy);
	memcpy(copy, p, n);
	if (n > 0)
		assert_int_not_equal(framing_feed(f, copy, n, &ev, &why), FRAMING_BROKEN);
	free(copy);
	framing_free(f);
	return count;
}
