/* SPDX-License-Identifier: MIT */
/* WebSocket messages (core/http/framing.h). */
#include "framing_kit.h"

static stream s; /* too large for the stack */
static record r;

static void begin(framing_end end)
{
	s.kind = FRAMING_WEBSOCKET;
	s.end = end;
	s.n = 0;
}

/* Our answer: a frame without its mask, which only a client's has. */
static void expect_reply(uint8_t opcode, const void *p, size_t n)
{
	uint8_t b[2 + WS_CONTROL_MAX] = { 0x80 | opcode, s.end == FRAMING_CLIENT };

	memcpy(b + 2, p, n);
	expect(&r, 'r', b, 2 + n);
}

static void expect_close(uint16_t code)
{
	uint8_t b[2];

	store_be16(b, code);
	expect_reply(WS_CLOSE, b, sizeof b);
}

static void expect_failed(uint16_t code)
{
	run(&s, &r);
	expect_close(code);
	expect_end(&r, FRAMING_BROKEN);
}

TEST(both_ends_read_messages)
{
	static const size_t len[] = { 1, 125, 126, FRAMING_DATAGRAM_MAX };

	for (unsigned e = 0; e < 2; e++) {
		begin(e ? FRAMING_SERVER : FRAMING_CLIENT);
		for (size_t i = 0; i < COUNT(len); i++)
			add_message(&s, len[i]);
		run(&s, &r);
		for (size_t i = 0; i < COUNT(len); i++)
			expect_payload(&r, len[i]);
		expect_end(&r, FRAMING_OK);
	}
}

TEST(an_unmasked_frame_from_a_client_fails)
{
	begin(FRAMING_SERVER);
	ADD(&s, 0x82, 1, 'x');
	expect_failed(WS_PROTOCOL_ERROR);
	begin(FRAMING_SERVER);
	ADD(&s, 0x89, 0);
	expect_failed(WS_PROTOCOL_ERROR);
}

TEST(a_masked_frame_from_a_server_fails)
{
	begin(FRAMING_CLIENT);
	ADD(&s, 0x82, 0x81, 0, 0, 0, 0, 'x');
	expect_failed(WS_PROTOCOL_ERROR);
	begin(FRAMING_CLIENT);
	ADD(&s, 0x88, 0x80, 0, 0, 0, 0);
	expect_failed(WS_PROTOCOL_ERROR);
}

TEST(malformed_frames_fail)
{
	static const uint8_t bad[][4] = {
		{ 0xc2, 1, 'x' },     { 0x83, 0 },           { 0x8b, 0 },
		{ 0x82, 126, 0, 99 }, { 0x09, 0, 'x', 'x' }, { 0x89, 126, 0, 200 },
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		begin(FRAMING_CLIENT);
		add(&s, bad[i], sizeof bad[i]);
		expect_failed(WS_PROTOCOL_ERROR);
	}
}

TEST(what_came_before_a_violation_is_handed_over_and_nothing_after)
{
	begin(FRAMING_SERVER);
	add_message(&s, 10);
	ADD(&s, 0x82, 1, 'x');
	add_message(&s, 11);
	run(&s, &r);
	expect_payload(&r, 10);
	expect_close(WS_PROTOCOL_ERROR);
	expect_end(&r, FRAMING_BROKEN);
}

TEST(fragments_are_joined)
{
	for (unsigned e = 0; e < 2; e++) {
		begin(e ? FRAMING_SERVER : FRAMING_CLIENT);
		add_frame(&s, false, WS_BINARY, "abc", 3);
		add_frame(&s, false, WS_CONTINUATION, "defgh", 5);
		add_frame(&s, true, WS_CONTINUATION, "i", 1);
		add_frame(&s, true, WS_BINARY, "next", 4);
		run(&s, &r);
		expect(&r, 'd', (const uint8_t *)"abcdefghi", 9);
		expect(&r, 'd', (const uint8_t *)"next", 4);
		expect_end(&r, FRAMING_OK);
	}
}

