/* SPDX-License-Identifier: MIT */
/* ipip.c - IPv4 in IPv4 with UDP inside: all headers of a packet between relay and home at once. */
#include "proto/ipip.h"
#include "proto/checksum.h"

enum {
	IP_HDR = 20,
	UDP_HDR = 8,
	VERSION_4_NO_OPTIONS = 0x45,
	DF = 0x4000,
	MF_OR_OFFSET = 0x3fff,
	TTL = 64,
	AT_LEN = 2,
	AT_FRAGMENT = 6,
	AT_TTL = 8,
	AT_PROTO = 9,
	AT_SUM = 10,
	AT_SRC = 12,
	AT_DST = 16,
};

static void put_ip(uint8_t *p, size_t len, uint8_t proto, const endpoint *from, const endpoint *to)
{
	memset(p, 0, IP_HDR);
	p[0] = VERSION_4_NO_OPTIONS;
	store_be16(p + AT_LEN, (uint16_t)len);
	store_be16(p + AT_FRAGMENT, DF);
	p[AT_TTL] = TTL;
	p[AT_PROTO] = proto;
	memcpy(p + AT_SRC, from->addr.b, 4);
	memcpy(p + AT_DST, to->addr.b, 4);
}

void ipip_put(uint8_t out[IPIP_HDRS], const endpoint *from, const endpoint *to, size_t n)
{
	uint8_t *inner = out + IP_HDR, *udp = inner + IP_HDR;

	put_ip(out, IPIP_HDRS + n, IPPROTO_NUM_IPIP, from, to);
	put_ip(inner, IP_HDR + UDP_HDR + n, IPPROTO_NUM_UDP, from, to);
	uint16_t sum = csum_fold(csum_partial(inner, IP_HDR, 0));
	memcpy(inner + AT_SUM, &sum, sizeof sum);
	store_be16(udp, from->port);
	store_be16(udp + 2, to->port);
	store_be16(udp + 4, (uint16_t)(UDP_HDR + n));
	store_be16(udp + 6, 0);
}

/* Length of the header at p; 0: no IPv4 header, or it and its packet do not fit into n octets. */
static size_t hdr_len(const uint8_t *p, size_t n)
{
	size_t hdr = n >= IP_HDR ? (size_t)(p[0] & 0x0f) * 4 : 0;
	size_t len = n >= IP_HDR ? load_be16(p + AT_LEN) : 0;

	return hdr >= IP_HDR && hdr <= len && len <= n ? hdr : 0;
}

/* Zero: the sender made no checksum (RFC 768). */
static bool is_udp_sum_right(const uint8_t *ip, size_t hdr, const uint8_t *udp, size_t len)
{
	ip_view v = { .version = 4, .proto = IPPROTO_NUM_UDP };

	if (load_be16(udp + 6) == 0)
		return true;
	v.hdr_len = (uint16_t)hdr;
	v.len = (uint32_t)(hdr + len);
	return csum_transport(ip, &v, IPPROTO_NUM_UDP) == 0;
}

static ipip_verdict get_inner(const uint8_t *outer, const uint8_t *p, size_t n, ipip_view *out)
{
	size_t hdr = hdr_len(p, n), len = hdr ? load_be16(p + AT_LEN) : 0;

	if (hdr == 0)
		return IPIP_SHORT;
	if (p[0] >> 4 != 4)
		return IPIP_NOT_UDP;
	if (csum_fold(csum_partial(p, hdr, 0)) != 0)
		return IPIP_BAD_SUM;
	if (memcmp(p + AT_SRC, outer + AT_SRC, 8) != 0)
		return IPIP_OTHER_HOSTS;
	if (load_be16(p + AT_FRAGMENT) & MF_OR_OFFSET)
		return IPIP_FRAGMENT;
	if (p[AT_TTL] == 0)
		return IPIP_DEAD;
	if (p[AT_PROTO] != IPPROTO_NUM_UDP)
		return IPIP_NOT_UDP;
	const uint8_t *udp = p + hdr;
	if (len < hdr + UDP_HDR || load_be16(udp + 4) != len - hdr)
		return IPIP_SHORT;
	if (!is_udp_sum_right(p, hdr, udp, len - hdr))
		return IPIP_BAD_SUM;
	out->from = (endpoint){ .addr = ip_from_bytes(p + AT_SRC, 4), .port = load_be16(udp) };
	out->to = (endpoint){ .addr = ip_from_bytes(p + AT_DST, 4), .port = load_be16(udp + 2) };
	out->payload = (wire_bytes){ udp + UDP_HDR, len - hdr - UDP_HDR };
	return IPIP_OK;
}

ipip_verdict ipip_get(const uint8_t *p, size_t n, ipip_view *out)
{
	size_t hdr = hdr_len(p, n);

	if (hdr == 0)
		return IPIP_SHORT;
	if (p[0] >> 4 != 4 || p[AT_PROTO] != IPPROTO_NUM_IPIP)
		return IPIP_NOT_UDP;
	return get_inner(p, p + hdr, load_be16(p + AT_LEN) - hdr, out);
}
