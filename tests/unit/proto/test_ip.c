/* SPDX-License-Identifier: MIT */
/* Views of IPv4 and IPv6 packets (proto/ip.h). */
#include "octets.h"
#include "proto/checksum.h"
#include "proto/ip.h"

/* 4500+001c+4000+4011+c0a8+0001+c0a8+00c7 = 24745, checksum b8b8, by hand. */
static const uint8_t v4[] = {
	0x45, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xb8, 0xb8, 0xc0, 0xa8,
	0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7, 0x00, 0x35, 0xe9, 0x7c, 0x00, 0x08, 0x00, 0x00,
};

TEST(ipv4_header_is_read)
{
	ip_view v;
	ip_addr src = ip4(192, 168, 0, 1), dst = ip4(192, 168, 0, 199);

	assert_true(ip_parse_packet(v4, sizeof v4, false, &v));
	assert_int_equal(v.version, 4);
	assert_int_equal(v.proto, IPPROTO_NUM_UDP);
	assert_int_equal(v.hdr_len, 20);
	assert_int_equal(v.len, 28);
	assert_true(v.dont_fragment);
	assert_false(v.fragment);
	ip_addr a = ip_src(v4, &v), b = ip_dst(v4, &v);
	assert_true(ip_equal(&a, &src));
	assert_true(ip_equal(&b, &dst));
}

static void make6(uint8_t b[44], uint8_t next)
{
	memset(b, 0, 44);
	b[0] = 0x60;
	b[5] = 4;
	b[6] = next;
	b[8] = b[24] = 0xfd;
	b[23] = 1;
	b[39] = 2;
}

TEST(ipv6_header_is_read)
{
	uint8_t p[44];
	ip_view v;
	ip_addr src, dst;

	make6(p, IPPROTO_NUM_TCP);
	assert_true(ip_parse("fd00::1", &src));
	assert_true(ip_parse("fd00::2", &dst));
	assert_true(ip_parse_packet(p, sizeof p, false, &v));
	assert_int_equal(v.version, 6);
	assert_int_equal(v.proto, IPPROTO_NUM_TCP);
	assert_int_equal(v.hdr_len, 40);
	assert_int_equal(v.len, 44);
	assert_true(v.dont_fragment);
	assert_false(v.fragment);
	ip_addr a = ip_src(p, &v), b = ip_dst(p, &v);
	assert_true(ip_equal(&a, &src));
	assert_true(ip_equal(&b, &dst));
}

TEST(packets_cut_at_any_length_are_refused)
{
	uint8_t p6[44];
	ip_view v;

	make6(p6, 17);
	for (size_t n = 0; n < sizeof v4; n++) {
		uint8_t *cut = octets_exact(v4, n);
		assert_false(ip_parse_packet(cut, n, false, &v));
		free(cut);
	}
	for (size_t n = 0; n < sizeof p6; n++) {
		uint8_t *cut = octets_exact(p6, n);
		assert_false(ip_parse_packet(cut, n, false, &v));
		free(cut);
	}
}

TEST(octets_after_the_packet_do_not_count)
{
	uint8_t b[100] = { 0 };
	ip_view v;

	memcpy(b, v4, sizeof v4);
	assert_true(ip_parse_packet(b, sizeof b, false, &v));
	assert_int_equal(v.len, 28);
	make6(b, 17);
	assert_true(ip_parse_packet(b, sizeof b, false, &v));
	assert_int_equal(v.len, 44);
}

TEST(header_lengths_that_contradict_are_refused)
{
	uint8_t b[64] = { 0 };
	ip_view v;

	memcpy(b, v4, sizeof v4);
	/* Total length is 28: a header of 20, 24 or 28 fits. */
	for (unsigned ihl = 0; ihl < 16; ihl++) {
		b[0] = (uint8_t)(0x40 | ihl);
		assert_int_equal(ip_parse_packet(b, sizeof b, false, &v), ihl >= 5 && ihl <= 7);
	}
	b[0] = 0x45;
	for (uint8_t total = 0; total < 64; total++) {
		b[3] = total;
		assert_int_equal(ip_parse_packet(b, sizeof b, false, &v), total >= 20);
	}
}

