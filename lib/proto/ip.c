/* SPDX-License-Identifier: MIT */
/* ip.c - views of IPv4 and IPv6 headers. Runs once on every packet, each way. */
#include "proto/ip.h"
#include "proto/checksum.h"

enum {
	IP4_HDR_MIN = 20,
	IP6_HDR_LEN = 40,
	IP4_DF = 0x4000,
	IP4_MF = 0x2000,
	IP4_OFFSET = 0x1fff,
	IP6_NEXT_FRAGMENT = 44, /* RFC 8200 4.5 */
};

static bool parse4(const uint8_t *p, size_t n, bool gso, ip_view *out) /* RFC 791 3.1 */
{
	if (n < IP4_HDR_MIN)
		return false;
	size_t hdr_len = (size_t)(p[0] & 0x0f) * 4;
	size_t len = gso ? n : load_be16(p + 2);
	if (hdr_len < IP4_HDR_MIN || hdr_len > len || len > n)
		return false;
	uint16_t frag = load_be16(p + 6);
	out->version = 4;
	out->proto = p[9];
	out->fragment = frag & (IP4_MF | IP4_OFFSET);
	out->dont_fragment = frag & IP4_DF;
	out->hdr_len = (uint16_t)hdr_len;
	out->len = (uint32_t)len;
	return true;
}

static bool parse6(const uint8_t *p, size_t n, bool gso, ip_view *out) /* RFC 8200 3 */
{
	if (n < IP6_HDR_LEN)
		return false;
	size_t len = gso ? n : (size_t)IP6_HDR_LEN + load_be16(p + 4);
	if (len > n)
		return false;
	out->version = 6;
	out->proto = p[6];
	out->fragment = p[6] == IP6_NEXT_FRAGMENT;
	out->dont_fragment = true;
	out->hdr_len = IP6_HDR_LEN;
	out->len = (uint32_t)len;
	return true;
}

bool ip_parse_packet(const uint8_t *p, size_t n, bool gso, ip_view *out)
{
	if (n == 0 || n > UINT32_MAX)
		return false;
	switch (p[0] >> 4) {
	case 4:
		return parse4(p, n, gso, out);
	case 6:
		return parse6(p, n, gso, out);
	default:
		return false;
	}
}

ip_addr ip_src(const uint8_t *p, const ip_view *v)
{
	return v->version == 4 ? ip_from_bytes(p + 12, 4) : ip_from_bytes(p + 8, 16);
}

ip_addr ip_dst(const uint8_t *p, const ip_view *v)
{
	return v->version == 4 ? ip_from_bytes(p + 16, 4) : ip_from_bytes(p + 24, 16);
}

void ip_set_len(uint8_t *p, const ip_view *v, uint32_t len)
{
	if (v->version == 6) {
		store_be16(p + 4, (uint16_t)(len - IP6_HDR_LEN));
		return;
	}
	store_be16(p + 2, (uint16_t)len);
	store_be16(p + 10, 0);
	uint16_t sum = csum_fold(csum_partial(p, v->hdr_len, 0));
	memcpy(p + 10, &sum, 2);
}

static uint32_t mix(uint32_t h, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619u; /* FNV-1a */
	return h;
}

uint32_t ip_flow(const uint8_t *p, const ip_view *v)
{
	enum { FNV_BASIS = 2166136261u, PORTS_LEN = 4 };
	bool ports = !v->fragment && v->len >= (uint32_t)v->hdr_len + PORTS_LEN &&
		     (v->proto == IPPROTO_NUM_TCP || v->proto == IPPROTO_NUM_UDP);
	uint32_t h = mix(FNV_BASIS, &v->proto, 1);

	h = v->version == 4 ? mix(h, p + 12, 8) : mix(h, p + 8, 32);
	return ports ? mix(h, p + v->hdr_len, PORTS_LEN) : h;
}
