/* SPDX-License-Identifier: MIT */
#include "proto/fcgi.h"
#include "octets.h"

static wire_bytes text(const char *s)
{
	return (wire_bytes){ (const uint8_t *)s, strlen(s) };
}

TEST(a_record_head_is_read)
{
	static const uint8_t b[] = { 1, FCGI_PARAMS, 0x12, 0x34, 0x01, 0x02, 6, 0xff, 0xaa };
	wire_rd r = wire_reader(b, sizeof b);
	fcgi_head h;

	assert_int_equal(fcgi_head_get(&r, &h), 1);
	assert_int_equal(h.type, FCGI_PARAMS);
	assert_int_equal(h.request, 0x1234);
	assert_int_equal(h.len, 0x102);
	assert_int_equal(h.padding, 6);
	assert_int_equal(wire_left(&r), 1);
}

TEST(a_cut_record_head_moves_nothing)
{
	static const uint8_t b[FCGI_HEAD_LEN] = { 1, 5, 0, 1, 0, 0, 0, 0 };
	fcgi_head h;

	for (size_t n = 0; n < sizeof b; n++) {
		uint8_t *cut = octets_exact(b, n);
		wire_rd r = wire_reader(cut, n);
		assert_int_equal(fcgi_head_get(&r, &h), 0);
		assert_false(r.bad);
		assert_int_equal(wire_left(&r), n);
		free(cut);
	}
}

TEST(another_version_is_refused_at_its_first_octet)
{
	static const uint8_t zero[FCGI_HEAD_LEN] = { 0, 5 }, two[] = { 2 };
	wire_rd r = wire_reader(zero, sizeof zero);
	fcgi_head h;

	assert_int_equal(fcgi_head_get(&r, &h), -1);
	r = wire_reader(two, sizeof two);
	assert_int_equal(fcgi_head_get(&r, &h), -1);
}

TEST(a_record_head_is_written)
{
	static const uint8_t wanted[] = { 1, 6, 0xab, 0xcd, 0xff, 0xff, 7, 0 };
	fcgi_head h = {
		.type = FCGI_STDOUT, .request = 0xabcd, .len = FCGI_CONTENT_MAX, .padding = 7
	};
	uint8_t b[FCGI_HEAD_LEN];
	wire_wr w = wire_writer(b, sizeof b);

	fcgi_head_put(&w, &h);
	assert_wrote(w, wanted);
}

TEST(a_begin_is_read)
{
	static const uint8_t b[] = { 0, 1, FCGI_KEEP_CONN, 9, 9, 9, 9, 9 };
	wire_rd r = wire_reader(b, sizeof b);
	uint16_t role;
	uint8_t flags;

	assert_true(fcgi_begin_get(&r, &role, &flags));
	assert_int_equal(role, FCGI_RESPONDER);
	assert_int_equal(flags, FCGI_KEEP_CONN);
}

TEST(a_begin_of_another_length_is_refused)
{
	static const uint8_t b[9] = { 0, 1 };
	uint16_t role;
	uint8_t flags;

	for (size_t n = 0; n <= sizeof b; n++) {
		uint8_t *exact = octets_exact(b, n);
		wire_rd r = wire_reader(exact, n);
		assert_int_equal(fcgi_begin_get(&r, &role, &flags), n == 8);
		free(exact);
	}
}

TEST(an_end_is_a_whole_record)
{
	static const uint8_t wanted[] = {
		1, 3, 0, 5, 0, 8, 0, 0, 0xde, 0xad, 0xbe, 0xef, 2, 0, 0, 0
	};
	uint8_t b[16];
	wire_wr w = wire_writer(b, sizeof b);

	fcgi_end_put(&w, 5, 0xdeadbeef, FCGI_OVERLOADED);
	assert_wrote(w, wanted);
}

