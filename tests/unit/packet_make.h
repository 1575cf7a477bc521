/* SPDX-License-Identifier: MIT */
/* packet_make.h - inner packets for tests, and a second opinion on their checksums: one octet pair after the
 * other as RFC 1071 puts it, independent of proto/checksum. */
#ifndef HW_TESTS_PACKET_MAKE_H
#define HW_TESTS_PACKET_MAKE_H

#include "base/wire.h"
#include "proto/tcp.h"
#include "unit.h"

typedef struct packet_spec {
	uint8_t version, proto; /* 0: IPv4, TCP */
	uint8_t tos, ttl;       /* ttl 0: 64 */
	uint16_t id;
	bool may_fragment; /* IPv4 without DF */
	uint8_t ip_opt[40];
	size_t ip_opt_len; /* a multiple of 4 */
	uint16_t sport;
	uint32_t seq, ack;
	uint8_t flags;      /* 0: ACK */
	uint16_t window;    /* 0: 501 */
	const uint8_t *opt; /* of TCP */
	size_t opt_len;     /* a multiple of 4 */
	size_t payload;
} packet_spec;

static inline uint32_t plain_sum(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static inline uint32_t plain_pseudo(const uint8_t *p, size_t transport_len)
{
	bool v4 = p[0] >> 4 == 4;
	uint32_t sum = plain_sum(v4 ? p + 12 : p + 8, v4 ? 8 : 32, 0);

	sum = plain_sum((const uint8_t[]){ 0, v4 ? p[9] : p[6] }, 2, sum);
	return sum + (uint32_t)transport_len;
}

/* The octet at a place of the stream, so that a payload shows where it belongs. */
static inline uint8_t stream_octet(uint32_t at)
{
	return (uint8_t)(at * 7 + (at >> 8) * 13 + (at >> 16));
}

static inline size_t packet_ip(const packet_spec *s, uint8_t *p, size_t transport_len)
{
	uint8_t proto = s->proto ? s->proto : IPPROTO_NUM_TCP, ttl = s->ttl ? s->ttl : 64;

	if (s->version == 6) {
		store_be32(p, 6u << 28 | (uint32_t)s->tos << 20 | 0x12345);
		store_be16(p + 4, (uint16_t)transport_len);
		p[6] = proto;
		p[7] = ttl;
		for (uint8_t i = 0; i < 32; i++)
			p[8 + i] = (uint8_t)(0x20 + i);
		return 40;
	}
	size_t len = 20 + s->ip_opt_len;
	memset(p, 0, 20);
	p[0] = (uint8_t)(0x40 | len / 4);
	p[1] = s->tos;
	store_be16(p + 2, (uint16_t)(len + transport_len));
	store_be16(p + 4, s->id);
	p[6] = s->may_fragment ? 0 : 0x40;
	p[8] = ttl;
	p[9] = proto;
	store_be32(p + 12, 0xc0a83265);
	store_be32(p + 16, 0xc0a83214);
	memcpy(p + 20, s->ip_opt, s->ip_opt_len);
	store_be16(p + 10, (uint16_t)~plain_sum(p, len, 0));
	return len;
}

static inline size_t packet_tcp_header(const packet_spec *s, uint8_t *t)
{
	size_t len = 20 + s->opt_len;

	memset(t, 0, 20);
	store_be16(t, s->sport);
	store_be16(t + 2, 443);
	store_be32(t + 4, s->seq);
	store_be32(t + 8, s->ack);
	t[12] = (uint8_t)(len / 4 << 4);
	t[13] = s->flags ? s->flags : TCP_ACK;
	store_be16(t + 14, s->window ? s->window : 501);
	if (s->opt_len)
		memcpy(t + 20, s->opt, s->opt_len);
	return len;
}

static inline size_t packet_udp_header(const packet_spec *s, uint8_t *t)
{
	store_be16(t, s->sport);
	store_be16(t + 2, 443);
	store_be16(t + 4, (uint16_t)(8 + s->payload));
	store_be16(t + 6, 0);
	return 8;
}

/* A whole packet with right checksums; returns its length. */
static inline size_t packet_make(const packet_spec *s, uint8_t *p)
{
	bool udp = s->proto == IPPROTO_NUM_UDP;
	size_t hdr = udp ? 8 : 20 + s->opt_len, transport_len = hdr + s->payload;
	size_t ip = packet_ip(s, p, transport_len);
	uint8_t *t = p + ip;

	if (udp)
		packet_udp_header(s, t);
	else
		packet_tcp_header(s, t);
	for (size_t i = 0; i < s->payload; i++)
		t[hdr + i] = stream_octet(s->seq + (uint32_t)i);
	uint32_t sum = plain_sum(t, transport_len, plain_pseudo(p, transport_len));
	store_be16(t + (udp ? 6 : 16), sum == 0xffff ? 0xffff : (uint16_t)~sum);
	return ip + transport_len;
}

/* Lengths agree and every checksum is right; fragments: the IP header's alone. Returns the view. */
static inline ip_view packet_check(const uint8_t *p, size_t n)
{
	ip_view v;

	assert_true(ip_parse_packet(p, n, false, &v));
	assert_int_equal(v.len, n);
	if (v.version == 4)
		assert_int_equal(plain_sum(p, v.hdr_len, 0), 0xffff);
	if (!v.fragment && (v.proto == IPPROTO_NUM_TCP || v.proto == IPPROTO_NUM_UDP))
		assert_int_equal(
			plain_sum(p + v.hdr_len, n - v.hdr_len, plain_pseudo(p, n - v.hdr_len)),
			0xffff);
	if (v.proto == IPPROTO_NUM_UDP && !v.fragment)
		assert_int_equal(load_be16(p + v.hdr_len + 4), n - v.hdr_len);
	return v;
}

static inline void payload_check(const uint8_t *p, size_t n, uint32_t at)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], stream_octet(at + (uint32_t)i));
}

