/* SPDX-License-Identifier: MIT */
/* dgramq.h - datagrams on their way out, packed for one sendmmsg with UDP segmentation offload: equal
 * sized consecutive datagrams to one destination form a run that leaves as one message. Written in place: reserve,
 * fill, commit. A core fills it, lib/io sends it; a test reads it. Fixed memory. */
#ifndef HW_CORE_PACKET_DGRAMQ_H
#define HW_CORE_PACKET_DGRAMQ_H

#include "core/packet/dgram.h"

enum {
	DGRAMQ_BYTES = 512 * 1024,
	DGRAMQ_RUNS = 256,
	DGRAMQ_RUN_MAX_BYTES = 65000, /* a message of segments stays below 65,507 */
	DGRAMQ_RUN_MAX_SEGS = 64,     /* UDP_MAX_SEGMENTS of older kernels */
};

/* Which socket, from which of our addresses (len 0: the socket's choice), to whom. */
typedef struct dgram_route {
	uint32_t sock; /* the shell's number of a socket */
	endpoint to;
	ip_addr from;
	uint16_t
		from_port; /* for IP-in-IP, where it stands for a client; else 0: the socket's own */
	uint32_t flow;     /* by a carrier: a hash of the connection inside; else 0 */
} dgram_route;
/* To where a datagram came from. */
dgram_route dgram_route_back(const dgram_in *d);
bool dgram_route_equal(const dgram_route *a, const dgram_route *b);

typedef struct dgram_run {
	dgram_route route;
	uint32_t at, len; /* in dgramq.bytes */
	uint16_t seg;     /* length of every segment but perhaps the last */
	uint16_t n_segs;
} dgram_run;

typedef struct dgramq {
	uint8_t *bytes; /* DGRAMQ_BYTES */
	uint32_t used;
	uint32_t n_runs;
	dgram_run runs[DGRAMQ_RUNS];
} dgramq;

bool dgramq_init(dgramq *q); /* false: no memory */
void dgramq_free(dgramq *q);
uint8_t *dgramq_reserve(dgramq *q, size_t max); /* NULL: flush first; valid until the next call */
void dgramq_commit(dgramq *q, const dgram_route *r,
		   size_t len); /* what was written at the reserved place */
bool dgramq_put(dgramq *q, const dgram_route *r, const void *p, size_t n); /* copy; false: full */
bool dgramq_has_room(const dgramq *q); /* for a whole 64 KiB super-segment, sealed */
void dgramq_clear(dgramq *q);          /* after sending */

#endif
