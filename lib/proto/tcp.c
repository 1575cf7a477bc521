/* SPDX-License-Identifier: MIT */
/* tcp.c - TCP header fields and MSS clamping. */
#include "proto/tcp.h"

enum {
	TCP_HDR_MIN = 20,
	TCP_FLAGS_AT = 13,
	TCP_CHECKSUM_AT = 16,
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_MSS = 2, /* RFC 9293 3.7.1 */
	OPT_MSS_LEN = 4,
};

bool tcp_parse(const uint8_t *ip, const ip_view *v, tcp_view *out) /* RFC 9293 3.1 */
{
	size_t room = v->len - v->hdr_len;

	if (v->proto != IPPROTO_NUM_TCP || v->fragment || room < TCP_HDR_MIN)
		return false;
	const uint8_t *t = ip + v->hdr_len;
	size_t hdr_len = (size_t)(t[12] >> 4) * 4;
	if (hdr_len < TCP_HDR_MIN || hdr_len > room)
		return false;
	out->hdr_len = (uint16_t)hdr_len;
	out->flags = t[TCP_FLAGS_AT];
	out->seq = load_be32(t + 4);
	out->ack = load_be32(t + 8);
	out->payload_len = (uint32_t)(room - hdr_len);
	return true;
}

/* Offset of the MSS option's value in the TCP header; 0: none, or malformed options. */
static size_t find_mss(const uint8_t *t, size_t hdr_len)
{
	size_t at = TCP_HDR_MIN;

	while (at < hdr_len && t[at] != OPT_END) {
		if (t[at] == OPT_NOP) {
			at++;
			continue;
		}
		if (at + 2 > hdr_len || t[at + 1] < 2 || at + t[at + 1] > hdr_len)
			return 0;
		if (t[at] == OPT_MSS)
			return t[at + 1] == OPT_MSS_LEN ? at + 2 : 0;
		at += t[at + 1];
	}
	return 0;
}

/* HC' = ~(~HC + ~m + m'), RFC 1624 3. */
static uint16_t update_checksum(uint16_t hc, uint16_t from, uint16_t to)
{
	uint32_t sum = (uint16_t)~hc + (uint32_t)(uint16_t)~from + to;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

bool tcp_clamp_mss(uint8_t *ip, const ip_view *v, size_t inner_mtu)
{
	tcp_view tcp;
	size_t hdrs = (v->version == 4 ? 20u : 40u) + TCP_HDR_MIN; /* without options, RFC 6691 2 */

	if (inner_mtu <= hdrs || !tcp_parse(ip, v, &tcp) || !(tcp.flags & TCP_SYN))
		return false;
	uint8_t *t = ip + v->hdr_len;
	size_t at = find_mss(t, tcp.hdr_len);
	size_t fits = inner_mtu - hdrs;
	if (at == 0 || load_be16(t + at) <= fits)
		return false;
	uint16_t from = load_be16(t + at), to = (uint16_t)fits;
	store_be16(t + at, to);
	/* At an odd place the value straddles two words: the same sum with octets exchanged (RFC 1071 2B). */
	if (at & 1) {
		from = __builtin_bswap16(from);
		to = __builtin_bswap16(to);
	}
	store_be16(t + TCP_CHECKSUM_AT, update_checksum(load_be16(t + TCP_CHECKSUM_AT), from, to));
	return true;
}