/* What the kernel's TUN puts before a packet (virtio, native order). */
static inline void vnet_make(uint8_t *p, uint8_t flags, uint8_t type, uint16_t hdr_len,
			     uint16_t gso_size, uint16_t csum_start, uint16_t csum_offset)
{
	p[0] = flags;
	p[1] = type;
	memcpy(p + 2, &hdr_len, 2);
	memcpy(p + 4, &gso_size, 2);
	memcpy(p + 6, &csum_start, 2);
	memcpy(p + 8, &csum_offset, 2);
}

enum {
	VNET_NEEDS_CSUM = 1,
	VNET_NONE = 0,
	VNET_TCPV4 = 1,
	VNET_UFO = 3,
	VNET_TCPV6 = 4,
	VNET_UDP = 5,
	VNET_ECN = 0x80
};

/* A super-segment (gso_size > 0) or a packet whose checksum is left to do, as the kernel hands it out:
 * the pseudo-header's sum stands in the checksum's place. Returns the length with the virtio header. */
static inline size_t super_make(const packet_spec *s, uint16_t gso_size, uint8_t *in)
{
	uint8_t *p = in + 10;
	size_t n = packet_make(s, p);
	bool udp = s->proto == IPPROTO_NUM_UDP;
	uint16_t ip = s->version == 6 ? 40 : (uint16_t)(20 + s->ip_opt_len);
	uint16_t at = udp ? 6 : 16, hdr = udp ? 8 : (uint16_t)(20 + s->opt_len);
	uint8_t type = udp ? VNET_UDP : s->version == 6 ? VNET_TCPV6 : VNET_TCPV4;

	store_be16(p + ip + at, (uint16_t)plain_sum(p, 0, plain_pseudo(p, n - ip)));
	vnet_make(in, VNET_NEEDS_CSUM, gso_size ? type : VNET_NONE, (uint16_t)(ip + hdr), gso_size,
		  ip, at);
	return n + 10;
}

#endif