TEST(pairs_are_read_in_turn_until_the_end)
{
	static const uint8_t b[] = "\x0e\x04REQUEST_METHODPOST\x05\x00"
				   "EMPTY\x00\x01x";
	wire_rd r = wire_reader(b, sizeof b - 1);
	wire_bytes n, v;

	assert_int_equal(fcgi_pair_get(&r, &n, &v), 1);
	assert_int_equal(n.n, 14);
	assert_memory_equal(n.p, "REQUEST_METHOD", 14);
	assert_int_equal(v.n, 4);
	assert_memory_equal(v.p, "POST", 4);
	assert_int_equal(fcgi_pair_get(&r, &n, &v), 1);
	assert_int_equal(n.n, 5);
	assert_int_equal(v.n, 0);
	assert_int_equal(fcgi_pair_get(&r, &n, &v), 1);
	assert_int_equal(n.n, 0);
	assert_int_equal(v.n, 1);
	assert_int_equal(fcgi_pair_get(&r, &n, &v), 0);
	assert_int_equal(fcgi_pair_get(&r, &n, &v), 0);
}

TEST(lengths_of_four_octets_are_read_even_where_one_would_do)
{
	static const uint8_t b[] = { 0x80, 0, 0, 1, 0x80, 0, 0, 2, 'a', 'b', 'c' };
	wire_rd r = wire_reader(b, sizeof b);
	wire_bytes n, v;

	assert_int_equal(fcgi_pair_get(&r, &n, &v), 1);
	assert_true(n.n == 1 && *n.p == 'a');
	assert_true(v.n == 2 && memcmp(v.p, "bc", 2) == 0);
	assert_int_equal(fcgi_pair_get(&r, &n, &v), 0);
}

static void refused(const uint8_t *p, size_t len)
{
	uint8_t *exact = octets_exact(p, len);
	wire_rd r = wire_reader(exact, len);
	wire_bytes n, v;

	assert_int_equal(fcgi_pair_get(&r, &n, &v), -1);
	assert_null(n.p);
	assert_null(v.p);
	assert_int_equal(n.n + v.n, 0);
	assert_int_equal(fcgi_pair_get(&r, &n, &v), -1); /* and stays so */
	free(exact);
}

TEST(a_cut_pair_is_refused)
{
	static const uint8_t b[] = { 0x80, 0, 0, 1, 2, 'a', 'b', 'c' };

	for (size_t n = 1; n < sizeof b; n++)
		refused(b, n);
}

TEST(lengths_beyond_the_end_are_refused)
{
	static const uint8_t name[] = { 0xff, 0xff, 0xff, 0xff, 0, 'a' };
	static const uint8_t value[] = { 1, 0xff, 0xff, 0xff, 0xff, 'a', 'b' };
	static const uint8_t both[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	refused(name, sizeof name);
	refused(value, sizeof value);
	refused(both, sizeof both);
}

TEST(pairs_are_written_with_the_shorter_length)
{
	static const uint8_t wanted[] = { 1, 2, 'a', 'b', 'c' };
	char value[129];
	uint8_t b[256];
	wire_wr w = wire_writer(b, sizeof b);

	fcgi_pair_put(&w, text("a"), text("bc"));
	assert_wrote(w, wanted);
	memset(value, 'v', 128);
	value[128] = 0;
	for (size_t n = 127; n <= 128; n++) {
		w = wire_writer(b, sizeof b);
		fcgi_pair_put(&w, text("n"), text(value + 128 - n));
		assert_int_equal(wire_len(&w), n == 127 ? 130 : 134);
		wire_rd r = wire_reader(b, wire_len(&w));
		wire_bytes name, back;
		assert_int_equal(fcgi_pair_get(&r, &name, &back), 1);
		assert_int_equal(back.n, n);
		assert_true(wire_done(&r));
	}
}

TEST(a_pair_without_room_makes_the_writer_bad)
{
	uint8_t b[4];
	wire_wr w = wire_writer(b, sizeof b);

	fcgi_pair_put(&w, text("a"), text("bc"));
	assert_true(w.bad);
}

RUN(T(a_record_head_is_read), T(a_cut_record_head_moves_nothing),
    T(another_version_is_refused_at_its_first_octet), T(a_record_head_is_written),
    T(a_begin_is_read), T(a_begin_of_another_length_is_refused), T(an_end_is_a_whole_record),
    T(pairs_are_read_in_turn_until_the_end),
    T(lengths_of_four_octets_are_read_even_where_one_would_do), T(a_cut_pair_is_refused),
    T(lengths_beyond_the_end_are_refused), T(pairs_are_written_with_the_shorter_length),
    T(a_pair_without_room_makes_the_writer_bad))
