/* SPDX-License-Identifier: MIT */
/* IPv4 in IPv4 with UDP inside (proto/ipip.h), docs/protocol.md 18.1. */
#include "octets.h"
#include "proto/ipip.h"

enum { OUTER = 20, UDP_AT = 40, DATA_AT = 48, MAX = 128 };

/* clang-format off */
static const uint8_t packet[] = {
	0x45, 0, 0, 52,  0, 0, 0x40, 0,  64, 4, 0, 0,        192, 168, 60, 10,  192, 168, 50, 2,
	0x45, 0, 0, 32,  0, 0, 0x40, 0,  64, 17, 0x4b, 0x70, 192, 168, 60, 10,  192, 168, 50, 2,
	0x04, 0x01,  0x11, 0x94,  0, 12,  0, 0,
	'd', 'a', 't', 'a',
};
/* clang-format on */

static uint16_t plain_sum(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void mend(uint8_t *inner)
{
	store_be16(inner + 10, 0);
	store_be16(inner + 10, plain_sum(inner, (size_t)(inner[0] & 0x0f) * 4, 0));
}

static ipip_verdict get(const uint8_t *p, size_t n)
{
	uint8_t *copy = octets_exact(p, n);
	ipip_view v;
	ipip_verdict verdict = ipip_get(copy, n, &v);

	free(copy);
	return verdict;
}

/* The packet with one octet of the inner header changed, and its checksum right all the same. */
static ipip_verdict inner_with(size_t at, uint8_t value)
{
	uint8_t b[sizeof packet];

	memcpy(b, packet, sizeof b);
	b[OUTER + at] = value;
	mend(b + OUTER);
	return get(b, sizeof b);
}

TEST(headers_are_written_as_the_figure_says)
{
	uint8_t b[MAX];
	endpoint from = { .addr = ip4(192, 168, 60, 10), .port = 1025 },
		 to = { .addr = ip4(192, 168, 50, 2), .port = 4500 };

	memset(b, 0xee, sizeof b);
	ipip_put(b, &from, &to, 4);
	assert_memory_equal(b, packet, DATA_AT);
	assert_int_equal(b[IPIP_HDRS], 0xee);
	assert_int_equal(IPIP_HDRS, DATA_AT);
}

TEST(the_longest_payload_fills_a_packet)
{
	uint8_t b[MAX];
	endpoint e = { .addr = ip4(192, 0, 2, 1), .port = 1 };

	ipip_put(b, &e, &e, IPIP_MAX_PAYLOAD);
	assert_int_equal(load_be16(b + 2), 65535);
	assert_int_equal(load_be16(b + OUTER + 2), 65515);
	assert_int_equal(load_be16(b + UDP_AT + 4), 65495);
}

TEST(ends_and_payload_are_read)
{
	ipip_view v;

	assert_int_equal(ipip_get(packet, sizeof packet, &v), IPIP_OK);
	assert_true(ip_equal(&v.from.addr, &(ip_addr){ 4, { 192, 168, 60, 10 } }));
	assert_true(ip_equal(&v.to.addr, &(ip_addr){ 4, { 192, 168, 50, 2 } }));
	assert_int_equal(v.from.port, 1025);
	assert_int_equal(v.to.port, 4500);
	assert_int_equal(v.payload.n, 4);
	assert_ptr_equal(v.payload.p, packet + DATA_AT);
}

TEST(what_follows_the_outer_packet_is_not_part_of_it)
{
	uint8_t b[sizeof packet + 8] = { 0 };
	ipip_view v;

	memcpy(b, packet, sizeof packet);
	assert_int_equal(ipip_get(b, sizeof b, &v), IPIP_OK);
	assert_int_equal(v.payload.n, 4);
	store_be16(b + OUTER + 2, 32 + 8); /* the inner packet reaches beyond the outer one */
	store_be16(b + UDP_AT + 4, 12 + 8);
	mend(b + OUTER);
	assert_int_equal(ipip_get(b, sizeof b, &v), IPIP_SHORT);
}

TEST(what_follows_the_inner_packet_is_not_part_of_it)
{
	uint8_t b[sizeof packet + 8] = { 0 };
	ipip_view v;

	memcpy(b, packet, sizeof packet);
	store_be16(b + 2, sizeof b);
	assert_int_equal(ipip_get(b, sizeof b, &v), IPIP_OK);
	assert_int_equal(v.payload.n, 4);
}

TEST(options_of_either_header_are_passed_over)
{
	uint8_t b[sizeof packet + 8] = { 0 };
	ipip_view v;

	memcpy(b, packet, OUTER);
	memcpy(b + OUTER + 4, packet + OUTER, 20);
	memcpy(b + OUTER + 4 + 24, packet + UDP_AT, sizeof packet - UDP_AT);
	memset(b + OUTER, 1, 4);
	memset(b + OUTER + 4 + 20, 1, 4);
	b[0] = b[OUTER + 4] = 0x46;
	b[3] = sizeof b;
	b[OUTER + 4 + 3] = 36;
	mend(b + OUTER + 4);
	assert_int_equal(ipip_get(b, sizeof b, &v), IPIP_OK);
	assert_int_equal(v.from.port, 1025);
	assert_bytes(v.payload, ((const uint8_t[]){ 'd', 'a', 't', 'a' }));
}

TEST(a_packet_cut_anywhere_is_short)
{
	for (size_t n = 0; n < sizeof packet; n++)
		assert_int_equal(get(packet, n), IPIP_SHORT);
}

TEST(lengths_that_contradict_each_other_are_refused)
{
	uint8_t b[sizeof packet];

	assert_int_equal(inner_with(3, 31), IPIP_SHORT); /* UDP's length says 12 */
	assert_int_equal(inner_with(3, 33), IPIP_SHORT); /* longer than the outer packet */
	assert_int_equal(inner_with(3, 19), IPIP_SHORT); /* shorter than its own header */
	memcpy(b, packet, sizeof b);
	b[OUTER] = 0x44; /* a header of 16 octets */
	assert_int_equal(get(b, sizeof b), IPIP_SHORT);
	memcpy(b, packet, sizeof b);
	b[0] = 0x44;
	assert_int_equal(get(b, sizeof b), IPIP_SHORT);
	memcpy(b, packet, sizeof b);
	b[0] = 0x4e; /* a header of 56 octets in a packet of 52 */
	assert_int_equal(get(b, sizeof b), IPIP_SHORT);
	for (uint8_t len = 0; len < 16; len++) {
		memcpy(b, packet, sizeof b);
		b[UDP_AT + 5] = len;
		assert_int_equal(get(b, sizeof b), len == 12 ? IPIP_OK : IPIP_SHORT);
	}
}

TEST(a_datagram_may_be_empty_but_not_less)
{
	uint8_t b[DATA_AT];
	ipip_view v;

	memcpy(b, packet, sizeof b);
	b[3] = 48;
	b[OUTER + 3] = 28;
	b[UDP_AT + 5] = 8;
	mend(b + OUTER);
	assert_int_equal(ipip_get(b, sizeof b, &v), IPIP_OK);
	assert_int_equal(v.payload.n, 0);
	b[3] = 47;
	b[OUTER + 3] = 27;
	b[UDP_AT + 5] = 7;
	mend(b + OUTER);
	assert_int_equal(get(b, sizeof b - 1), IPIP_SHORT);
}

TEST(only_version_4_in_version_4_with_udp_inside_is_taken)
{
	uint8_t b[sizeof packet];

	assert_int_equal(inner_with(0, 0x65), IPIP_NOT_UDP);
	assert_int_equal(inner_with(0, 0x55), IPIP_NOT_UDP);
	assert_int_equal(inner_with(9, 6), IPIP_NOT_UDP);
	assert_int_equal(inner_with(9, 18), IPIP_NOT_UDP);
	memcpy(b, packet, sizeof b);
	b[0] = 0x65;
	assert_int_equal(get(b, sizeof b), IPIP_NOT_UDP);
	memcpy(b, packet, sizeof b);
	b[9] = 17;
	assert_int_equal(get(b, sizeof b), IPIP_NOT_UDP);
	b[3] = 20; /* nothing inside */
	assert_int_equal(get(b, sizeof b), IPIP_NOT_UDP);
}

TEST(a_fragment_inside_is_refused)
{
	assert_int_equal(inner_with(6, 0x20), IPIP_FRAGMENT); /* more to come */
	assert_int_equal(inner_with(6, 0x01), IPIP_FRAGMENT);
	assert_int_equal(inner_with(7, 0x01), IPIP_FRAGMENT);
	assert_int_equal(inner_with(6, 0x00), IPIP_OK);
	assert_int_equal(inner_with(6, 0x80), IPIP_OK); /* RFC 791: reserved, not looked at */
}

TEST(inner_addresses_must_be_the_outer_ones)
{
	for (size_t at = 12; at < 20; at++)
		assert_int_equal(inner_with(at, packet[OUTER + at] ^ 1), IPIP_OTHER_HOSTS);
}

TEST(a_packet_whose_time_is_up_is_refused)
{
	assert_int_equal(inner_with(8, 0), IPIP_DEAD);
	assert_int_equal(inner_with(8, 1), IPIP_OK);
}

TEST(every_octet_of_the_inner_header_is_covered_by_its_checksum)
{
	for (size_t at = 4; at < 20; at++) {
		uint8_t b[sizeof packet];

		memcpy(b, packet, sizeof b);
		b[OUTER + at] ^= 0x10;
		assert_int_equal(get(b, sizeof b), IPIP_BAD_SUM);
	}
}

TEST(a_udp_checksum_that_is_there_must_be_right)
{
	uint8_t b[sizeof packet];
	uint32_t pseudo = 0;

	memcpy(b, packet, sizeof b);
	for (size_t at = 12; at < 20; at += 2)
		pseudo += load_be16(b + OUTER + at);
	store_be16(b + UDP_AT + 6, plain_sum(b + UDP_AT, 12, pseudo + 17 + 12));
	assert_int_equal(get(b, sizeof b), IPIP_OK);
	for (size_t at = UDP_AT; at < sizeof b; at++) {
		if (at == UDP_AT + 4 || at == UDP_AT + 5) /* the length is judged before */
			continue;
		b[at] ^= 1;
		assert_int_equal(get(b, sizeof b), IPIP_BAD_SUM);
		b[at] ^= 1;
	}
}

RUN(T(headers_are_written_as_the_figure_says), T(the_longest_payload_fills_a_packet),
    T(ends_and_payload_are_read), T(what_follows_the_outer_packet_is_not_part_of_it),
    T(what_follows_the_inner_packet_is_not_part_of_it), T(options_of_either_header_are_passed_over),
    T(a_packet_cut_anywhere_is_short), T(lengths_that_contradict_each_other_are_refused),
    T(a_datagram_may_be_empty_but_not_less),
    T(only_version_4_in_version_4_with_udp_inside_is_taken), T(a_fragment_inside_is_refused),
    T(inner_addresses_must_be_the_outer_ones), T(a_packet_whose_time_is_up_is_refused),
    T(every_octet_of_the_inner_header_is_covered_by_its_checksum),
    T(a_udp_checksum_that_is_there_must_be_right))
