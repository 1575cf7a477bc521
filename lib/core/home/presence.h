/* SPDX-License-Identifier: MIT */
/* presence.h - a client is away (it has a binding), at home, or gone; and what follows from that: whether packets for
 * its addresses are attracted, that its associations end with its last binding, when its timer runs out, whether it has
 * to hear of a restart, that its moves are written. */
#ifndef HW_CORE_HOME_PRESENCE_H
#define HW_CORE_HOME_PRESENCE_H

#include "core/home/notices.h"
#include "core/home/places.h"

typedef struct home_presence {
	const home_env *env;
	const logger *log;
	sa_store *sas; /* of peers, and others */
	home_notices *notices;
	home_places *places;
	timerq timers; /* of peers */
	uint32_t n_registered;
} home_presence;
void home_presence_close(home_presence *all);

bool home_presence_add(home_presence *all, home_peer *p); /* false: no memory */
void home_presence_remove(home_presence *all, home_peer *p);

/* A registration took effect; what it brought is installed by then. */
void home_presence_bind(home_presence *all, home_peer *p, const home_binding *b, bool keep_others);
void home_presence_unbind(home_presence *all, home_peer *p, const ip_addr *care_of); /* NULL: all */
void home_presence_come_home(home_presence *all, home_peer *p);

/* An authentic packet came on one of its associations; moves: it is the newest, and none that only probes a
 * path. */
void home_presence_hear(home_presence *all, home_peer *p, sa_pair *pair, core_time now,
			const dgram_route *from, bool moves);

void home_presence_tick(home_presence *all, uint64_t now_ms);
uint64_t home_presence_next_timer_ms(const home_presence *all);

#endif