TEST(empty_fragments_add_nothing)
{
	begin(FRAMING_SERVER);
	add_frame(&s, false, WS_BINARY, "", 0);
	add_frame(&s, false, WS_CONTINUATION, "", 0);
	add_frame(&s, false, WS_CONTINUATION, "ab", 2);
	add_frame(&s, false, WS_CONTINUATION, "", 0);
	add_frame(&s, true, WS_CONTINUATION, "", 0);
	add_frame(&s, false, WS_BINARY, "", 0);
	add_frame(&s, true, WS_CONTINUATION, "", 0);
	add_frame(&s, true, WS_BINARY, "cd", 2);
	run(&s, &r);
	expect(&r, 'd', (const uint8_t *)"ab", 2);
	expect(&r, 'd', (const uint8_t *)"cd", 2);
	expect_end(&r, FRAMING_OK);
}

TEST(empty_messages_are_ignored)
{
	begin(FRAMING_CLIENT);
	add_frame(&s, true, WS_BINARY, "", 0);
	add_message(&s, 3);
	add_frame(&s, true, WS_BINARY, "", 0);
	run(&s, &r);
	expect_payload(&r, 3);
	expect_end(&r, FRAMING_OK);
}

TEST(control_frames_may_come_between_fragments)
{
	begin(FRAMING_SERVER);
	add_frame(&s, false, WS_BINARY, "abc", 3);
	add_frame(&s, true, WS_PING, "between", 7);
	add_frame(&s, true, WS_PONG, "unasked", 7);
	add_frame(&s, true, WS_CONTINUATION, "def", 3);
	run(&s, &r);
	expect_reply(WS_PONG, "between", 7);
	expect(&r, 'd', (const uint8_t *)"abcdef", 6);
	expect_end(&r, FRAMING_OK);
}

TEST(a_ping_is_answered_with_its_own_payload)
{
	uint8_t p[WS_CONTROL_MAX];

	payload_make(p, sizeof p);
	for (unsigned e = 0; e < 2; e++) {
		begin(e ? FRAMING_SERVER : FRAMING_CLIENT);
		add_frame(&s, true, WS_PING, p, sizeof p);
		add_frame(&s, true, WS_PING, "", 0);
		run(&s, &r);
		expect_reply(WS_PONG, p, sizeof p);
		expect_reply(WS_PONG, "", 0);
		expect_end(&r, FRAMING_OK);
	}
}

TEST(the_longest_message_may_come_in_fragments)
{
	uint8_t p[FRAMING_DATAGRAM_MAX];

	payload_make(p, sizeof p);
	begin(FRAMING_SERVER);
	add_frame(&s, false, WS_BINARY, p, 1999);
	add_frame(&s, true, WS_PING, p, WS_CONTROL_MAX);
	add_frame(&s, true, WS_CONTINUATION, p + 1999, 1);
	run(&s, &r);
	expect_reply(WS_PONG, p, WS_CONTROL_MAX);
	expect_payload(&r, FRAMING_DATAGRAM_MAX);
	expect_end(&r, FRAMING_OK);
}

TEST(a_message_that_is_too_long_fails_at_the_head_that_says_so)
{
	static const uint8_t p[FRAMING_DATAGRAM_MAX + 1];

	begin(FRAMING_SERVER);
	add_frame(&s, true, WS_BINARY, p, sizeof p);
	expect_failed(WS_TOO_BIG);
	begin(FRAMING_SERVER);
	add_frame(&s, false, WS_BINARY, p, 1000);
	add_frame(&s, true, WS_CONTINUATION, p, 1001);
	expect_failed(WS_TOO_BIG);
	begin(FRAMING_CLIENT);
	ADD(&s, 0x82, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255);
	expect_failed(WS_TOO_BIG);
}

TEST(text_fails)
{
	begin(FRAMING_SERVER);
	add_frame(&s, true, WS_TEXT, "hello", 5);
	expect_failed(WS_UNSUPPORTED);
	begin(FRAMING_CLIENT);
	add_frame(&s, false, WS_TEXT, "", 0);
	expect_failed(WS_UNSUPPORTED);
}

