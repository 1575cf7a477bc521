/* SPDX-License-Identifier: MIT */
/* "Too big" answers (proto/icmp_error.h). */
#include "octets.h"
#include "proto/checksum.h"
#include "proto/icmp_error.h"

enum { MAX = 2000 };
typedef struct packet {
	uint8_t b[MAX];
	ip_view v;
} packet;

static packet make(unsigned version, uint8_t proto, size_t len)
{
	packet p = { 0 };

	p.b[0] = version == 4 ? 0x45 : 0x60;
	p.b[version == 4 ? 9 : 6] = proto;
	if (version == 4) {
		memcpy(p.b + 12, (const uint8_t[]){ 192, 168, 50, 9, 192, 168, 50, 101 }, 8);
	} else {
		p.b[8] = p.b[24] = 0xfd;
		p.b[23] = 9;
		p.b[39] = 0x65;
	}
	for (size_t i = version == 4 ? 20 : 40; i < len; i++)
		p.b[i] = (uint8_t)i;
	assert_true(ip_parse_packet(p.b, len, true, &p.v));
	ip_set_len(p.b, &p.v, (uint32_t)len);
	return p;
}

static size_t answer(const packet *p, const char *from, uint8_t out[ICMP_ERROR_MAX])
{
	ip_addr a;
	ip_view v;
	uint8_t *exact = octets_exact(p->b, p->v.len);

	assert_true(ip_parse(from, &a));
	size_t n = 0;
	if (ip_parse_packet(exact, p->v.len, false, &v))
		n = icmp_too_big(exact, &v, &a, 1300, out);
	free(exact);
	return n;
}

TEST(ipv4_answer_is_what_a_router_sends)
{
	packet p = make(4, IPPROTO_NUM_UDP, 1500);
	uint8_t out[ICMP_ERROR_MAX];
	ip_view v;
	size_t n = answer(&p, "192.168.50.2", out);

	assert_int_equal(n, 576);
	assert_true(ip_parse_packet(out, n, false, &v));
	assert_int_equal(v.len, n);
	assert_int_equal(v.proto, IPPROTO_NUM_ICMP);
	assert_int_equal(csum_fold(csum_partial(out, 20, 0)), 0);
	assert_int_equal(csum_fold(csum_partial(out + 20, n - 20, 0)), 0);
	assert_memory_equal(out + 12, ((const uint8_t[]){ 192, 168, 50, 2, 192, 168, 50, 9 }), 8);
	assert_memory_equal(out + 20, ((const uint8_t[]){ 3, 4 }), 2);
	assert_memory_equal(out + 24, ((const uint8_t[]){ 0, 0, 1300 >> 8, 1300 & 0xff }), 4);
	assert_memory_equal(out + 28, p.b, n - 28);
}

TEST(ipv6_answer_is_what_a_router_sends)
{
	packet p = make(6, IPPROTO_NUM_TCP, 1500);
	uint8_t out[ICMP_ERROR_MAX];
	ip_view v;
	size_t n = answer(&p, "fd00::1", out);

	assert_int_equal(n, 1280);
	assert_true(ip_parse_packet(out, n, false, &v));
	assert_int_equal(v.len, n);
	assert_int_equal(v.proto, IPPROTO_NUM_ICMP6);
	assert_int_equal(csum_transport(out, &v, IPPROTO_NUM_ICMP6), 0);
	assert_memory_equal(out + 24, p.b + 8, 16);
	assert_memory_equal(out + 40, ((const uint8_t[]){ 2, 0 }), 2);
	assert_memory_equal(out + 44, ((const uint8_t[]){ 0, 0, 1300 >> 8, 1300 & 0xff }), 4);
	assert_memory_equal(out + 48, p.b, n - 48);
}

TEST(short_packets_are_quoted_whole)
{
	packet p4 = make(4, IPPROTO_NUM_UDP, 100), p6 = make(6, IPPROTO_NUM_UDP, 100);
	uint8_t out[ICMP_ERROR_MAX];

	assert_int_equal(answer(&p4, "192.168.50.2", out), 128);
	assert_memory_equal(out + 28, p4.b, 100);
	assert_int_equal(answer(&p6, "fd00::1", out), 148);
	assert_memory_equal(out + 48, p6.b, 100);
}

