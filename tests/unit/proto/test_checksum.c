/* SPDX-License-Identifier: MIT */
/* The Internet checksum (proto/checksum.h), against the definition: octet pairs added one by one. */
#include "octets.h"
#include "proto/checksum.h"

enum { MAX = 2100 };

/* RFC 1071 1, word for word. */
static uint16_t by_definition(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint16_t stored(uint16_t folded) /* as it would read from the packet */
{
	uint8_t b[2];

	memcpy(b, &folded, 2);
	return load_be16(b);
}

static void fill(uint8_t *p, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		p[i] = (uint8_t)(seed >> 24);
	}
}

TEST(example_of_rfc_1071)
{
	static const uint8_t b[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	assert_int_equal(stored(csum_fold(csum_partial(b, sizeof b, 0))), (uint16_t)~0xddf2);
}

TEST(every_length_and_alignment_agrees_with_the_definition)
{
	static uint8_t b[MAX + 8];

	fill(b, sizeof b, 1);
	for (size_t n = 0; n <= 300; n++)
		for (size_t at = 0; at < 8; at++)
			assert_int_equal(stored(csum_fold(csum_partial(b + at, n, 0))),
					 by_definition(b + at, n));
	for (size_t n = 300; n <= MAX; n += 37)
		assert_int_equal(stored(csum_fold(csum_partial(b, n, 0))), by_definition(b, n));
}

TEST(all_ones_and_all_zeros_agree_with_the_definition)
{
	static uint8_t b[MAX];

	for (unsigned fill_with = 0; fill_with <= 0xff; fill_with += 0xff) {
		memset(b, (int)fill_with, sizeof b);
		for (size_t n = 0; n <= MAX; n += 7)
			assert_int_equal(stored(csum_fold(csum_partial(b, n, 0))),
					 by_definition(b, n));
	}
}

TEST(pieces_of_even_length_add_up)
{
	static uint8_t b[MAX];

	fill(b, sizeof b, 2);
	for (size_t cut = 0; cut <= 200; cut += 2) {
		uint64_t sum = csum_partial(b, cut, 0);
		sum = csum_partial(b + cut, 1401 - cut, sum);
		assert_int_equal(stored(csum_fold(sum)), by_definition(b, 1401));
	}
}

TEST(fold_brings_every_carry_back)
{
	assert_int_equal(csum_fold(0), 0xffff);
	assert_int_equal(csum_fold(UINT64_MAX), 0);
	assert_int_equal(csum_fold(0xffffffff00000000), 0);
	assert_int_equal(csum_fold(0x0001000100010001), (uint16_t)~4);
	assert_int_equal(csum_fold(0xffff8000ffff8000), (uint16_t)~1); /* carries four times */
	assert_int_equal(csum_fold(0xfffeffffffffffff), (uint16_t)~0xfffe);
}

TEST(copy_copies_what_it_sums_and_nothing_more)
{
	static uint8_t src[400], dst[402];

	fill(src, sizeof src, 3);
	for (size_t n = 0; n <= 400; n++) {
		memset(dst, 0xa5, sizeof dst);
		uint64_t sum = csum_copy(dst + 1, src, n, 0);
		assert_int_equal(stored(csum_fold(sum)), by_definition(src, n));
		assert_memory_equal(dst + 1, src, n);
		assert_int_equal(dst[0], 0xa5);
		assert_int_equal(dst[n + 1], 0xa5);
	}
}

TEST(nothing_is_read_beyond_the_end)
{
	uint8_t b[130], out[130];

	fill(b, sizeof b, 4);
	for (size_t n = 0; n <= sizeof b; n++) {
		uint8_t *exact = octets_exact(b, n);
		assert_true(csum_partial(exact, n, 7) == csum_copy(out, exact, n, 7));
		free(exact);
	}
}

/* A UDP datagram from 192.0.2.1 port 1 to 198.51.100.2 port 2, data "abc", summed by hand:
 * c000+0201+c633+6402 + 0011+000b + 0001+0002+000b+6162+6300 = 2b0c2, folded b0c4. */
/* clang-format off */
static const uint8_t udp4[] = {
	0x45, 0, 0, 31, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2,
	0, 1, 0, 2, 0, 11, 0x4f, 0x3b, 'a', 'b', 'c',
};
/* clang-format on */

TEST(transport_checksum_of_a_good_datagram_is_zero)
{
	ip_view v;

	assert_true(ip_parse_packet(udp4, sizeof udp4, false, &v));
	assert_int_equal(csum_transport(udp4, &v, IPPROTO_NUM_UDP), 0);
}

TEST(transport_checksum_notices_each_changed_octet)
{
	ip_view v;

	for (size_t at = 12; at < sizeof udp4; at++) {
		uint8_t b[sizeof udp4];
		memcpy(b, udp4, sizeof b);
		b[at] ^= 0x10;
		assert_true(ip_parse_packet(b, sizeof b, false, &v));
		assert_int_not_equal(csum_transport(b, &v, IPPROTO_NUM_UDP), 0);
	}
}

TEST(transport_checksum_with_a_zeroed_field_is_what_to_store)
{
	uint8_t b[sizeof udp4];
	ip_view v;

	memcpy(b, udp4, sizeof b);
	b[26] = b[27] = 0;
	assert_true(ip_parse_packet(b, sizeof b, false, &v));
	assert_int_equal(stored(csum_transport(b, &v, IPPROTO_NUM_UDP)), 0x4f3b);
}

TEST(transport_checksum_over_ipv6_has_its_own_pseudo_header)
{
	uint8_t b[48] = { 0x60, 0, 0, 0, 0, 8, 58, 64 }, pseudo[48] = { 0 };
	ip_view v;

	b[8] = 0x20, b[23] = 1, b[24] = 0x20, b[39] = 2; /* 2000::1 to 2000::2 */
	b[40] = 128;                                     /* echo request, all else 0 */
	memcpy(pseudo, b + 8, 32);
	pseudo[35] = 8;
	pseudo[39] = 58;
	memcpy(pseudo + 40, b + 40, 8);
	assert_true(ip_parse_packet(b, sizeof b, false, &v));
	assert_int_equal(stored(csum_transport(b, &v, IPPROTO_NUM_ICMP6)),
			 by_definition(pseudo, 48));
}

RUN(T(example_of_rfc_1071), T(every_length_and_alignment_agrees_with_the_definition),
    T(all_ones_and_all_zeros_agree_with_the_definition), T(pieces_of_even_length_add_up),
    T(fold_brings_every_carry_back), T(copy_copies_what_it_sums_and_nothing_more),
    T(nothing_is_read_beyond_the_end), T(transport_checksum_of_a_good_datagram_is_zero),
    T(transport_checksum_notices_each_changed_octet),
    T(transport_checksum_with_a_zeroed_field_is_what_to_store),
    T(transport_checksum_over_ipv6_has_its_own_pseudo_header))
