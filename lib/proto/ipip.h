/* SPDX-License-Identifier: MIT */
/* ipip.h - what travels between relay and home: IPv4 in IPv4 (RFC 2003) with UDP inside, whose port on the
 * relay's side stands for a client. Both IP headers name the same two hosts. Pure codec. */
#ifndef HW_PROTO_IPIP_H
#define HW_PROTO_IPIP_H

#include "base/addr.h"
#include "base/wire.h"

enum { IPPROTO_NUM_IPIP = 4, IPIP_HDRS = 20 + 20 + 8, IPIP_MAX_PAYLOAD = 65535 - IPIP_HDRS };

/* Writes the 48 octets before a payload of n octets: outer header (DF set, TTL 64, checksum left to the
 * kernel), inner header with its checksum, UDP header with checksum zero (RFC 3948 2.1: the payload
 * authenticates itself). from and to are IPv4. */
void ipip_put(uint8_t out[IPIP_HDRS], const endpoint *from, const endpoint *to, size_t n);

typedef enum ipip_verdict {
	IPIP_OK,
	IPIP_SHORT,       /* shorter than its headers, or lengths that contradict each other */
	IPIP_NOT_UDP,     /* not version 4 twice, or not UDP inside */
	IPIP_FRAGMENT,    /* a fragment inside */
	IPIP_OTHER_HOSTS, /* inner addresses are not those of the outer header */
	IPIP_DEAD,        /* inner TTL 0 */
	IPIP_BAD_SUM,     /* inner header checksum, or a UDP checksum that is there and wrong */
	IPIP_N_VERDICTS
} ipip_verdict;
typedef struct ipip_view {
	endpoint from, to; /* of the inner packet */
	wire_bytes payload;
} ipip_view;
/* p, n: the outer packet as a raw socket delivers it. Only IPIP_OK fills *out. */
ipip_verdict ipip_get(const uint8_t *p, size_t n, ipip_view *out);

#endif