TEST(answer_and_packet_are_of_one_family)
{
	packet p4 = make(4, IPPROTO_NUM_UDP, 100), p6 = make(6, IPPROTO_NUM_UDP, 100);
	uint8_t out[ICMP_ERROR_MAX];

	assert_int_equal(answer(&p4, "fd00::1", out), 0);
	assert_int_equal(answer(&p6, "192.168.50.2", out), 0);
}

TEST(no_answer_to_icmp_errors_but_one_to_echoes)
{
	uint8_t out[ICMP_ERROR_MAX];

	for (unsigned type = 0; type < 256; type++) {
		packet p4 = make(4, IPPROTO_NUM_ICMP, 1400), p6 = make(6, IPPROTO_NUM_ICMP6, 1400);
		p4.b[20] = p6.b[40] = (uint8_t)type;
		bool query4 = type == 0 || (type >= 8 && type <= 10) || (type >= 13 && type <= 18);
		assert_int_equal(answer(&p4, "192.168.50.2", out) > 0, query4);
		assert_int_equal(answer(&p6, "fd00::1", out) > 0, type >= 128);
	}
	packet bare4 = make(4, IPPROTO_NUM_ICMP, 20), bare6 = make(6, IPPROTO_NUM_ICMP6, 40);
	assert_int_equal(answer(&bare4, "192.168.50.2", out), 0);
	assert_int_equal(answer(&bare6, "fd00::1", out), 0);
}

TEST(of_fragments_only_the_first_is_answered)
{
	uint8_t out[ICMP_ERROR_MAX];
	packet p = make(4, IPPROTO_NUM_UDP, 1400);

	p.b[6] = 0x20;
	assert_true(answer(&p, "192.168.50.2", out) > 0);
	p.b[7] = 1;
	assert_int_equal(answer(&p, "192.168.50.2", out), 0);
}

TEST(of_ipv6_fragments_only_the_first_is_answered_and_no_error_inside)
{
	uint8_t out[ICMP_ERROR_MAX];
	packet p = make(6, 44, 1400);

	memcpy(p.b + 40, (const uint8_t[]){ 17, 0, 0, 1, 0, 0, 0, 1, 0 }, 9);
	assert_true(answer(&p, "fd00::1", out) > 0);
	p.b[43] = 8; /* offset 1 */
	assert_int_equal(answer(&p, "fd00::1", out), 0);
	p.b[43] = 1;
	p.b[40] = IPPROTO_NUM_ICMP6;
	assert_int_equal(answer(&p, "fd00::1", out), 0); /* type 0 is an error */
	p.b[48] = 128;
	assert_true(answer(&p, "fd00::1", out) > 0);
	packet cut = make(6, 44, 47), bare = make(6, 44, 48);
	memset(cut.b + 40, 0, 8);
	memset(bare.b + 40, 0, 8);
	assert_int_equal(answer(&cut, "fd00::1", out), 0);
	assert_true(answer(&bare, "fd00::1", out) > 0);
}

TEST(no_answer_about_groups_or_to_nobody)
{
	uint8_t out[ICMP_ERROR_MAX];
	static const uint8_t groups[] = { 224, 239, 255 }, nobodies[] = { 0, 127, 224, 255 };

	for (size_t i = 0; i < sizeof groups; i++) {
		packet p = make(4, IPPROTO_NUM_UDP, 1400);
		p.b[16] = groups[i];
		assert_int_equal(answer(&p, "192.168.50.2", out), 0);
	}
	for (size_t i = 0; i < sizeof nobodies; i++) {
		packet p = make(4, IPPROTO_NUM_UDP, 1400);
		p.b[12] = nobodies[i];
		assert_int_equal(answer(&p, "192.168.50.2", out), 0);
	}
	packet to = make(6, IPPROTO_NUM_UDP, 1400), from = to, any = to;
	to.b[24] = 0xff;
	from.b[8] = 0xff;
	any.b[8] = any.b[23] = 0;
	assert_int_equal(answer(&to, "fd00::1", out), 0);
	assert_int_equal(answer(&from, "fd00::1", out), 0);
	assert_int_equal(answer(&any, "fd00::1", out), 0);
}

