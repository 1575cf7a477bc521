/* SPDX-License-Identifier: MIT */
#include "proto/capsule.h"
#include "octets.h"

static uint64_t decode(const uint8_t *p, size_t n)
{
	uint8_t *exact = octets_exact(p, n);
	wire_rd r = wire_reader(exact, n);
	uint64_t v = varint_get(&r);

	assert_true(wire_done(&r));
	free(exact);
	return v;
}

static size_t encoded(uint64_t v, uint8_t out[VARINT_MAX_LEN])
{
	wire_wr w = wire_writer(out, VARINT_MAX_LEN);

	varint_put(&w, v);
	assert_false(w.bad);
	return wire_len(&w);
}

TEST(the_examples_of_rfc_9000_are_read)
{
	static const uint8_t eight[] = { 0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c };
	static const uint8_t four[] = { 0x9d, 0x7f, 0x3e, 0x7d };
	static const uint8_t two[] = { 0x7b, 0xbd };
	static const uint8_t one[] = { 0x25 };

	assert_int_equal(decode(eight, sizeof eight), UINT64_C(151288809941952652));
	assert_int_equal(decode(four, sizeof four), 494878333);
	assert_int_equal(decode(two, sizeof two), 15293);
	assert_int_equal(decode(one, sizeof one), 37);
}

TEST(a_longer_form_than_needed_is_read)
{
	static const uint8_t two[] = { 0x40, 0x25 };
	static const uint8_t eight[] = { 0xc0, 0, 0, 0, 0, 0, 0, 0 };

	assert_int_equal(decode(two, sizeof two), 37);
	assert_int_equal(decode(eight, sizeof eight), 0);
}

TEST(the_first_octet_says_how_long_an_integer_is)
{
	for (unsigned b = 0; b < 256; b++)
		assert_int_equal(varint_len((uint8_t)b), b < 64    ? 1
							 : b < 128 ? 2
							 : b < 192 ? 4
								   : 8);
}

TEST(every_boundary_is_written_in_the_shortest_form_and_read_back)
{
	static const struct {
		uint64_t v;
		size_t n;
	} t[] = {
		{ 0, 1 },     { 63, 1 },         { 64, 2 },         { 16383, 2 },
		{ 16384, 4 }, { 1073741823, 4 }, { 1073741824, 8 }, { (UINT64_C(1) << 62) - 1, 8 },
	};
	uint8_t b[VARINT_MAX_LEN];

	for (size_t i = 0; i < COUNT(t); i++) {
		assert_int_equal(encoded(t[i].v, b), t[i].n);
		assert_int_equal(varint_len(b[0]), t[i].n);
		assert_int_equal(decode(b, t[i].n), t[i].v);
	}
}

TEST(what_no_integer_can_say_makes_the_writer_bad)
{
	uint8_t b[16];
	wire_wr w = wire_writer(b, sizeof b);

	varint_put(&w, UINT64_C(1) << 62);
	assert_true(w.bad);
	w = wire_writer(b, sizeof b);
	varint_put(&w, UINT64_MAX);
	assert_true(w.bad);
}

TEST(an_integer_without_room_makes_the_writer_bad)
{
	uint8_t b[3];
	wire_wr w = wire_writer(b, sizeof b);

	varint_put(&w, 16384);
	assert_true(w.bad);
	assert_int_equal(wire_len(&w), 0);
}

TEST(a_cut_integer_makes_the_reader_bad_and_is_0)
{
	static const uint8_t whole[] = { 0xff, 1, 2, 3, 4, 5, 6, 7 };

	for (size_t n = 1; n < sizeof whole; n++) {
		uint8_t *cut = octets_exact(whole, n);
		wire_rd r = wire_reader(cut, n);
		assert_int_equal(varint_get(&r), 0);
		assert_true(r.bad);
		free(cut);
	}
	wire_rd nothing = wire_reader(NULL, 0);
	assert_int_equal(varint_get(&nothing), 0);
	assert_true(nothing.bad);
}

TEST(a_bad_reader_stays_bad_and_yields_0)
{
	static const uint8_t b[] = { 0x25, 0x25 };
	wire_rd r = wire_reader(b, sizeof b);

	wire_take(&r, 3);
	assert_int_equal(varint_get(&r), 0);
	assert_true(r.bad);
}

TEST(a_head_is_read_and_the_reader_stands_behind_it)
{
	static const uint8_t b[] = { 0x40, 0x99, 0x80, 0, 1, 0, 0xaa };
	wire_rd r = wire_reader(b, sizeof b);
	capsule_head h;

	assert_int_equal(capsule_head_get(&r, &h), 1);
	assert_int_equal(h.type, 0x99);
	assert_int_equal(h.len, 256);
	assert_int_equal(wire_left(&r), 1);
}

TEST(a_cut_head_moves_nothing)
{
	static const uint8_t b[CAPSULE_HEAD_MAX] = { 0xc0, 0, 0, 0, 0, 0, 0, 1, 0xff };
	capsule_head h;

	for (size_t n = 0; n < sizeof b; n++) {
		uint8_t *cut = octets_exact(b, n);
		wire_rd r = wire_reader(cut, n);
		assert_int_equal(capsule_head_get(&r, &h), 0);
		assert_false(r.bad);
		assert_int_equal(wire_left(&r), n);
		free(cut);
	}
	wire_rd r = wire_reader(b, sizeof b);
	assert_int_equal(capsule_head_get(&r, &h), 1);
	assert_int_equal(h.type, 1);
	assert_int_equal(h.len, UINT64_C(0x3f00000000000000));
}

TEST(before_a_udp_payload_stand_type_length_and_context)
{
	static const uint8_t small[] = { 0, 63, 0 }, large[] = { 0, 0x40, 64, 0 };
	static const uint8_t usual[] = { 0, 0x45, 0x79, 0 };
	uint8_t b[8];
	wire_wr w = wire_writer(b, sizeof b);

	capsule_datagram_put(&w, 62);
	assert_wrote(w, small);
	w = wire_writer(b, sizeof b);
	capsule_datagram_put(&w, 63);
	assert_wrote(w, large);
	w = wire_writer(b, sizeof b);
	capsule_datagram_put(&w, 1400);
	assert_wrote(w, usual);
}

RUN(T(the_examples_of_rfc_9000_are_read), T(a_longer_form_than_needed_is_read),
    T(the_first_octet_says_how_long_an_integer_is),
    T(every_boundary_is_written_in_the_shortest_form_and_read_back),
    T(what_no_integer_can_say_makes_the_writer_bad),
    T(an_integer_without_room_makes_the_writer_bad), T(a_cut_integer_makes_the_reader_bad_and_is_0),
    T(a_bad_reader_stays_bad_and_yields_0), T(a_head_is_read_and_the_reader_stands_behind_it),
    T(a_cut_head_moves_nothing), T(before_a_udp_payload_stand_type_length_and_context))
