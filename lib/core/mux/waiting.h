/* SPDX-License-Identifier: MIT */
/* waiting.h - datagrams that wait for a slow reader. Memory is there only while some do. Each tunnel has room
 * for a few; for more than that all tunnels together have a bound, and the nearer it is the less one gets. All of it has a
 * bound, too. */
#ifndef HW_CORE_MUX_WAITING_H
#define HW_CORE_MUX_WAITING_H

#include "core/http/fairq.h"

typedef struct mux_waiting_pool { /* begin zeroed but for `most` */
	unsigned most;            /* packets of room, all together; 0: no limit */
	unsigned reserved;        /* of that */
	unsigned shared;          /* packets of the common room that are in somebody's use */
	uint64_t dropped;         /* datagrams */
} mux_waiting_pool;

typedef struct mux_waiting { /* of one tunnel; begin zeroed */
	fairq *queue;        /* NULL: nothing waits */
	unsigned own, shared;
	uint64_t last_ms;
} mux_waiting;

void mux_waiting_put(mux_waiting *w, mux_waiting_pool *pool, uint64_t now_ms, const uint8_t *p,
		     size_t n);
uint64_t
mux_waiting_expiry_ms(const mux_waiting *w); /* all is too old then; UINT64_MAX: nothing waits */
void mux_waiting_end(mux_waiting *w, mux_waiting_pool *pool); /* drops what waits */

#endif
