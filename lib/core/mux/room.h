/* SPDX-License-Identifier: MIT */
/* room.h - bounds what all sources together can make a multiplexer hold: there is one room for connections, one for
 * tunnels. A place in it is unproven until it carries an association (budget.h); from then on nobody else's arrival
 * ends it. When the room is full, the newest unproven place of the source that has most of them is given up; who comes
 * counts as the newest of his own source. So a source that fills the room loses its places to the others, and if all
 * have as many, who comes last is turned away. Many sources that do nothing can't keep it full for long: a place that
 * has been unproven for MUX_ROOM_PROBATION_MS is given up before anybody is turned away. Each call takes constant
 * time. */
#ifndef HW_CORE_MUX_ROOM_H
#define HW_CORE_MUX_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MUX_ROOM_PROBATION_MS = 60000,
	MUX_ROOM_COUNTS =
		257, /* sources with more unproven places than can be counted apart are alike */
};

typedef struct mux_place mux_place;
typedef struct mux_share mux_share;

struct mux_share { /* of one source in one room; begin zeroed */
	mux_share *prev, *next;
	unsigned n; /* unproven places */
	mux_place *newest;
};

typedef enum mux_place_state {
	MUX_PLACE_NONE,
	MUX_PLACE_UNPROVEN,
	MUX_PLACE_PROVEN, /* not to be given up; also of who has no share */
} mux_place_state;

struct mux_place { /* begin zeroed */
	mux_place_state state;
	void *owner;
	mux_share *share;
	mux_place *newer, *older;  /* of the share */
	mux_place *after, *before; /* of the room, in the order in which they were taken */
	uint64_t since_ms;
};

typedef struct mux_room { /* begin zeroed but for the limit */
	unsigned limit;   /* places; 0: no limit */
	unsigned taken, unproven;
	uint64_t given_up;                  /* since the start */
	unsigned most;                      /* unproven places that one share has */
	mux_share *shares[MUX_ROOM_COUNTS]; /* by their number of unproven places */
	mux_place *oldest, *newest;         /* unproven */
} mux_room;

bool mux_room_is_full(const mux_room *r);
/* The place that is given up for one more of `share` (NULL: of nobody's), and has left the room already; its owner is
 * to end. NULL: there is none, who comes is turned away. */
mux_place *mux_room_give_up(mux_room *r, const mux_share *share, uint64_t now_ms);

/* owner: whatever the caller finds the place's by. share NULL: of somebody who is trusted, as a web server in front is.
 * It outlives the place. */
void mux_room_take(mux_room *r, mux_place *p, void *owner, mux_share *share, uint64_t now_ms);
void mux_room_prove(mux_room *r, mux_place *p); /* nothing if it is no unproven place */
void mux_room_leave(mux_room *r, mux_place *p); /* nothing if it has none */

#endif
