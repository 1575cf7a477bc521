/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/wire.h"

TEST(integers_are_read_in_network_order)
{
	static const uint8_t in[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	wire_rd r = wire_reader(in, sizeof in);

	assert_int_equal(wire_u8(&r), 0x01);
	assert_int_equal(wire_u16(&r), 0x0203);
	assert_int_equal(wire_u32(&r), 0x04050607);
	assert_true(wire_u64(&r) == 0x08090a0b0c0d0e0f);
	assert_true(wire_done(&r));
}

TEST(a_reader_stays_bad_after_the_first_overrun)
{
	static const uint8_t in[] = { 1, 2, 3 };
	wire_rd r = wire_reader(in, sizeof in);

	assert_int_equal(wire_u32(&r), 0);
	assert_int_equal(wire_u8(&r), 0);
	assert_null(wire_take(&r, 0));
	assert_int_equal(wire_left(&r), 0);
	assert_false(wire_done(&r));
}

TEST(a_length_that_would_wrap_is_an_overrun)
{
	static const uint8_t in[4];
	wire_rd r = wire_reader(in, sizeof in);

	assert_null(wire_take(&r, SIZE_MAX));
	assert_true(r.bad);
}

TEST(octets_left_over_are_not_done)
{
	static const uint8_t in[2];
	wire_rd r = wire_reader(in, sizeof in);

	wire_u8(&r);
	assert_false(wire_done(&r));
	assert_int_equal(wire_left(&r), 1);
}

TEST(a_child_cannot_read_past_its_part)
{
	static const uint8_t in[] = { 1, 2, 3, 4 };
	wire_rd r = wire_reader(in, sizeof in), child = wire_sub(&r, 2);

	assert_int_equal(wire_u16(&child), 0x0102);
	assert_true(wire_done(&child));
	assert_int_equal(wire_u8(&child), 0);
	assert_true(child.bad);
	assert_int_equal(wire_u16(&r), 0x0304);
	assert_true(wire_done(&r));
}

TEST(the_child_of_a_bad_reader_is_bad)
{
	static const uint8_t in[] = { 1, 2, 3, 4 };
	wire_rd r = wire_reader(in, sizeof in), child = wire_sub(&r, 5);

	assert_true(r.bad);
	assert_true(child.bad);
	assert_int_equal(wire_left(&child), 0);
}

TEST(an_empty_message_is_read_to_its_end)
{
	wire_rd r = wire_reader(NULL, 0);

	assert_true(wire_done(&r));
	assert_int_equal(wire_rest(&r).n, 0);
	assert_int_equal(wire_u8(&r), 0);
	assert_true(r.bad);
}

TEST(getting_from_a_bad_reader_zeroes)
{
	uint8_t out[4] = { 9, 9, 9, 9 };
	static const uint8_t zero[4], in[] = { 1, 2 };
	wire_rd r = wire_reader(in, sizeof in);

	wire_get(&r, out, sizeof out);
	assert_memory_equal(out, zero, sizeof zero);
}

TEST(the_rest_is_what_is_left)
{
	static const uint8_t in[] = { 1, 2, 3 };
	wire_rd r = wire_reader(in, sizeof in);

	wire_u8(&r);
	wire_bytes rest = wire_rest(&r);
	assert_ptr_equal(rest.p, in + 1);
	assert_int_equal(rest.n, 2);
	assert_true(wire_done(&r));
}

TEST(what_is_written_reads_back)
{
	uint8_t buf[18];
	wire_wr w = wire_writer(buf, sizeof buf);

	wire_put_u8(&w, 0xfe);
	wire_put_u16(&w, 0xfedc);
	wire_put_u32(&w, 0xfedcba98);
	wire_put_u64(&w, 0xfedcba9876543210);
	wire_put(&w, "abc", 3);
	assert_false(w.bad);
	assert_int_equal(wire_len(&w), sizeof buf);
	wire_rd r = wire_reader(buf, sizeof buf);
	assert_int_equal(wire_u8(&r), 0xfe);
	assert_int_equal(wire_u16(&r), 0xfedc);
	assert_true(wire_u32(&r) == 0xfedcba98);
	assert_true(wire_u64(&r) == 0xfedcba9876543210);
	assert_memory_equal(wire_take(&r, 3), "abc", 3);
	assert_true(wire_done(&r));
}

TEST(a_full_writer_writes_nothing_more)
{
	uint8_t buf[4] = { 1, 2, 3, 4 };
	wire_wr w = wire_writer(buf, 3);

	wire_put_u16(&w, 0xaaaa);
	wire_put_u16(&w, 0xbbbb);
	wire_put_u8(&w, 0xcc);
	assert_true(w.bad);
	assert_int_equal(wire_len(&w), 2);
	assert_int_equal(buf[2], 3);
	assert_int_equal(buf[3], 4);
	assert_null(wire_room(&w, 0));
}

TEST(lengths_are_filled_in_when_their_part_is_written)
{
	uint8_t buf[32];
	wire_wr w = wire_writer(buf, sizeof buf);
	size_t from_outer = wire_len(&w), outer = wire_open_u16(&w);
	size_t inner = wire_open_u8(&w), from_inner = wire_len(&w);

	wire_put(&w, "hello", 5);
	wire_close_u8(&w, inner, from_inner);
	wire_close_u16(&w, outer, from_outer);
	assert_false(w.bad);
	assert_int_equal(load_be16(buf), 8);
	assert_int_equal(buf[2], 5);
}

TEST(a_part_too_long_for_its_length_field_is_bad)
{
	uint8_t buf[300] = { 0 };
	wire_wr w = wire_writer(buf, sizeof buf);
	size_t at = wire_open_u8(&w), from = wire_len(&w);

	wire_room(&w, 256);
	wire_close_u8(&w, at, from);
	assert_true(w.bad);
	assert_int_equal(buf[0], 0);
}

TEST(closing_a_length_in_a_full_writer_touches_nothing)
{
	uint8_t buf[1] = { 7 };
	wire_wr w = wire_writer(buf, 1);
	size_t at = wire_open_u16(&w), from = wire_len(&w);

	wire_close_u16(&w, at, from);
	assert_true(w.bad);
	assert_int_equal(buf[0], 7);
}

/* Octets against values, so that it holds on hosts of either byte order. */
TEST(loads_and_stores_have_the_highest_octet_first_at_any_alignment)
{
	static const uint8_t octets[] = { 0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8 };

	for (size_t at = 0; at < 8; at++) {
		uint8_t buf[18], stored[18];
		memset(buf, 0x11, sizeof buf);
		memcpy(buf + at, octets, sizeof octets);
		assert_int_equal(load_be16(buf + at), 0x8192);
		assert_true(load_be32(buf + at) == 0x8192a3b4);
		assert_true(load_be64(buf + at) == 0x8192a3b4c5d6e7f8);
		memset(stored, 0x11, sizeof stored);
		store_be64(stored + at, 0x8192a3b4c5d6e7f8);
		assert_memory_equal(stored, buf, sizeof buf);
		memset(stored + at, 0x11, 8);
		store_be32(stored + at, 0x8192a3b4);
		store_be16(stored + at + 4, 0xc5d6);
		memcpy(stored + at + 6, octets + 6, 2);
		assert_memory_equal(stored, buf, sizeof buf);
	}
}

TEST(comparison_sees_a_difference_in_any_octet)
{
	uint8_t a[16], b[16];

	memset(a, 0x5a, sizeof a);
	for (size_t i = 0; i < sizeof a; i++) {
		memcpy(b, a, sizeof a);
		assert_true(bytes_equal_ct(a, b, sizeof a));
		b[i] ^= (uint8_t)(1u << i % 8);
		assert_false(bytes_equal_ct(a, b, sizeof a));
		assert_true(bytes_equal_ct(a, b, i));
	}
}

TEST(hex_goes_both_ways)
{
	uint8_t out[4];
	char text[9];

	assert_true(hex_decode("00fFa07e", out, 4));
	assert_memory_equal(out, "\x00\xff\xa0\x7e", 4);
	hex_encode(out, 4, text);
	assert_string_equal(text, "00ffa07e");
}

TEST(hex_of_another_length_or_with_other_characters_is_refused)
{
	static const char *const wrong[] = { "",          "0",         "00112",    "0011223",
					     "001122334", "0011 223",  "0x112233", "0011223g",
					     "-0112233",  "00112233\n" };
	uint8_t out[4];

	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(hex_decode(wrong[i], out, sizeof out));
}

RUN(T(integers_are_read_in_network_order), T(a_reader_stays_bad_after_the_first_overrun),
    T(a_length_that_would_wrap_is_an_overrun), T(octets_left_over_are_not_done),
    T(a_child_cannot_read_past_its_part), T(the_child_of_a_bad_reader_is_bad),
    T(an_empty_message_is_read_to_its_end), T(getting_from_a_bad_reader_zeroes),
    T(the_rest_is_what_is_left), T(what_is_written_reads_back),
    T(a_full_writer_writes_nothing_more), T(lengths_are_filled_in_when_their_part_is_written),
    T(a_part_too_long_for_its_length_field_is_bad),
    T(closing_a_length_in_a_full_writer_touches_nothing),
    T(loads_and_stores_have_the_highest_octet_first_at_any_alignment),
    T(comparison_sees_a_difference_in_any_octet), T(hex_goes_both_ways),
    T(hex_of_another_length_or_with_other_characters_is_refused))
