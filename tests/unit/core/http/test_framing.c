/* SPDX-License-Identifier: MIT */
/* Capsules, 16-bit lengths, and what all kinds have in common (core/http/framing.h). */
#include "framing_kit.h"

static stream s; /* too large for the stack */
static record r;

static void begin(framing_kind kind, framing_end end)
{
	s.kind = kind;
	s.end = end;
	s.n = 0;
}

static void add_capsule(size_t n)
{
	uint8_t b[16];
	wire_wr w = wire_writer(b, sizeof b);

	capsule_datagram_put(&w, n);
	assert_false(w.bad);
	add(&s, b, wire_len(&w));
	add_payload(&s, n);
}

TEST(datagrams_come_out_of_capsules_in_their_order)
{
	static const size_t len[] = { 1, 62, 63, 64, 120, FRAMING_DATAGRAM_MAX, 5 };

	begin(FRAMING_CAPSULE, FRAMING_SERVER);
	for (size_t i = 0; i < COUNT(len); i++)
		add_capsule(len[i]);
	run(&s, &r);
	for (size_t i = 0; i < COUNT(len); i++)
		expect_payload(&r, len[i]);
	expect_end(&r, FRAMING_OK);
}

TEST(integers_longer_than_needed_are_read)
{
	begin(FRAMING_CAPSULE, FRAMING_CLIENT);
	ADD(&s, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 11);
	ADD(&s, 0xc0, 0, 0, 0, 0, 0, 0, 0);
	add_payload(&s, 3);
	ADD(&s, 0x40, 0, 0x80, 0, 0, 4, 0x40, 0);
	add_payload(&s, 2);
	run(&s, &r);
	expect_payload(&r, 3);
	expect_payload(&r, 2);
	expect_end(&r, FRAMING_OK);
}

TEST(unknown_capsules_are_skipped)
{
	begin(FRAMING_CAPSULE, FRAMING_SERVER);
	ADD(&s, 0x17, 0);
	ADD(&s, 0x40, 0x99, 0x80, 0, 0x27, 0x10);
	add_payload(&s, 10000);
	add_capsule(30);
	ADD(&s, 0xff, 255, 255, 255, 255, 255, 255, 255, 3, 1, 2, 3);
	add_capsule(31);
	run(&s, &r);
	expect_payload(&r, 30);
	expect_payload(&r, 31);
	expect_end(&r, FRAMING_OK);
}

TEST(a_capsule_without_end_is_skipped_without_memory)
{
	framing *f = framing_new(FRAMING_CAPSULE, FRAMING_SERVER);
	static const uint8_t zero[4096];

	r = (record){ 0 };
	feed(f, &r, (const uint8_t *)"\x17\xff\xff\xff\xff\xff\xff\xff\xff", 9);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(feed(f, &r, zero, sizeof zero), FRAMING_OK);
	assert_null(f->buf);
	assert_int_equal(f->left, ((UINT64_C(1) << 62) - 1) - 64 * sizeof zero);
	expect_end(&r, FRAMING_OK);
	framing_free(f);
}

TEST(other_contexts_are_dropped)
{
	begin(FRAMING_CAPSULE, FRAMING_SERVER);
	ADD(&s, 0, 4, 2, 'a', 'b', 'c');
	ADD(&s, 0, 5, 0x41, 0, 'a', 'b', 'c');
	ADD(&s, 0, 8, 0xc0, 0, 0, 0, 0, 0, 0, 1); /* and nothing else */
	add_capsule(9);
	run(&s, &r);
	expect_payload(&r, 9);
	expect_end(&r, FRAMING_OK);
}

TEST(a_capsule_that_is_too_long_is_dropped_and_the_next_is_read)
{
	begin(FRAMING_CAPSULE, FRAMING_SERVER);
	add_capsule(FRAMING_DATAGRAM_MAX + 1);
	add_capsule(1);
	add_capsule(9000);
	add_capsule(2);
	run(&s, &r);
	expect_payload(&r, 1);
	expect_payload(&r, 2);
	expect_end(&r, FRAMING_OK);
}

