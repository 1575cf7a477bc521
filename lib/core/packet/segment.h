/* SPDX-License-Identifier: MIT */
/* segment.h - cuts what is read from the TUN into packets that fit the path. A TCP super-segment (or a plain
 * TCP packet too long for the path) is cut at the smaller of its own segment size and the path's; a UDP
 * super-segment at its own; other long IPv4 packets without DF are fragmented (RFC 791); the rest is
 * "too big". Checksums that the kernel left incomplete are completed. Reads the virtio header that TUN
 * puts before a packet (IFF_VNET_HDR, 10 octets, native byte order). Pure: octets in, octets out. */
#ifndef HW_CORE_PACKET_SEGMENT_H
#define HW_CORE_PACKET_SEGMENT_H

#include "core/packet/fragment.h"
#include "proto/tcp.h"

enum { VNET_HDR_LEN = 10 };

typedef enum segment_verdict {
	SEGMENT_OK,
	SEGMENT_BAD,     /* not an IP packet, or lengths that contradict: drop */
	SEGMENT_TOO_BIG, /* answer icmp_too_big() with the inner MTU */
} segment_verdict;

typedef struct segmenter {
	const uint8_t *pkt; /* borrowed until the last segment is out */
	ip_view ip;
	uint32_t n;       /* octets of the packet */
	uint32_t hdr_len; /* copied to the front of every segment */
	uint32_t seg_len; /* payload octets of each */
	uint32_t done;    /* payload octets already out */
	uint16_t ip_id;
	uint8_t how; /* private: one, TCP, UDP, fragment */
	/* private, too: what is the same for all segments */
	uint8_t flags;                /* TCP's, of the whole super-segment */
	uint16_t csum_start, csum_at; /* a checksum to complete; csum_at 0: none */
	uint32_t seq, mtu;
	uint64_t ip_sum, transport_sum;
	uint8_t ports[4];
	uint8_t *buf; /* pkt again, writable */
	fragmenter frag;
} segmenter;

/* `in` starts with the virtio header. inner_mtu: longest inner packet for the path. */
segment_verdict segment_begin(segmenter *s, uint8_t *in, size_t n, size_t inner_mtu);
/* Writes the next packet to out (room for inner_mtu octets); 0: no more. */
size_t segment_next(segmenter *s, uint8_t *out);

#endif