TEST(other_versions_are_not_ip)
{
	uint8_t b[64] = { 0 };
	ip_view v;

	for (unsigned version = 0; version < 16; version++) {
		b[0] = (uint8_t)(version << 4 | 5);
		b[3] = 20;
		assert_int_equal(ip_parse_packet(b, sizeof b, false, &v),
				 version == 4 || version == 6);
	}
}

TEST(fragments_are_recognised)
{
	static const struct {
		uint8_t hi, lo;
		bool fragment, df;
	} rows[] = {
		{ 0x00, 0x00, false, false }, { 0x40, 0x00, false, true },
		{ 0x20, 0x00, true, false },  { 0x00, 0x01, true, false },
		{ 0x1f, 0xff, true, false },  { 0x60, 0x00, true, true },
		{ 0x80, 0x00, false, false },
	};
	uint8_t b[sizeof v4];
	ip_view v;

	memcpy(b, v4, sizeof b);
	for (size_t i = 0; i < COUNT(rows); i++) {
		b[6] = rows[i].hi;
		b[7] = rows[i].lo;
		assert_true(ip_parse_packet(b, sizeof b, false, &v));
		assert_int_equal(v.fragment, rows[i].fragment);
		assert_int_equal(v.dont_fragment, rows[i].df);
	}
	uint8_t p6[44];
	make6(p6, 44);
	assert_true(ip_parse_packet(p6, sizeof p6, false, &v));
	assert_true(v.fragment);
	assert_int_equal(v.proto, 44);
}

TEST(super_segments_have_the_length_they_came_with)
{
	static uint8_t b[70000];
	ip_view v;

	memcpy(b, v4, 20);
	b[2] = b[3] = 0;
	assert_false(ip_parse_packet(b, sizeof b, false, &v));
	assert_true(ip_parse_packet(b, sizeof b, true, &v));
	assert_int_equal(v.len, sizeof b);
	make6(b, 6);
	b[4] = b[5] = 0xff;
	assert_true(ip_parse_packet(b, 5000, true, &v));
	assert_int_equal(v.len, 5000);
	assert_false(ip_parse_packet(b, 39, true, &v));
	b[0] = 0x4f;
	assert_false(ip_parse_packet(b, 59, true, &v));
	assert_true(ip_parse_packet(b, 60, true, &v));
}

TEST(setting_the_length_mends_the_ipv4_header)
{
	uint8_t b[1500] = { 0 };
	ip_view v;

	memcpy(b, v4, sizeof v4);
	assert_true(ip_parse_packet(b, sizeof b, true, &v));
	ip_set_len(b, &v, 28);
	assert_memory_equal(b, v4, sizeof v4);
	ip_set_len(b, &v, 1500);
	assert_int_equal(load_be16(b + 2), 1500);
	assert_int_equal(csum_fold(csum_partial(b, 20, 0)), 0);
	assert_memory_equal(b + 4, v4 + 4, 6);
	assert_memory_equal(b + 12, v4 + 12, 16);
}

TEST(setting_the_length_covers_ipv4_options)
{
	uint8_t b[60] = { 0x4f };
	ip_view v;

	memset(b + 20, 0x01, 40);
	assert_true(ip_parse_packet(b, sizeof b, true, &v));
	ip_set_len(b, &v, 60);
	assert_int_equal(csum_fold(csum_partial(b, 60, 0)), 0);
}

TEST(setting_the_length_of_ipv6_leaves_the_header_out)
{
	uint8_t p[44];
	ip_view v;

	make6(p, 6);
	assert_true(ip_parse_packet(p, sizeof p, true, &v));
	ip_set_len(p, &v, 1440);
	assert_int_equal(load_be16(p + 4), 1400);
	ip_set_len(p, &v, 40);
	assert_int_equal(load_be16(p + 4), 0);
}

static uint32_t flow_of(const uint8_t *p, size_t n)
{
	ip_view v;

	assert_true(ip_parse_packet(p, n, false, &v));
	return ip_flow(p, &v);
}

