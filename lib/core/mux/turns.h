/* SPDX-License-Identifier: MIT */
/* turns.h - connections take turns. In one turn so much is done for a connection, however much it has sent, and
 * however small what it sent is: then the rest of what came waits here, nothing more is read from it, and the others
 * have theirs. It goes on at the core's next tick, at least a millisecond later. Work is counted in units of roughly
 * a tenth of a microsecond. */
#ifndef HW_CORE_MUX_TURNS_H
#define HW_CORE_MUX_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MUX_TURN_WORK = 512,   /* of a turn: 64 KiB of datagrams of 130 octets */
	MUX_WORK_REQUEST = 64, /* of a request, with its answer */
	MUX_TURN_MS = 1,
};

typedef struct mux_turn mux_turn;
struct mux_turn { /* of one connection; begin zeroed but for the owner */
	void *owner;
	mux_turn *next, *prev;
	bool is_due;
	uint8_t *p; /* what came and has not been read: n octets from `at` on */
	size_t at, n;
};

typedef struct mux_turns {      /* of all; begin zeroed but for next_ms, UINT64_MAX */
	mux_turn *first, *last; /* those that are due */
	unsigned due;
	uint64_t next_ms; /* when they go on; UINT64_MAX: nobody is due */
	unsigned left;    /* work, of the turn that goes on */
	size_t octets;    /* kept, of all connections */
} mux_turns;

void mux_turns_begin(mux_turns *all);
void mux_turns_work(mux_turns *all, unsigned units);
bool mux_turns_may_go_on(const mux_turns *all);

/* Octets that have to wait, behind those that do. False: no memory. */
bool mux_turn_keep(mux_turns *all, mux_turn *t, const uint8_t *p, size_t n);
void mux_turn_use(mux_turns *all, mux_turn *t, size_t n); /* the first n were read */
void mux_turn_set_due(mux_turns *all, mux_turn *t, bool due);
void mux_turns_set_time(mux_turns *all,
			uint64_t now_ms); /* at the end of an event: when they go on */
/* How many may go on now; from then on they are due later. */
unsigned mux_turns_start(mux_turns *all, uint64_t now_ms);
mux_turn *mux_turns_pop(mux_turns *all); /* the first that is due, which is so no more; or NULL */
void mux_turn_end(mux_turns *all, mux_turn *t);

#endif
