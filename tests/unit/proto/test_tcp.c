/* SPDX-License-Identifier: MIT */
/* TCP header fields and MSS clamping (proto/tcp.h). */
#include "octets.h"
#include "proto/checksum.h"
#include "proto/tcp.h"

enum { MAX = 128 };
typedef struct packet {
	uint8_t b[MAX];
	ip_view v;
} packet;

/* An IPv4 or IPv6 packet around a TCP header with these options and payload; checksums are right. */
static packet make(unsigned version, uint8_t flags, const uint8_t *options, size_t n,
		   size_t payload)
{
	packet p = { 0 };
	size_t ip = version == 4 ? 20 : 40, len = ip + 20 + n + payload;
	uint8_t *t = p.b + ip;

	p.b[0] = version == 4 ? 0x45 : 0x60;
	p.b[version == 4 ? 9 : 6] = IPPROTO_NUM_TCP;
	p.b[ip - 1] = 0x63;
	p.b[ip - 5] = 0x17;
	assert_int_equal(n % 4, 0);
	assert_true(len <= MAX);
	store_be16(t, 4242);
	store_be16(t + 2, 80);
	store_be32(t + 4, 0x01020304);
	store_be32(t + 8, 0x0a0b0c0d);
	t[12] = (uint8_t)((20 + n) / 4 << 4);
	t[13] = flags;
	memcpy(t + 20, options, n);
	memset(t + 20 + n, 0x5a, payload);
	assert_true(ip_parse_packet(p.b, len, true, &p.v));
	ip_set_len(p.b, &p.v, (uint32_t)len);
	uint16_t sum = csum_transport(p.b, &p.v, IPPROTO_NUM_TCP);
	memcpy(t + 16, &sum, 2);
	return p;
}

static uint16_t mss_at(const packet *p, size_t option_at)
{
	return load_be16(p->b + p->v.hdr_len + 20 + option_at + 2);
}

static const uint8_t mss1460[] = { 2, 4, 0x05, 0xb4 };
/* NOP, MSS 1460 at an odd place, NOP, NOP, NOP. */
static const uint8_t odd1460[] = { 1, 2, 4, 0x05, 0xb4, 1, 1, 1 };

TEST(header_fields_are_read)
{
	packet p = make(4, TCP_SYN | TCP_ACK, mss1460, 4, 3);
	tcp_view t;

	assert_true(tcp_parse(p.b, &p.v, &t));
	assert_int_equal(t.hdr_len, 24);
	assert_int_equal(t.flags, TCP_SYN | TCP_ACK);
	assert_int_equal(t.seq, 0x01020304);
	assert_int_equal(t.ack, 0x0a0b0c0d);
	assert_int_equal(t.payload_len, 3);
}

TEST(truncated_headers_are_refused)
{
	packet p = make(4, TCP_SYN, mss1460, 4, 0);
	tcp_view t;

	for (uint32_t len = 20; len < 44; len++) {
		uint8_t *cut = octets_exact(p.b, len);
		ip_view v = p.v;
		v.len = len;
		assert_false(tcp_parse(cut, &v, &t));
		assert_false(tcp_clamp_mss(cut, &v, 1000));
		free(cut);
	}
}

TEST(fragments_and_other_protocols_are_no_tcp)
{
	packet p = make(4, TCP_SYN, mss1460, 4, 0);
	tcp_view t;
	ip_view v = p.v;

	v.fragment = true;
	assert_false(tcp_parse(p.b, &v, &t));
	v = p.v;
	v.proto = IPPROTO_NUM_UDP;
	assert_false(tcp_parse(p.b, &v, &t));
	p.b[p.v.hdr_len + 12] = 0x40; /* a data offset below 20 octets */
	assert_false(tcp_parse(p.b, &p.v, &t));
}

TEST(mss_is_lowered_to_what_fits_and_the_checksum_stays_right)
{
	for (unsigned version = 4; version <= 6; version += 2) {
		packet p = make(version, TCP_SYN, mss1460, 4, 0);
		assert_true(tcp_clamp_mss(p.b, &p.v, 1300));
		assert_int_equal(mss_at(&p, 0), version == 4 ? 1260 : 1240);
		assert_int_equal(csum_transport(p.b, &p.v, IPPROTO_NUM_TCP), 0);
	}
}

