/* SPDX-License-Identifier: MIT */
/* binding.h - where a client's packets go, and until when. A binding is made by a registration and follows the newest
 * packet of the association in use (docs/protocol.md, "Moving"). No effects: the caller logs, attracts packets, sets timers. */
#ifndef HW_CORE_HOME_BINDING_H
#define HW_CORE_HOME_BINDING_H

#include "core/home/conf.h"
#include "core/packet/dgramq.h"

typedef struct home_binding {
	ip_addr care_of;   /* as registered */
	dgram_route route; /* where its packets come from and go to */
	bool nat;
	bool carrier;      /* by a multiplexer, says the client */
	uint16_t path_mtu; /* UDP payload octets, from the client; 0: not yet */
	uint64_t expires_ms, heard_ms;
} home_binding;

typedef struct home_bindings { /* of one client; stays where it is */
	home_binding *all; /* the latest registered first: the one, or room for HOME_MAX_BINDINGS */
	home_binding one;
	uint8_t n, room;
	bool at_home;
	uint32_t handovers;
} home_bindings;

void home_bindings_open(home_bindings *b);
void home_bindings_close(home_bindings *b); /* also of zeros */

const home_binding *home_bindings_find(const home_bindings *b, const ip_addr *care_of);
const home_binding *home_bindings_find_route(const home_bindings *b, const dgram_route *r);

/* The new one takes the place of all others, or with keep_others of its own former self; the oldest makes room, also
 * where there is no memory for several. True: the client has moved. */
bool home_bindings_put(home_bindings *b, const home_binding *made, bool keep_others);
/* Drops the binding of that care-of address; all where there is none, or care_of is NULL. */
void home_bindings_drop(home_bindings *b, const ip_addr *care_of);
void home_bindings_come_home(home_bindings *b);
void home_bindings_leave_home(home_bindings *b);
void home_bindings_expire(home_bindings *b, uint64_t now_ms);
uint64_t home_bindings_next_timer_ms(const home_bindings *b); /* UINT64_MAX: none */
uint64_t home_bindings_end_ms(const home_bindings *b);        /* of the last one; 0: none */

/* An authentic packet came by this route. may_move: it is the newest, so a route that is not known is where the
 * client is now. True: it has moved. */
bool home_bindings_hear(home_bindings *b, uint64_t now_ms, const dgram_route *r, bool may_move);
void home_bindings_set_path_mtu(home_bindings *b, const dgram_route *r, uint16_t mtu);

/* The longest inner packet that goes by every path now. A path whose MTU the client has not reported is trusted with
 * little. 0: no binding. */
uint16_t home_bindings_inner_mtu(const home_bindings *b, uint16_t link_mtu);
/* What connections should count on: longer segments than the path takes are cut, so that there is no need to hold a
 * connection down for its life because the path was not known at its start. */
uint16_t home_bindings_clamp_mtu(const home_bindings *b, uint16_t link_mtu);

#endif
