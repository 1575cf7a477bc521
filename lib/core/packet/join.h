/* SPDX-License-Identifier: MIT */
/* join.h - inner packets for the TUN: consecutive TCP segments of a flow are checked and
 * joined into one super-segment (as the kernel's GRO does: same headers, next sequence number, equal
 * size, checksum right), UDP of equal size too where the TUN takes it (USO); everything else passes
 * as it is, in order within its flow. Nothing is copied: an item is a list of pieces of the receive
 * buffers, which must stay until the items are written. Fixed memory. */
#ifndef HW_CORE_PACKET_JOIN_H
#define HW_CORE_PACKET_JOIN_H

#include "core/packet/segment.h"
#include <sys/uio.h>

enum { JOIN_ITEMS = 256, JOIN_PIECES = 48, JOIN_SLOTS = 256 };

typedef struct join_item {
	uint8_t vnet[VNET_HDR_LEN];
	struct iovec iov[1 + JOIN_PIECES]; /* iov[0]: vnet; iov[1]: first packet, header included */
	int n_iov;
	/* private to join.c */
	ip_view ip;
	tcp_view tcp;
	uint32_t next_seq, len;
	uint16_t seg;
	uint8_t state;
} join_item;

typedef struct join {
	join_item *items; /* JOIN_ITEMS */
	uint32_t n;
	bool udp; /* the TUN takes UDP super-segments */
	/* private to join.c */
	uint32_t last;             /* item that was touched last */
	uint32_t first_open;       /* items before it are closed */
	uint16_t slot[JOIN_SLOTS]; /* by flow: its newest item + 1 */
} join;

bool join_init(join *j, bool udp); /* false: no memory */
void join_free(join *j);
bool join_has_room(const join *j);
/* Takes an inner packet (borrowed, may be modified); the header was checked by ip_parse_packet(). */
void join_add(join *j, uint8_t *pkt, const ip_view *v);
/* Completes headers and checksums; then items[0..n) are ready to be written, in order. */
void join_finish(join *j);
void join_clear(join *j);

#endif
