/* SPDX-License-Identifier: MIT */
/* icmp_error.h - "too big" answers for inner packets: ICMP type 3 code 4 (RFC 792, RFC 1191) and ICMPv6
 * type 2 (RFC 4443). Never about an ICMP error, a fragment other than the first, a packet to a group address or from no single host
 * (RFC 1122 3.2.2, RFC 1812 4.3.2.7, RFC 4443 2.4). `from` is of the packet's family. */
#ifndef HW_PROTO_ICMP_ERROR_H
#define HW_PROTO_ICMP_ERROR_H

#include "proto/ip.h"

enum { ICMP_ERROR_MAX = 1280 };
/* Builds the whole IP packet into out (from `from`, to the offender's source); 0: none may be sent. */
size_t icmp_too_big(const uint8_t *p, const ip_view *v, const ip_addr *from, uint16_t mtu,
		    uint8_t out[ICMP_ERROR_MAX]);

#endif
