/* SPDX-License-Identifier: MIT */
/* places.h - where clients are, durably. A registration's place is written with the rest of its state. A client that moves
 * without one (a NAT gives it another port) is written some seconds later, together with all others that have moved: a
 * network with a busy NAT costs the disk no more than a quiet one, and a crash loses the moves of those seconds. */
#ifndef HW_CORE_HOME_PLACES_H
#define HW_CORE_HOME_PLACES_H

#include "core/home/peer.h"

typedef struct home_places {
	const home_env *env; /* borrowed */
	home_peer *first;    /* of those whose move is to be written */
	uint64_t write_ms;
} home_places;

home_place home_place_of(const dgram_route *r, uint64_t left_ms, core_time now);
/* Of the binding registered last; nowhere without one. */
home_place home_place_of_bindings(const home_bindings *b, core_time now);
/* False: nowhere, or by a relay that is not configured any more. */
bool home_place_route(const home_place *p, const home_conf *c, dgram_route *out);

void home_places_note_move(home_places *all, home_peer *p, uint64_t now_ms);
void home_places_forget(home_places *all, home_peer *p);
void home_places_tick(home_places *all, core_time now);
uint64_t home_places_next_timer_ms(const home_places *all); /* UINT64_MAX: none */

#endif
