/* SPDX-License-Identifier: MIT */
/* framing_kit.h - for tests of core/http/framing.h: makes streams, and records what comes of them, fed whole, one
 * octet at a time, and in two pieces cut at every place, which must all be the same. */
#ifndef HW_TESTS_FRAMING_KIT_H
#define HW_TESTS_FRAMING_KIT_H

#include "octets.h"
#include "core/http/framing_priv.h"

enum { STREAM_MAX = 16 * 1024 };

typedef struct stream {
	framing_kind kind;
	framing_end end; /* who reads it */
	size_t n;
	uint8_t b[STREAM_MAX];
} stream;

/* What was handed over: 'd' or 'r', 16 bits of length, the octets; a reply from a client unmasked. */
typedef struct record {
	framing_result res;
	const char *why;
	size_t fed, n;
	unsigned datagrams, in_place;
	const uint8_t *from, *to; /* what is being fed */
	uint8_t log[STREAM_MAX + 1024];
} record;

static inline void record_add(record *r, char kind, const uint8_t *p, size_t n)
{
	assert_true(r->n + 3 + n <= sizeof r->log);
	r->log[r->n] = (uint8_t)kind;
	store_be16(r->log + r->n + 1, (uint16_t)n);
	memcpy(r->log + r->n + 3, p, n);
	r->n += 3 + n;
}

static inline void on_datagram(void *ctx, uint8_t *p, size_t n)
{
	record *r = ctx;

	assert_in_range(n, 1, FRAMING_DATAGRAM_MAX);
	record_add(r, 'd', p, n);
	r->datagrams++;
	r->in_place += p >= r->from && p + n <= r->to;
	memset(p, 0xdd, n); /* may be modified */
}

static inline void on_reply(void *ctx, const uint8_t *p, size_t n)
{
	uint8_t b[139];
	wire_rd rd = wire_reader(p, n);
	ws_head h;

	assert_in_range(n, 2, sizeof b);
	assert_int_equal(ws_head_get(&rd, &h), 1);
	assert_int_equal(h.len, wire_left(&rd));
	b[0] = p[0];
	b[1] = (uint8_t)h.masked;
	wire_get(&rd, b + 2, h.len);
	ws_mask(b + 2, h.len, h.mask, 0);
	record_add(ctx, 'r', b, 2 + h.len);
}

static inline framing_result feed(framing *f, record *r, const uint8_t *p, size_t n)
{
	framing_events ev = { r, on_datagram, on_reply };
	uint8_t *exact = octets_exact(p, n);

	r->from = exact;
	r->to = exact + n;
	r->res = framing_feed(f, exact, n, &ev, &r->why);
	r->fed += n;
	assert_int_equal(r->why != NULL, r->res == FRAMING_BROKEN);
	free(exact);
	return r->res;
}

/* In pieces: the first of `first` octets, the others of `step`. */
static inline void run_cut(const stream *s, size_t first, size_t step, record *r)
{
	framing *f = framing_new(s->kind, s->end);

	assert_non_null(f);
	*r = (record){ 0 };
	for (size_t at = 0, k = first; at < s->n && r->res == FRAMING_OK; at += k, k = step) {
		k = k < s->n - at ? k : s->n - at;
		feed(f, r, s->b + at, k);
	}
	framing_free(f);
}

static inline void record_same(const record *a, const record *b)
{
	assert_int_equal(a->res, b->res);
	if (a->why)
		assert_string_equal(a->why, b->why);
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->log, b->log, a->n);
}

/* Whole, and in every other way. */
static inline void run(const stream *s, record *r)
{
	static record other; /* too large for the stack */

	run_cut(s, s->n, s->n, r);
	run_cut(s, 1, 1, &other);
	record_same(r, &other);
	size_t stride = s->n > 512 ? 7 : 1;
	for (size_t cut = 1; cut < s->n; cut += stride) {
		run_cut(s, cut, s->n, &other);
		record_same(r, &other);
	}
	run_cut(s, 3, 5, &other);
	record_same(r, &other);
}

static inline void add(stream *s, const void *p, size_t n)
{
	assert_true(s->n + n <= sizeof s->b);
	memcpy(s->b + s->n, p, n);
	s->n += n;
}
#define ADD(s, ...)                                                                                \
	add((s), (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* Octet i of a payload of n. */
static inline void payload_make(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + n);
}

static inline void add_payload(stream *s, size_t n)
{
	uint8_t b[STREAM_MAX];

	assert_true(n <= sizeof b);
	payload_make(b, n);
	add(s, b, n);
}

/* A frame as the peer of s->end sends it. */
static inline void add_frame(stream *s, bool fin, uint8_t opcode, const void *p, size_t n)
{
	ws_head h = { fin, s->end == FRAMING_SERVER, opcode, n, { 0 } };
	uint8_t b[STREAM_MAX];

	if (h.masked)
		memcpy(h.mask, "\x9a\x01\xfe\x44", 4);
	wire_wr w = wire_writer(b, sizeof b);
	ws_head_put(&w, &h);
	size_t at = wire_len(&w);
	wire_put(&w, p, n);
	assert_false(w.bad);
	if (h.masked)
		ws_mask(b + at, n, h.mask, 0);
	add(s, b, wire_len(&w));
}

static inline void add_message(stream *s, size_t n)
{
	uint8_t b[STREAM_MAX];

	assert_true(n <= sizeof b);
	payload_make(b, n);
	add_frame(s, true, WS_BINARY, b, n);
}

/* The next in the log, taken off it. */
static inline void expect(record *r, char kind, const uint8_t *p, size_t n)
{
	assert_true(r->n >= 3 + n);
	assert_int_equal(r->log[0], kind);
	assert_int_equal(load_be16(r->log + 1), n);
	assert_memory_equal(r->log + 3, p, n);
	r->n -= 3 + n;
	memmove(r->log, r->log + 3 + n, r->n);
}

static inline void expect_payload(record *r, size_t n)
{
	uint8_t b[FRAMING_DATAGRAM_MAX];

	payload_make(b, n);
	expect(r, 'd', b, n);
}

static inline void expect_end(const record *r, framing_result res)
{
	assert_int_equal(r->res, res);
	assert_int_equal(r->n, 0);
}

#endif
