/* SPDX-License-Identifier: MIT */
/* Fragmentation of one IPv4 packet (core/packet/fragment.h), RFC 791 3.2. */
#include "core/packet/fragment.h"
#include "packet_make.h"
#include <stdlib.h>

enum { ROOM = 200 };

/* A header with these options; the options' length is a multiple of 4. */
static uint32_t header(uint8_t *hdr, const uint8_t *opt, size_t n)
{
	packet_spec s = { .proto = IPPROTO_NUM_UDP, .may_fragment = true, .ip_opt_len = n };

	if (n)
		memcpy(s.ip_opt, opt, n);
	return (uint32_t)packet_ip(&s, hdr, 64);
}

/* The options of the second fragment; returns their length. */
static size_t second_options(const uint8_t *opt, size_t n, uint8_t *out)
{
	uint8_t hdr[60], body[64] = { 0 }, b[ROOM];
	fragmenter f;
	uint32_t hdr_len = header(hdr, opt, n);
	uint8_t *exact = malloc(hdr_len);

	assert_non_null(exact);
	memcpy(exact, hdr, hdr_len);
	assert_true(fragment_begin(&f, exact, hdr_len, body, sizeof body, hdr_len + 32));
	assert_true(fragment_next(&f, b) > 0);
	memset(b, 0xee, sizeof b); /* nothing of the first one is needed */
	size_t len = fragment_next(&f, b);
	packet_check(b, len);
	assert_memory_equal(b + 12, hdr + 12, 8);
	assert_int_equal(b[8], hdr[8]);
	assert_int_equal(b[9], hdr[9]);
	assert_memory_equal(b + 4, hdr + 4, 2);
	size_t kept = (size_t)(b[0] & 0x0f) * 4 - 20;
	memcpy(out, b + 20, kept);
	free(exact);
	return kept;
}

TEST(a_fragment_has_at_least_eight_octets)
{
	uint8_t hdr[60], body[64] = { 0 }, b[ROOM];
	fragmenter f;
	uint32_t hdr_len = header(hdr, NULL, 0);

	assert_false(fragment_begin(&f, hdr, hdr_len, body, sizeof body, 27));
	assert_true(fragment_begin(&f, hdr, hdr_len, body, sizeof body, 28));
	for (int i = 0; i < 8; i++)
		assert_int_equal(fragment_next(&f, b), 28);
	assert_int_equal(fragment_next(&f, b), 0);
	assert_true(fragment_begin(&f, hdr, hdr_len, body, sizeof body, 35));
	assert_int_equal(fragment_next(&f, b), 28);
	assert_true(fragment_begin(&f, hdr, hdr_len, body, sizeof body, 36));
	assert_int_equal(fragment_next(&f, b), 36);
}

TEST(the_last_fragment_may_be_of_any_length)
{
	uint8_t hdr[60], body[64] = { 0 }, b[ROOM];
	fragmenter f;
	uint32_t hdr_len = header(hdr, NULL, 0);

	for (uint32_t n = 1; n <= sizeof body; n++) {
		assert_true(fragment_begin(&f, hdr, hdr_len, body, n, 52));
		uint32_t got = 0;
		for (size_t len; (len = fragment_next(&f, b)) > 0; got += (uint32_t)len - 20) {
			assert_int_equal(load_be16(b + 6) & 0x1fff, got / 8);
			assert_int_equal((load_be16(b + 6) & 0x2000) != 0, got + len - 20 < n);
		}
		assert_int_equal(got, n);
	}
}

TEST(an_option_to_be_copied_is_copied_to_the_last_octet)
{
	static const uint8_t opt[] = { 0x94, 4, 1, 2 }, not_copied[] = { 0x14, 4, 1, 2 };
	uint8_t out[40];

	assert_int_equal(second_options(opt, sizeof opt, out), 4);
	assert_memory_equal(out, opt, 4);
	assert_int_equal(second_options(not_copied, sizeof not_copied, out), 0);
}

TEST(options_are_padded_to_words)
{
	static const uint8_t opt[] = { 1, 0x94, 3, 7, 0x07, 2, 1, 0x83, 3, 9, 0, 0 };
	static const uint8_t want[] = { 0x94, 3, 7, 0x83, 3, 9, 0, 0 };
	uint8_t out[40];

	assert_int_equal(second_options(opt, sizeof opt, out), sizeof want);
	assert_memory_equal(out, want, sizeof want);
}

TEST(options_end_where_they_say_so)
{
	static const uint8_t opt[] = { 0x94, 4, 1, 2, 0, 0x94, 3, 7 };
	uint8_t out[40];

	assert_int_equal(second_options(opt, sizeof opt, out), 4);
}

TEST(malformed_options_are_left_out)
{
	static const uint8_t longer[] = { 0x94, 4, 1, 2, 0x94, 5, 1, 2 };
	static const uint8_t none[] = { 0x94, 4, 1, 2, 0x94, 1, 1, 2 };
	static const uint8_t cut[] = { 0x94, 4, 1, 2, 1, 1, 1, 0x94 };
	uint8_t out[40];

	assert_int_equal(second_options(longer, sizeof longer, out), 4);
	assert_int_equal(second_options(none, sizeof none, out), 4);
	assert_int_equal(second_options(cut, sizeof cut, out), 4);
	assert_memory_equal(out, cut, 4);
}

RUN(T(a_fragment_has_at_least_eight_octets), T(the_last_fragment_may_be_of_any_length),
    T(an_option_to_be_copied_is_copied_to_the_last_octet), T(options_are_padded_to_words),
    T(options_end_where_they_say_so), T(malformed_options_are_left_out))
