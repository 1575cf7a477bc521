/* SPDX-License-Identifier: MIT */
#include "proto/websocket.h"
#include "octets.h"

static int head(const uint8_t *p, size_t n, ws_head *out, size_t *left)
{
	uint8_t *exact = octets_exact(p, n);
	wire_rd r = wire_reader(exact, n);
	int got = ws_head_get(&r, out);

	assert_false(r.bad);
	*left = wire_left(&r);
	free(exact);
	return got;
}

static int verdict(const uint8_t *p, size_t n)
{
	ws_head h;
	size_t left;

	return head(p, n, &h, &left);
}
#define assert_refused(...)                                                                        \
	do {                                                                                       \
		static const uint8_t b_[] = { __VA_ARGS__ };                                       \
		assert_int_equal(verdict(b_, sizeof b_), -1);                                      \
	} while (0)

TEST(the_examples_of_rfc_6455_are_read)
{
	static const uint8_t plain[] = { 0x81, 0x05, 'H', 'e', 'l', 'l', 'o' };
	static const uint8_t big[] = { 0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0 };
	uint8_t masked[] = { 0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58 };
	ws_head h;
	size_t left;

	assert_int_equal(head(plain, sizeof plain, &h, &left), 1);
	assert_true(h.fin && !h.masked && h.opcode == WS_TEXT && h.len == 5 && left == 5);
	assert_int_equal(head(big, sizeof big, &h, &left), 1);
	assert_true(h.fin && !h.masked && h.opcode == WS_BINARY && h.len == 65536 && left == 0);
	assert_int_equal(head(masked, sizeof masked, &h, &left), 1);
	assert_true(h.fin && h.masked && h.len == 5 && left == 5);
	ws_mask(masked + 6, 5, h.mask, 0);
	assert_memory_equal(masked + 6, "Hello", 5);
}

TEST(a_cut_head_moves_nothing)
{
	static const uint8_t b[WS_HEAD_MAX] = { 2, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4 };
	ws_head h;
	size_t left;

	for (size_t n = 0; n < sizeof b; n++) {
		assert_int_equal(head(b, n, &h, &left), 0);
		assert_int_equal(left, n);
	}
	assert_int_equal(head(b, sizeof b, &h, &left), 1);
	assert_int_equal(h.len, 65536);
	assert_memory_equal(h.mask, b + 10, 4);
	assert_false(h.fin);
}

TEST(reserved_bits_are_refused)
{
	assert_refused(0xc2, 0);
	assert_refused(0xa2, 0);
	assert_refused(0x92, 0);
	assert_refused(0xf2);
}

TEST(unknown_opcodes_are_refused)
{
	for (unsigned op = 0; op < 16; op++) {
		uint8_t b[] = { (uint8_t)(0x80 | op), 0 };
		bool known = op <= 2 || (op >= 8 && op <= 10);
		assert_int_equal(verdict(b, sizeof b), known ? 1 : -1);
	}
}

TEST(long_forms_are_refused)
{
	assert_refused(0x82, 126, 0, 125);
	assert_refused(0x82, 126, 0, 0);
	assert_refused(0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff);
	assert_refused(0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0);
}

TEST(a_length_with_its_top_bit_set_is_refused)
{
	static const uint8_t most[] = { 0x82, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255 };

	assert_refused(0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0);
	assert_refused(0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255);
	assert_int_equal(verdict(most, sizeof most), 1);
}

TEST(control_frames_are_short_and_whole)
{
	assert_refused(0x08, 0);
	assert_refused(0x09, 0);
	assert_refused(0x0a, 0x80);
	assert_refused(0x88, 126);
	assert_refused(0x89, 126, 0, 126);
	assert_refused(0x8a, 127);
	static const uint8_t longest[] = { 0x89, 125 };
	assert_int_equal(verdict(longest, sizeof longest), 1);
}

TEST(what_is_wrong_is_refused_before_the_head_is_whole)
{
	assert_refused(0x83);
	assert_refused(0x82, 0x80 | 126, 0, 1); /* the mask is not there yet */
}

TEST(heads_of_every_form_are_written_and_read_back)
{
	static const struct {
		uint64_t len;
		size_t n;
	} t[] = {
		{ 0, 2 },     { 125, 2 },    { 126, 4 },
		{ 65535, 4 }, { 65536, 10 }, { UINT64_MAX >> 1, 10 },
	};
	uint8_t b[WS_HEAD_MAX];
	ws_head back;
	size_t left;

	for (size_t i = 0; i < 2 * COUNT(t); i++) {
		ws_head h = { i % 3 == 0, i % 2, WS_BINARY, t[i / 2].len, { 0 } };
		if (h.masked)
			memcpy(h.mask, "\x11\x22\x33\x44", 4);
		wire_wr w = wire_writer(b, sizeof b);
		ws_head_put(&w, &h);
		assert_false(w.bad);
		assert_int_equal(wire_len(&w), t[i / 2].n + (h.masked ? 4 : 0));
		assert_int_equal(head(b, wire_len(&w), &back, &left), 1);
		assert_true(back.fin == h.fin && back.masked == h.masked && back.len == h.len &&
			    back.opcode == WS_BINARY && left == 0);
		assert_memory_equal(back.mask, h.mask, 4);
	}
}

TEST(a_length_that_no_head_can_say_makes_the_writer_bad)
{
	uint8_t b[WS_HEAD_MAX];
	ws_head h = { .fin = true, .opcode = WS_BINARY, .len = UINT64_C(1) << 63 };
	wire_wr w = wire_writer(b, sizeof b);

	ws_head_put(&w, &h);
	assert_true(w.bad);
}

TEST(masking_is_right_for_every_length_and_place_and_touches_nothing_else)
{
	static const uint8_t mask[4] = { 0x37, 0xfa, 0x21, 0x3d };

	for (size_t n = 0; n < 40; n++) {
		for (size_t at = 0; at < 9; at++) {
			uint8_t b[48];
			memset(b, 0x5a, sizeof b);
			ws_mask(b + 3, n, mask, at);
			for (size_t i = 0; i < sizeof b; i++) {
				bool in = i >= 3 && i < n + 3;
				assert_int_equal(b[i], 0x5a ^ (in ? mask[(at + i - 3) % 4] : 0));
			}
		}
	}
}

TEST(masking_in_two_pieces_is_masking_at_once)
{
	static const uint8_t mask[4] = { 1, 2, 4, 8 };
	uint8_t whole[64] = { 0 }, cut[64];

	ws_mask(whole, sizeof whole, mask, 0);
	for (size_t k = 0; k <= sizeof cut; k++) {
		memset(cut, 0, sizeof cut);
		ws_mask(cut, k, mask, 0);
		ws_mask(cut + k, sizeof cut - k, mask, k);
		assert_memory_equal(cut, whole, sizeof cut);
	}
}

RUN(T(the_examples_of_rfc_6455_are_read), T(a_cut_head_moves_nothing), T(reserved_bits_are_refused),
    T(unknown_opcodes_are_refused), T(long_forms_are_refused),
    T(a_length_with_its_top_bit_set_is_refused), T(control_frames_are_short_and_whole),
    T(what_is_wrong_is_refused_before_the_head_is_whole),
    T(heads_of_every_form_are_written_and_read_back),
    T(a_length_that_no_head_can_say_makes_the_writer_bad),
    T(masking_is_right_for_every_length_and_place_and_touches_nothing_else),
    T(masking_in_two_pieces_is_masking_at_once))
