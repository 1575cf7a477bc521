/* SPDX-License-Identifier: MIT */
/* tcp.h - what a tunnel needs of TCP (RFC 9293): its header's fields and the MSS option. */
#ifndef HW_PROTO_TCP_H
#define HW_PROTO_TCP_H

#include "proto/ip.h"

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80
};

typedef struct tcp_view {
	uint16_t hdr_len; /* 20-60 */
	uint8_t flags;
	uint32_t seq, ack;
	uint32_t payload_len;
} tcp_view;
/* False: truncated, a fragment or no TCP. */
bool tcp_parse(const uint8_t *ip, const ip_view *v, tcp_view *out);

/* Lowers the MSS option of a SYN to what fits inner_mtu and updates the checksum incrementally
 * (RFC 1624); anything else is left alone. True: changed. The checksum must be complete, not the pseudo-header's
 * sum of a packet whose checksum an offload completes. */
bool tcp_clamp_mss(uint8_t *ip, const ip_view *v, size_t inner_mtu);

#endif