TEST(answers_have_the_header_of_a_router)
{
	packet p4 = make(4, IPPROTO_NUM_UDP, 100), p6 = make(6, IPPROTO_NUM_UDP, 100);
	uint8_t out[ICMP_ERROR_MAX];

	memset(out, 0xee, sizeof out);
	assert_true(answer(&p4, "192.168.50.2", out) > 0);
	assert_memory_equal(out, ((const uint8_t[]){ 0x45, 0xc0, 0, 128, 0, 0, 0, 0, 64, 1 }), 10);
	assert_memory_equal(out + 24, ((const uint8_t[]){ 0, 0, 1300 >> 8, 1300 & 0xff }), 4);
	memset(out, 0xee, sizeof out);
	assert_true(answer(&p6, "fd00::1", out) > 0);
	assert_memory_equal(out, ((const uint8_t[]){ 0x60, 0, 0, 0, 0, 108, 58, 64 }), 8);
	assert_memory_equal(out + 8, ((const uint8_t[]){ 0xfd, 0, 0, 0, 0, 0, 0, 0 }), 8);
	assert_int_equal(out[23], 1);
}

TEST(as_much_is_quoted_as_fits_the_answer)
{
	uint8_t out[ICMP_ERROR_MAX];

	for (size_t len = 546; len < 551; len++) {
		packet p = make(4, IPPROTO_NUM_UDP, len);
		assert_int_equal(answer(&p, "192.168.50.2", out), len < 548 ? len + 28 : 576);
	}
	for (size_t len = 1230; len < 1235; len++) {
		packet p = make(6, IPPROTO_NUM_UDP, len);
		assert_int_equal(answer(&p, "fd00::1", out), len < 1232 ? len + 48 : 1280);
	}
}

TEST(every_offset_is_that_of_a_later_fragment)
{
	uint8_t out[ICMP_ERROR_MAX];

	for (unsigned bit = 0; bit < 13; bit++) {
		packet p = make(4, IPPROTO_NUM_UDP, 1400);
		store_be16(p.b + 6, (uint16_t)(1u << bit));
		assert_int_equal(answer(&p, "192.168.50.2", out), 0);
	}
	for (unsigned bit = 0; bit < 16; bit++) {
		packet p = make(6, 44, 1400);
		p.b[40] = IPPROTO_NUM_UDP;
		store_be16(p.b + 42, (uint16_t)(1u << bit));
		assert_int_equal(answer(&p, "fd00::1", out) > 0, bit < 3);
	}
}

TEST(hosts_next_to_those_that_are_none_are_answered)
{
	static const uint8_t hosts[] = { 1, 126, 128, 223 };
	uint8_t out[ICMP_ERROR_MAX];

	for (size_t i = 0; i < sizeof hosts; i++) {
		packet p = make(4, IPPROTO_NUM_UDP, 1400);
		p.b[12] = hosts[i];
		p.b[16] = 223;
		assert_true(answer(&p, "192.168.50.2", out) > 0);
	}
}

RUN(T(ipv4_answer_is_what_a_router_sends), T(ipv6_answer_is_what_a_router_sends),
    T(short_packets_are_quoted_whole), T(answer_and_packet_are_of_one_family),
    T(no_answer_to_icmp_errors_but_one_to_echoes), T(of_fragments_only_the_first_is_answered),
    T(of_ipv6_fragments_only_the_first_is_answered_and_no_error_inside),
    T(no_answer_about_groups_or_to_nobody), T(answers_have_the_header_of_a_router),
    T(as_much_is_quoted_as_fits_the_answer), T(every_offset_is_that_of_a_later_fragment),
    T(hosts_next_to_those_that_are_none_are_answered))
