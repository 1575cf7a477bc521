/* SPDX-License-Identifier: MIT */
/* fairq.h - datagrams that wait for a slow carrier. Fair between flows: deficit round robin with a turn ahead
 * for a flow that was idle (RFC 8290), so that a ping or a keystroke does not wait behind a bulk transfer.
 * Short by time: a flow whose packets have waited too long for a while loses one from its front, then more
 * and more often (the control law of RFC 8289); what has waited for FAIRQ_AGE_MS goes at once, and so does
 * all that is late when nothing was taken for so long. Fixed memory, taken at once and freed with it; no
 * allocation for each packet. Time is an argument. */
#ifndef HW_CORE_HTTP_FAIRQ_H
#define HW_CORE_HTTP_FAIRQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FAIRQ_PACKET_MAX = 2000,
	FAIRQ_TARGET_MS = 100,   /* a packet may wait so long */
	FAIRQ_INTERVAL_MS = 200, /* a flow may be late so long */
	FAIRQ_AGE_MS = 500,
	FAIRQ_FLOWS = 64, /* buckets that flow hashes fall into */
};

typedef struct fairq fairq;
/* Room for so many, at least one; memory that never held a packet stays untouched. NULL: no memory. */
fairq *fairq_new(unsigned packets);
void fairq_free(fairq *q); /* NULL is fine */

/* Copies it in. When full, the oldest packet of the flow that has most packets makes room. False: empty,
 * or longer than FAIRQ_PACKET_MAX (counted as dropped). flow: any hash; equal for packets that must stay
 * in order. */
bool fairq_put(fairq *q, uint64_t now_ms, uint32_t flow, const void *p, size_t n);
/* The next to send, removed; valid until the next call. Drops what is too old on the way. NULL: none. */
const uint8_t *fairq_get(fairq *q, uint64_t now_ms, size_t *n);
unsigned fairq_len(const fairq *q); /* packets */
uint64_t fairq_dropped(const fairq *q);
/* How long the oldest packet has waited when the queue was last used; 0: none waits. */
uint64_t fairq_wait_ms(const fairq *q);

#endif
