/* SPDX-License-Identifier: MIT */
/* notices.h - after a start of home: clients that were registered before are told, where they were last, that home has
 * none of their associations any more (docs/protocol.md, section 22), so that those who only receive need not find out.
 *
 * Paced, so that they do not all register in one instant; each a few times, until it has registered. One that sends is
 * told at once: a packet under an association that nobody knows, from the very address and port where a client was. The
 * notice goes there, so nobody else hears anything by sending such packets, and only ever so many times. */
#ifndef HW_CORE_HOME_NOTICES_H
#define HW_CORE_HOME_NOTICES_H

#include "core/home/peer.h"

typedef struct home_notice home_notice;

typedef struct home_notices {
	const home_conf *conf; /* these are borrowed */
	const logger *log;
	dgramq *tx;
	map *by_place;        /* home_notice */
	timerq timers;        /* when to send the next, or to give up */
	home_notice *waiting; /* those whose turn is not known yet */
	uint64_t sent;
} home_notices;

bool home_notices_open(home_notices *all);  /* false: no memory or no randomness */
void home_notices_close(home_notices *all); /* peers have been removed by then; also of zeros */

/* A client that comes with what is durable of it. Without memory it is not told. */
void home_notices_add(home_notices *all, home_peer *p);
void home_notices_drop(home_notices *all, home_peer *p); /* it has registered, or is gone */
/* A packet of an association that nobody knows. */
void home_notices_hear(home_notices *all, core_time now, const dgram_route *from);
void home_notices_tick(home_notices *all, core_time now);
uint64_t home_notices_next_timer_ms(const home_notices *all); /* UINT64_MAX: none */

#endif