TEST(a_continuation_of_nothing_fails)
{
	begin(FRAMING_SERVER);
	add_frame(&s, true, WS_CONTINUATION, "x", 1);
	expect_failed(WS_PROTOCOL_ERROR);
	begin(FRAMING_SERVER);
	add_frame(&s, false, WS_BINARY, "a", 1);
	add_frame(&s, true, WS_CONTINUATION, "b", 1);
	add_frame(&s, true, WS_CONTINUATION, "c", 1);
	run(&s, &r);
	expect(&r, 'd', (const uint8_t *)"ab", 2);
	expect_close(WS_PROTOCOL_ERROR);
	expect_end(&r, FRAMING_BROKEN);
}

TEST(a_message_inside_another_fails)
{
	begin(FRAMING_CLIENT);
	add_frame(&s, false, WS_BINARY, "a", 1);
	add_frame(&s, true, WS_BINARY, "b", 1);
	expect_failed(WS_PROTOCOL_ERROR);
	begin(FRAMING_CLIENT);
	add_frame(&s, false, WS_BINARY, "", 0);
	add_frame(&s, false, WS_BINARY, "b", 1);
	expect_failed(WS_PROTOCOL_ERROR);
}

TEST(a_close_is_answered_with_the_same_code_and_ends_the_stream)
{
	for (unsigned e = 0; e < 2; e++) {
		begin(e ? FRAMING_SERVER : FRAMING_CLIENT);
		add_message(&s, 5);
		add_frame(&s, true, WS_CLOSE, "\x03\xe9gone away", 11);
		add_message(&s, 6);
		run(&s, &r);
		expect_payload(&r, 5);
		expect_close(WS_GOING_AWAY);
		expect_end(&r, FRAMING_CLOSED);
	}
}

TEST(a_close_without_a_code_is_answered_without_one)
{
	begin(FRAMING_SERVER);
	add_frame(&s, true, WS_CLOSE, "", 0);
	run(&s, &r);
	expect_reply(WS_CLOSE, "", 0);
	expect_end(&r, FRAMING_CLOSED);
}

TEST(a_close_in_the_middle_of_a_message_ends_the_stream)
{
	begin(FRAMING_SERVER);
	add_frame(&s, false, WS_BINARY, "abc", 3);
	add_frame(&s, true, WS_CLOSE, "\x03\xe8", 2);
	run(&s, &r);
	expect_close(WS_NORMAL);
	expect_end(&r, FRAMING_CLOSED);
}

TEST(a_close_with_a_code_that_is_none_fails)
{
	static const uint16_t bad[] = { 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535 };
	uint8_t b[2];

	for (size_t i = 0; i < COUNT(bad); i++) {
		begin(FRAMING_CLIENT);
		store_be16(b, bad[i]);
		add_frame(&s, true, WS_CLOSE, b, sizeof b);
		expect_failed(WS_PROTOCOL_ERROR);
	}
	begin(FRAMING_CLIENT);
	add_frame(&s, true, WS_CLOSE, "\x03", 1);
	expect_failed(WS_PROTOCOL_ERROR);
}

TEST(our_close_is_said_once)
{
	uint8_t out[FRAMING_OVERHEAD];
	framing *f = framing_new(FRAMING_WEBSOCKET, FRAMING_SERVER);

	assert_int_equal(framing_close(f, WS_GOING_AWAY, out), 4);
	assert_memory_equal(out, "\x88\x02\x03\xe9", 4);
	assert_int_equal(framing_close(f, WS_NORMAL, out), 0);
	begin(FRAMING_SERVER); /* the peer's answer is not answered, nor is a ping that crossed it */
	add_frame(&s, true, WS_PING, "?", 1);
	add_message(&s, 3);
	add_frame(&s, true, WS_CLOSE, "\x03\xe9", 2);
	r = (record){ 0 };
	feed(f, &r, s.b, s.n);
	expect_payload(&r, 3);
	expect_end(&r, FRAMING_CLOSED);
	assert_int_equal(framing_close(f, WS_NORMAL, out), 0);
	framing_free(f);
}

TEST(what_was_answered_or_failed_is_not_closed_again)
{
	static const struct {
		uint8_t b[4];
		framing_result res;
	} t[] = {
		{ { 0x88, 2, 0x03, 0xe8 }, FRAMING_CLOSED },
		{ { 0x81, 1, 'x', 0 }, FRAMING_BROKEN },
	};
	uint8_t out[FRAMING_OVERHEAD];

	for (size_t i = 0; i < COUNT(t); i++) {
		framing *f = framing_new(FRAMING_WEBSOCKET, FRAMING_CLIENT);
		r = (record){ 0 };
		assert_int_equal(feed(f, &r, t[i].b, 4), t[i].res);
		assert_int_equal(framing_close(f, WS_NORMAL, out), 0);
		framing_free(f);
	}
}