TEST(the_longest_datagram_may_have_the_longest_context)
{
	begin(FRAMING_CAPSULE, FRAMING_SERVER);
	ADD(&s, 0, 0x47, 0xd8, 0xc0, 0, 0, 0, 0, 0, 0, 0);
	add_payload(&s, FRAMING_DATAGRAM_MAX);
	run(&s, &r);
	expect_payload(&r, FRAMING_DATAGRAM_MAX);
	expect_end(&r, FRAMING_OK);
}

TEST(an_empty_udp_payload_is_no_datagram)
{
	begin(FRAMING_CAPSULE, FRAMING_CLIENT);
	ADD(&s, 0, 1, 0, 0, 2, 0x40, 0);
	add_capsule(4);
	run(&s, &r);
	expect_payload(&r, 4);
	expect_end(&r, FRAMING_OK);
}

TEST(a_capsule_without_a_context_is_broken)
{
	begin(FRAMING_CAPSULE, FRAMING_SERVER);
	add_capsule(4);
	ADD(&s, 0, 0);
	add_capsule(4);
	run(&s, &r);
	expect_payload(&r, 4);
	expect_end(&r, FRAMING_BROKEN);
	assert_non_null(strstr(r.why, "context"));
}

TEST(a_context_that_reaches_beyond_its_capsule_is_broken)
{
	static const uint8_t first[] = { 0x40, 0x80, 0xc0 };

	for (size_t i = 0; i < COUNT(first); i++) {
		begin(FRAMING_CAPSULE, FRAMING_CLIENT);
		ADD(&s, 0, 1, first[i], 0, 0, 0, 0, 0, 0, 0);
		run(&s, &r);
		expect_end(&r, FRAMING_BROKEN);
	}
	begin(FRAMING_CAPSULE, FRAMING_CLIENT);
	ADD(&s, 0, 7, 0xc0, 0, 0, 0, 0, 0, 0, 0);
	run(&s, &r);
	expect_end(&r, FRAMING_BROKEN);
}

TEST(datagrams_come_out_behind_16_bit_lengths)
{
	static const size_t len[] = { 1, 255, 256, FRAMING_DATAGRAM_MAX, 2 };

	begin(FRAMING_PREFIX, FRAMING_SERVER);
	for (size_t i = 0; i < COUNT(len); i++) {
		ADD(&s, (uint8_t)(len[i] >> 8), (uint8_t)len[i]);
		add_payload(&s, len[i]);
	}
	run(&s, &r);
	for (size_t i = 0; i < COUNT(len); i++)
		expect_payload(&r, len[i]);
	expect_end(&r, FRAMING_OK);
}

TEST(a_length_of_0_is_a_filler)
{
	begin(FRAMING_PREFIX, FRAMING_CLIENT);
	ADD(&s, 0, 0, 0, 0, 0, 3);
	add_payload(&s, 3);
	ADD(&s, 0, 0);
	run(&s, &r);
	expect_payload(&r, 3);
	expect_end(&r, FRAMING_OK);
}

TEST(a_length_above_the_longest_datagram_is_broken)
{
	begin(FRAMING_PREFIX, FRAMING_SERVER);
	ADD(&s, 0x07, 0xd1);
	add_payload(&s, 100);
	run(&s, &r);
	expect_end(&r, FRAMING_BROKEN);
	begin(FRAMING_PREFIX, FRAMING_SERVER);
	ADD(&s, 0, 1, 'x', 0xff, 0xff);
	run(&s, &r);
	expect(&r, 'd', (const uint8_t *)"x", 1);
	expect_end(&r, FRAMING_BROKEN);
}