TEST(a_flow_is_addresses_transport_and_ports)
{
	uint8_t p[sizeof v4];
	uint32_t flow = flow_of(v4, sizeof v4);
	static const uint8_t parts[] = { 9, 15, 19, 21,
					 23 }; /* protocol, source, destination, ports */

	for (size_t i = 0; i < COUNT(parts); i++) {
		memcpy(p, v4, sizeof p);
		p[parts[i]] ^= parts[i] == 9 ? IPPROTO_NUM_UDP ^ IPPROTO_NUM_TCP : 1;
		assert_int_not_equal(flow_of(p, sizeof p), flow);
	}
	memcpy(p, v4, sizeof p);
	p[5] ^= 1;  /* identification */
	p[8]--;     /* time to live */
	p[27] ^= 1; /* checksum */
	assert_int_equal(flow_of(p, sizeof p), flow);
}

TEST(a_fragment_s_flow_has_no_ports)
{
	uint8_t p[sizeof v4];

	memcpy(p, v4, sizeof p);
	p[6] = 0x20; /* more to come */
	uint32_t flow = flow_of(p, sizeof p);
	p[20] ^= 1;
	assert_int_equal(flow_of(p, sizeof p), flow);
}

TEST(flows_of_ipv6_are_distinguished)
{
	uint8_t p[44];

	make6(p, IPPROTO_NUM_TCP);
	uint32_t flow = flow_of(p, sizeof p);
	p[39] ^= 1;
	assert_int_not_equal(flow_of(p, sizeof p), flow);
	p[39] ^= 1;
	p[43] ^= 1;
	assert_int_not_equal(flow_of(p, sizeof p), flow);
}

TEST(every_bit_of_the_offset_makes_a_fragment)
{
	uint8_t b[sizeof v4];
	ip_view v;

	for (unsigned bit = 0; bit < 16; bit++) {
		memcpy(b, v4, sizeof b);
		store_be16(b + 6, (uint16_t)(1u << bit));
		assert_true(ip_parse_packet(b, sizeof b, false, &v));
		assert_int_equal(v.fragment, bit <= 13); /* the offset's 13 bits, and MF */
		assert_int_equal(v.dont_fragment, bit == 14);
	}
}

TEST(other_ipv6_extension_headers_are_no_fragments)
{
	uint8_t p[44];
	ip_view v;

	for (unsigned next = 0; next < 256; next++) {
		make6(p, (uint8_t)next);
		assert_true(ip_parse_packet(p, sizeof p, false, &v));
		assert_int_equal(v.fragment, next == 44);
	}
}

TEST(only_tcp_and_udp_have_ports)
{
	for (unsigned proto = 0; proto < 256; proto++) {
		uint8_t a[44], b[44];
		make6(a, (uint8_t)proto);
		make6(b, (uint8_t)proto);
		b[41] ^= 1;
		assert_int_equal(flow_of(a, sizeof a) != flow_of(b, sizeof b),
				 proto == 6 || proto == 17);
	}
}

TEST(ports_that_are_not_there_are_not_read)
{
	uint8_t p[24], *exact;

	memcpy(p, v4, sizeof p);
	p[3] = 23;
	exact = octets_exact(p, 23);
	uint32_t without = flow_of(exact, 23);
	free(exact);
	p[20] ^= 1;
	exact = octets_exact(p, 23);
	assert_int_equal(flow_of(exact, 23), without);
	free(exact);
	p[3] = 24;
	exact = octets_exact(p, 24);
	assert_int_not_equal(flow_of(exact, 24), without);
	free(exact);
}

RUN(T(ipv4_header_is_read), T(ipv6_header_is_read), T(packets_cut_at_any_length_are_refused),
    T(octets_after_the_packet_do_not_count), T(header_lengths_that_contradict_are_refused),
    T(other_versions_are_not_ip), T(fragments_are_recognised),
    T(super_segments_have_the_length_they_came_with), T(setting_the_length_mends_the_ipv4_header),
    T(setting_the_length_covers_ipv4_options), T(setting_the_length_of_ipv6_leaves_the_header_out),
    T(a_flow_is_addresses_transport_and_ports), T(a_fragment_s_flow_has_no_ports),
    T(flows_of_ipv6_are_distinguished), T(every_bit_of_the_offset_makes_a_fragment),
    T(other_ipv6_extension_headers_are_no_fragments), T(only_tcp_and_udp_have_ports),
    T(ports_that_are_not_there_are_not_read))
