/* SPDX-License-Identifier: MIT */
/* fragment.h - fragmentation of one IPv4 packet (RFC 791 3.2), itself perhaps a fragment already.
 * The packet is borrowed until the last fragment is out. Pure: octets in, octets out. */
#ifndef HW_CORE_PACKET_FRAGMENT_H
#define HW_CORE_PACKET_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fragmenter {
	const uint8_t *hdr;  /* with options; only the first fragment has all of them */
	const uint8_t *body; /* what follows the header */
	uint32_t hdr_len, body_len;
	uint32_t done;   /* octets of the body already out */
	uint32_t piece;  /* octets of the body in each fragment, a multiple of 8 */
	uint16_t offset; /* of the packet's own first octet, in units of 8 */
	bool more;       /* the packet's own MF flag */
} fragmenter;

/* False: no 8 octets fit beside the header, or the offsets would pass the end of a packet. */
bool fragment_begin(fragmenter *f, const uint8_t *hdr, uint32_t hdr_len, const uint8_t *body,
		    uint32_t body_len, size_t mtu);
size_t fragment_next(fragmenter *f, uint8_t *out); /* 0: no more */

#endif