TEST(a_stream_that_stops_in_the_middle_is_neither_broken_nor_a_datagram)
{
	for (framing_kind k = FRAMING_CAPSULE; k <= FRAMING_PREFIX; k++) {
		begin(k, FRAMING_CLIENT);
		if (k == FRAMING_CAPSULE)
			add_capsule(20);
		else if (k == FRAMING_WEBSOCKET)
			add_message(&s, 20);
		else
			ADD(&s, 0, 4, 1, 2, 3, 4);
		for (s.n--; s.n > 0; s.n--) {
			run(&s, &r);
			expect_end(&r, FRAMING_OK);
		}
	}
}

TEST(what_lies_whole_is_handed_over_in_place)
{
	for (framing_kind k = FRAMING_CAPSULE; k <= FRAMING_PREFIX; k++) {
		begin(k, FRAMING_SERVER);
		for (size_t n = 500; n < 510; n++) {
			if (k == FRAMING_CAPSULE)
				add_capsule(n);
			else if (k == FRAMING_WEBSOCKET)
				add_message(&s, n);
			else
				ADD(&s, 1, (uint8_t)n), add_payload(&s, n);
		}
		run_cut(&s, s.n, s.n, &r);
		assert_int_equal(r.datagrams, 10);
		assert_int_equal(r.in_place, 10);
		run_cut(&s, s.n / 2 + 100, s.n, &r); /* only the one that is cut is not */
		assert_int_equal(r.datagrams, 10);
		assert_int_equal(r.in_place, 9);
	}
}

TEST(only_a_cut_datagram_takes_memory_and_gives_it_back)
{
	framing *f = framing_new(FRAMING_PREFIX, FRAMING_SERVER);

	r = (record){ 0 };
	feed(f, &r, (const uint8_t *)"\0\2ab\0", 5);
	assert_null(f->buf);
	feed(f, &r, (const uint8_t *)"\2", 1);
	assert_null(f->buf);
	feed(f, &r, (const uint8_t *)"c", 1);
	assert_non_null(f->buf);
	feed(f, &r, (const uint8_t *)"d\0\1e", 4);
	assert_null(f->buf);
	assert_int_equal(r.datagrams, 3);
	assert_int_equal(r.in_place, 2);
	framing_free(f);
}

TEST(what_is_put_is_what_the_other_end_reads)
{
	static const size_t len[] = { 1, 62, 63, 125, 126, 1400, FRAMING_DATAGRAM_MAX };
	uint8_t p[FRAMING_DATAGRAM_MAX], out[FRAMING_DATAGRAM_MAX + FRAMING_OVERHEAD + 1];

	for (unsigned i = 0; i < 6; i++) {
		framing_end from = i % 2 ? FRAMING_CLIENT : FRAMING_SERVER;
		begin((framing_kind)(i / 2), i % 2 ? FRAMING_SERVER : FRAMING_CLIENT);
		framing *f = framing_new(s.kind, from);
		for (size_t k = 0; k < COUNT(len); k++) {
			payload_make(p, len[k]);
			out[len[k] + FRAMING_OVERHEAD] = 0xa5;
			size_t n = framing_put(f, p, len[k], out);
			assert_in_range(n, len[k] + 2, len[k] + FRAMING_OVERHEAD);
			assert_int_equal(out[len[k] + FRAMING_OVERHEAD], 0xa5);
			add(&s, out, n);
		}
		framing_free(f);
		run(&s, &r);
		for (size_t k = 0; k < COUNT(len); k++)
			expect_payload(&r, len[k]);
		expect_end(&r, FRAMING_OK);
	}
}

TEST(capsules_and_prefixes_say_nothing_at_the_end)
{
	uint8_t out[FRAMING_OVERHEAD];
	framing *c = framing_new(FRAMING_CAPSULE, FRAMING_CLIENT);
	framing *p = framing_new(FRAMING_PREFIX, FRAMING_CLIENT);

	assert_int_equal(framing_close(c, WS_NORMAL, out), 0);
	assert_int_equal(framing_close(p, WS_NORMAL, out), 0);
	framing_free(c);
	framing_free(p);
	framing_free(NULL);
}

