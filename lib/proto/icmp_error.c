/* SPDX-License-Identifier: MIT */
/* icmp_error.c - "too big", built for IPv4 and IPv6. */
#include "proto/icmp_error.h"
#include "proto/checksum.h"

enum {
	IP4_HDR = 20,
	IP6_HDR = 40,
	ICMP_HDR = 8,
	IP4_ERROR_MAX = 576, /* RFC 1812 4.3.2.3 */
	TTL = 64,
	TOS_INTERNETWORK_CONTROL = 0xc0, /* RFC 1812 4.3.2.5 */
	ICMP4_UNREACHABLE = 3,
	ICMP4_FRAG_NEEDED = 4,
	ICMP6_TOO_BIG = 2,
	ICMP6_FIRST_INFORMATIONAL = 128, /* RFC 4443 2.1 */
	FRAG_HDR = 8,
	NEXT_FRAGMENT = 44,
};

/* RFC 1122 3.2.2; an unknown type may be an error too. */
static bool is_icmp4_error(uint8_t type)
{
	switch (type) {
	case 0:  /* echo reply */
	case 8:  /* echo */
	case 9:  /* router advertisement */
	case 10: /* router solicitation */
	case 13: /* timestamp */
	case 14:
	case 15: /* information */
	case 16:
	case 17: /* address mask */
	case 18:
		return false;
	default:
		return true;
	}
}

static bool can_answer4(const uint8_t *p, const ip_view *v) /* RFC 1812 4.3.2.7 */
{
	bool later_fragment = load_be16(p + 6) & 0x1fff;
	bool to_group = p[16] >= 224; /* multicast, reserved, broadcast */
	bool from_no_host = p[12] == 0 || p[12] == 127 || p[12] >= 224;

	if (later_fragment || to_group || from_no_host)
		return false;
	return v->proto != IPPROTO_NUM_ICMP ||
	       (v->len > v->hdr_len && !is_icmp4_error(p[v->hdr_len]));
}

static bool can_answer6(const uint8_t *p, const ip_view *v) /* RFC 4443 2.4 (e) */
{
	ip_addr src = ip_src(p, v);
	size_t at = v->hdr_len;
	uint8_t proto = v->proto;

	if (ip_is_any(&src) || src.b[0] == 0xff || p[24] == 0xff)
		return false;
	if (proto == NEXT_FRAGMENT) {
		if (v->len < at + FRAG_HDR || load_be16(p + at + 2) >> 3 != 0)
			return false;
		proto = p[at];
		at += FRAG_HDR;
	}
	if (proto != IPPROTO_NUM_ICMP6)
		return true;
	return v->len > at && p[at] >= ICMP6_FIRST_INFORMATIONAL;
}

static size_t quoted_len(const ip_view *v, size_t max, size_t hdrs)
{
	return v->len < max - hdrs ? v->len : max - hdrs;
}

static void store_sum(uint8_t *at, uint64_t sum)
{
	uint16_t folded = csum_fold(sum);

	memcpy(at, &folded, sizeof folded);
}

static size_t too_big4(const uint8_t *p, const ip_view *v, const ip_addr *from, uint16_t mtu,
		       uint8_t *out)
{
	size_t n = quoted_len(v, IP4_ERROR_MAX, IP4_HDR + ICMP_HDR);
	size_t total = IP4_HDR + ICMP_HDR + n;
	uint8_t *icmp = out + IP4_HDR;

	memset(out, 0, IP4_HDR + ICMP_HDR);
	out[0] = 0x45;
	out[1] = TOS_INTERNETWORK_CONTROL;
	store_be16(out + 2, (uint16_t)total);
	out[8] = TTL;
	out[9] = IPPROTO_NUM_ICMP;
	memcpy(out + 12, from->b, 4);
	memcpy(out + 16, p + 12, 4);
	store_sum(out + 10, csum_partial(out, IP4_HDR, 0));
	icmp[0] = ICMP4_UNREACHABLE;
	icmp[1] = ICMP4_FRAG_NEEDED;
	store_be16(icmp + 6, mtu); /* RFC 1191 4 */
	memcpy(icmp + ICMP_HDR, p, n);
	store_sum(icmp + 2, csum_partial(icmp, ICMP_HDR + n, 0));
	return total;
}

static size_t too_big6(const uint8_t *p, const ip_view *v, const ip_addr *from, uint16_t mtu,
		       uint8_t *out)
{
	size_t n = quoted_len(v, ICMP_ERROR_MAX, IP6_HDR + ICMP_HDR);
	uint32_t len = (uint32_t)(ICMP_HDR + n);
	uint8_t *icmp = out + IP6_HDR;

	memset(out, 0, IP6_HDR + ICMP_HDR);
	out[0] = 0x60;
	store_be16(out + 4, (uint16_t)len);
	out[6] = IPPROTO_NUM_ICMP6;
	out[7] = TTL;
	memcpy(out + 8, from->b, 16);
	memcpy(out + 24, p + 8, 16);
	icmp[0] = ICMP6_TOO_BIG;
	store_be32(icmp + 4, mtu); /* RFC 4443 3.2 */
	memcpy(icmp + ICMP_HDR, p, n);
	ip_view me = {
		.version = 6, .proto = IPPROTO_NUM_ICMP6, .hdr_len = IP6_HDR, .len = IP6_HDR + len
	};
	store_sum(icmp + 2, csum_partial(icmp, len, csum_pseudo(out, &me, IPPROTO_NUM_ICMP6, len)));
	return IP6_HDR + len;
}

size_t icmp_too_big(const uint8_t *p, const ip_view *v, const ip_addr *from, uint16_t mtu,
		    uint8_t out[ICMP_ERROR_MAX])
{
	if (v->version == 4)
		return from->len == 4 && can_answer4(p, v) ? too_big4(p, v, from, mtu, out) : 0;
	return from->len == 16 && can_answer6(p, v) ? too_big6(p, v, from, mtu, out) : 0;
}
