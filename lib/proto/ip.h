/* SPDX-License-Identifier: MIT */
/* ip.h - the inner packet: a view of an IPv4 (RFC 791) or IPv6 (RFC 8200) header and its transport,
 * checked once, so that what works on it can trust the offsets. */
#ifndef HW_PROTO_IP_H
#define HW_PROTO_IP_H

#include "base/addr.h"
#include "base/wire.h"

enum { IPPROTO_NUM_ICMP = 1, IPPROTO_NUM_TCP = 6, IPPROTO_NUM_UDP = 17, IPPROTO_NUM_ICMP6 = 58 };

typedef struct ip_view {
	uint8_t version;    /* 4 or 6 */
	uint8_t proto;      /* transport; of a fragment: the header's own value */
	bool fragment;      /* not first, or more to come */
	bool dont_fragment; /* IPv6: always */
	uint16_t hdr_len;   /* to the transport header; IPv6 extension headers are not walked: 40 */
	uint32_t len;       /* of the packet by its header; never more than what is there */
} ip_view;

/* False: not IP, truncated, or lengths that contradict each other. `n` may be longer than the packet.
 * gso: the length field is 0 or stale in a super-segment: take n for the packet's length. */
bool ip_parse_packet(const uint8_t *p, size_t n, bool gso, ip_view *out);
ip_addr ip_src(const uint8_t *p, const ip_view *v);
ip_addr ip_dst(const uint8_t *p, const ip_view *v);

/* A hash of addresses, transport and (but for fragments) ports: equal for all packets of a connection.
 * For fairness, not for security: no secret is in it. */
uint32_t ip_flow(const uint8_t *p, const ip_view *v);

/* Length fields and the IPv4 header checksum after the payload changed. */
void ip_set_len(uint8_t *p, const ip_view *v, uint32_t len);

#endif