TEST(nothing_may_be_fed)
{
	framing_events ev = { &r, on_datagram, on_reply };
	framing *f = framing_new(FRAMING_CAPSULE, FRAMING_CLIENT);
	const char *why = NULL;

	assert_int_equal(framing_feed(f, NULL, 0, &ev, &why), FRAMING_OK);
	framing_free(f);
}

/* --- a bounded number of heads --- */

static void count_them(void *ctx, uint8_t *p, size_t n)
{
	unsigned *count = ctx;

	(void)p, (void)n;
	(*count)++;
}

TEST(no_more_heads_are_read_than_the_caller_allows)
{
	static const uint8_t three[] = { 0, 2, 'a', 'b', 0, 0, 0, 1, 'c' };
	unsigned count = 0, heads = 2;
	const framing_events ev = { &count, count_them, NULL };
	framing *f = framing_new(FRAMING_PREFIX, FRAMING_SERVER);
	uint8_t p[sizeof three];
	const char *why = NULL;
	size_t used;

	memcpy(p, three, sizeof p);
	assert_int_equal(framing_feed_some(f, p, sizeof p, &heads, &used, &ev, &why), FRAMING_OK);
	assert_int_equal(used, 6);
	assert_int_equal(heads, 0);
	assert_int_equal(count, 1);
	assert_int_equal(framing_feed_some(f, p + used, 3, &heads, &used, &ev, &why), FRAMING_OK);
	assert_int_equal(used, 0);
	heads = 9;
	assert_int_equal(framing_feed_some(f, p + 6, 3, &heads, &used, &ev, &why), FRAMING_OK);
	assert_int_equal(used, 3);
	assert_int_equal(heads, 8);
	assert_int_equal(count, 2);
	framing_free(f);
}

TEST(a_body_that_was_begun_is_read_on_without_a_head)
{
	static const uint8_t cut[] = { 0, 4, 'a', 'b' }, rest[] = { 'c', 'd', 0, 1, 'e' };
	unsigned count = 0, heads = 1;
	const framing_events ev = { &count, count_them, NULL };
	framing *f = framing_new(FRAMING_PREFIX, FRAMING_SERVER);
	uint8_t p[8];
	const char *why = NULL;
	size_t used;

	memcpy(p, cut, sizeof cut);
	assert_int_equal(framing_feed_some(f, p, sizeof cut, &heads, &used, &ev, &why), FRAMING_OK);
	assert_int_equal(used, sizeof cut);
	memcpy(p, rest, sizeof rest);
	assert_int_equal(framing_feed_some(f, p, sizeof rest, &heads, &used, &ev, &why),
			 FRAMING_OK);
	assert_int_equal(used, 2);
	assert_int_equal(count, 1);
	framing_free(f);
}

RUN(T(no_more_heads_are_read_than_the_caller_allows),
    T(a_body_that_was_begun_is_read_on_without_a_head),
    T(datagrams_come_out_of_capsules_in_their_order), T(integers_longer_than_needed_are_read),
    T(unknown_capsules_are_skipped), T(a_capsule_without_end_is_skipped_without_memory),
    T(other_contexts_are_dropped), T(a_capsule_that_is_too_long_is_dropped_and_the_next_is_read),
    T(the_longest_datagram_may_have_the_longest_context), T(an_empty_udp_payload_is_no_datagram),
    T(a_capsule_without_a_context_is_broken),
    T(a_context_that_reaches_beyond_its_capsule_is_broken),
    T(datagrams_come_out_behind_16_bit_lengths), T(a_length_of_0_is_a_filler),
    T(a_length_above_the_longest_datagram_is_broken),
    T(a_stream_that_stops_in_the_middle_is_neither_broken_nor_a_datagram),
    T(what_lies_whole_is_handed_over_in_place),
    T(only_a_cut_datagram_takes_memory_and_gives_it_back),
    T(what_is_put_is_what_the_other_end_reads), T(capsules_and_prefixes_say_nothing_at_the_end),
    T(nothing_may_be_fed))
