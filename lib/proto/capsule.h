/* SPDX-License-Identifier: MIT */
/* capsule.h - the capsule protocol (RFC 9297 3.2), its variable-length integers (RFC 9000 16), and UDP
 * in HTTP datagrams (RFC 9298 5): a DATAGRAM capsule holds a context identifier, 0 for UDP payloads,
 * and then the payload. Pure codec (docs/protocol.md 20.1). */
#ifndef HW_PROTO_CAPSULE_H
#define HW_PROTO_CAPSULE_H

#include "base/wire.h"

enum {
	CAPSULE_DATAGRAM = 0,
	CAPSULE_CONTEXT_UDP = 0,
	VARINT_MAX_LEN = 8,
	CAPSULE_HEAD_MAX = 2 * VARINT_MAX_LEN, /* type and length */
};

/* How long the integer is that begins with this octet: 1, 2, 4 or 8. */
size_t varint_len(uint8_t first);
uint64_t varint_get(wire_rd *r);         /* 0 once bad; a longer form than needed is legal */
void varint_put(wire_wr *w, uint64_t v); /* the shortest form; above 2^62 - 1 the writer goes bad */

typedef struct capsule_head {
	uint64_t type, len; /* len: of the value, which follows */
} capsule_head;
/* 1: read, and r is behind it. 0: more octets are needed, r is where it was. Every head is valid. */
int capsule_head_get(wire_rd *r, capsule_head *out);

/* Before a UDP payload of n octets: type, length, context identifier 0. */
void capsule_datagram_put(wire_wr *w, size_t n);

#endif