TEST(mss_at_an_odd_place_is_mended_right_for_every_size)
{
	for (size_t mtu = 41; mtu < 1500; mtu++) {
		packet p = make(4, TCP_SYN, odd1460, 8, 5);
		assert_true(tcp_clamp_mss(p.b, &p.v, mtu));
		assert_int_equal(mss_at(&p, 1), mtu - 40);
		assert_int_equal(csum_transport(p.b, &p.v, IPPROTO_NUM_TCP), 0);
	}
}

TEST(mss_that_fits_is_left_alone)
{
	packet p = make(4, TCP_SYN, mss1460, 4, 0), before = p;

	assert_false(tcp_clamp_mss(p.b, &p.v, 1500));
	assert_false(tcp_clamp_mss(p.b, &p.v, 9000));
	assert_false(tcp_clamp_mss(p.b, &p.v, 65535 + 41));
	assert_memory_equal(p.b, before.b, MAX);
}

TEST(segments_without_syn_are_left_alone)
{
	packet p = make(4, TCP_ACK, mss1460, 4, 0), before = p;

	assert_false(tcp_clamp_mss(p.b, &p.v, 1300));
	assert_memory_equal(p.b, before.b, MAX);
}

TEST(an_mtu_with_no_room_for_data_clamps_nothing)
{
	packet p = make(6, TCP_SYN, mss1460, 4, 0), before = p;

	for (size_t mtu = 0; mtu <= 60; mtu++)
		assert_false(tcp_clamp_mss(p.b, &p.v, mtu));
	assert_memory_equal(p.b, before.b, MAX);
}

TEST(options_that_make_no_sense_are_left_alone)
{
	static const uint8_t rows[][4] = {
		{ 2, 3, 0x05, 0xb4 }, /* MSS of the wrong length */
		{ 1, 1, 2, 4 },       /* MSS running out of the header */
		{ 3, 0, 2, 4 },       /* an option of length 0 */
		{ 3, 1, 2, 4 },       /* and of length 1 */
		{ 3, 5, 2, 4 },       /* longer than the header */
		{ 1, 1, 1, 2 },       /* kind without length */
		{ 0, 2, 4, 0xff },    /* after the end of options */
		{ 1, 1, 1, 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		packet p = make(4, TCP_SYN, rows[i], 4, 0), before = p;
		uint8_t *exact = octets_exact(p.b, p.v.len);
		assert_false(tcp_clamp_mss(exact, &p.v, 100));
		assert_memory_equal(exact, before.b, p.v.len);
		free(exact);
	}
}

TEST(other_options_before_the_mss_are_passed_over)
{
	static const uint8_t options[] = { 3, 3, 7, 4, 2, 2, 4, 0x05, 0xb4, 1, 1, 0 };
	packet p = make(4, TCP_SYN, options, sizeof options, 0);

	assert_true(tcp_clamp_mss(p.b, &p.v, 1300));
	assert_int_equal(mss_at(&p, 5), 1260);
	assert_int_equal(csum_transport(p.b, &p.v, IPPROTO_NUM_TCP), 0);
}

TEST(what_follows_the_end_of_options_is_none)
{
	static const uint8_t options[] = { 0, 2, 4, 0x05, 0xb4, 0, 0, 0 };
	packet p = make(4, TCP_SYN, options, sizeof options, 0);

	assert_false(tcp_clamp_mss(p.b, &p.v, 1300));
}

RUN(T(header_fields_are_read), T(truncated_headers_are_refused),
    T(fragments_and_other_protocols_are_no_tcp),
    T(mss_is_lowered_to_what_fits_and_the_checksum_stays_right),
    T(mss_at_an_odd_place_is_mended_right_for_every_size), T(mss_that_fits_is_left_alone),
    T(segments_without_syn_are_left_alone), T(an_mtu_with_no_room_for_data_clamps_nothing),
    T(options_that_make_no_sense_are_left_alone), T(other_options_before_the_mss_are_passed_over),
    T(what_follows_the_end_of_options_is_none))