TEST(a_clients_close_is_masked)
{
	uint8_t out[FRAMING_OVERHEAD];
	framing *f = framing_new(FRAMING_WEBSOCKET, FRAMING_CLIENT);

	assert_int_equal(framing_close(f, WS_NORMAL, out), 8);
	assert_memory_equal(out, "\x88\x82", 2);
	ws_mask(out + 6, 2, out + 2, 0);
	assert_memory_equal(out + 6, "\x03\xe8", 2);
	framing_free(f);
}

TEST(every_frame_of_a_client_has_a_mask_of_its_own)
{
	enum { FRAMES = 3 * MASK_KEYS + 1 };
	framing *f = framing_new(FRAMING_WEBSOCKET, FRAMING_CLIENT);
	uint8_t out[4 + FRAMING_OVERHEAD];
	uint32_t mask[FRAMES];

	for (size_t i = 0; i < FRAMES; i++) {
		assert_int_equal(framing_put(f, (const uint8_t *)"abcd", 4, out), 10);
		mask[i] = load_be32(out + 2);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(mask[k], mask[i]);
		ws_mask(out + 6, 4, out + 2, 0);
		assert_memory_equal(out + 6, "abcd", 4);
	}
	framing_free(f);
}

TEST(a_message_that_goes_on_keeps_its_memory_and_gives_it_back)
{
	framing *f = framing_new(FRAMING_WEBSOCKET, FRAMING_CLIENT);

	r = (record){ 0 };
	feed(f, &r,
	     (const uint8_t *)"\x02\x01"
			      "a",
	     3);
	assert_non_null(f->buf);
	feed(f, &r,
	     (const uint8_t *)"\x89\x01"
			      "p\x00\x00",
	     5);
	assert_non_null(f->buf);
	feed(f, &r, (const uint8_t *)"\x80\x00", 2);
	assert_null(f->buf);
	assert_int_equal(r.datagrams, 1);
	framing_free(f);
}

TEST(a_close_with_any_code_that_may_be_sent_is_answered_with_it)
{
	static const uint16_t good[] = { 1000, 1003, 1007, 1014, 3000, 4000, 4999 };
	uint8_t b[2];

	for (size_t i = 0; i < COUNT(good); i++) {
		begin(FRAMING_SERVER);
		store_be16(b, good[i]);
		add_frame(&s, true, WS_CLOSE, b, sizeof b);
		run(&s, &r);
		expect_close(good[i]);
		expect_end(&r, FRAMING_CLOSED);
	}
}

RUN(T(a_close_with_any_code_that_may_be_sent_is_answered_with_it), T(both_ends_read_messages),
    T(an_unmasked_frame_from_a_client_fails), T(a_masked_frame_from_a_server_fails),
    T(malformed_frames_fail), T(what_came_before_a_violation_is_handed_over_and_nothing_after),
    T(fragments_are_joined), T(empty_fragments_add_nothing), T(empty_messages_are_ignored),
    T(control_frames_may_come_between_fragments), T(a_ping_is_answered_with_its_own_payload),
    T(the_longest_message_may_come_in_fragments),
    T(a_message_that_is_too_long_fails_at_the_head_that_says_so), T(text_fails),
    T(a_continuation_of_nothing_fails), T(a_message_inside_another_fails),
    T(a_close_is_answered_with_the_same_code_and_ends_the_stream),
    T(a_close_without_a_code_is_answered_without_one),
    T(a_close_in_the_middle_of_a_message_ends_the_stream),
    T(a_close_with_a_code_that_is_none_fails), T(our_close_is_said_once),
    T(what_was_answered_or_failed_is_not_closed_again), T(a_clients_close_is_masked),
    T(every_frame_of_a_client_has_a_mask_of_its_own),
    T(a_message_that_goes_on_keeps_its_memory_and_gives_it_back))
