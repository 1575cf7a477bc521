/* SPDX-License-Identifier: MIT */
/* budget.h - what a tunnel may send to its target. Until it carries an association that is little, in datagrams and in
 * octets, for the tunnel and for all tunnels of its source: a multiplexer is no way to flood a target.
 *
 * A tunnel carries an association when ESP has gone both ways. Home and relays send ESP to nobody but who has
 * authenticated himself there, whereas hints, refusals and other replies can be caused by anybody, and mean nothing.
 * The proof is good for MUX_BUDGET_PROOF_MS after the last ESP from the target. Time is an argument. */
#ifndef HW_CORE_MUX_BUDGET_H
#define HW_CORE_MUX_BUDGET_H

#include "core/mux/entry.h"
#include <stdbool.h>

enum {
	MUX_BUDGET_PROOF_MS = 60000,
	/* The last quarter of what a source may send together is reserved for so many first datagrams of each tunnel:
	 * one client that floods leaves the others behind the same NAT enough to begin with. */
	MUX_BUDGET_FIRST = 4,
};

typedef struct mux_allowance {
	unsigned burst, rate; /* so many together, and so many a second; rate 0: just the burst */
} mux_allowance;

/* Does it have n more at once? turn_us: when all that was taken would have been taken at just the rate; *after: the
 * same with these n. */
bool mux_allowance_has(mux_allowance a, uint64_t turn_us, uint64_t n, uint64_t now_ms,
		       uint64_t *after);

typedef struct mux_budget_limits {
	mux_allowance tunnel, tunnel_octets; /* burst 0: no limit */
	mux_allowance source,
		source_octets; /* of all its tunnels together; either number 0: no limit */
} mux_budget_limits;
mux_budget_limits mux_budget_defaults(void); /* docs/operation.md has them */

typedef struct mux_budget_turns { /* begin zeroed */
	uint64_t datagrams_us, octets_us;
} mux_budget_turns;

typedef struct mux_budget { /* of one tunnel; begin zeroed */
	mux_budget_turns turns;
	unsigned sent; /* up to MUX_BUDGET_FIRST */
	bool has_sent_esp;
	uint64_t proven_until_ms; /* 0: it has never carried an association */
} mux_budget;

void mux_budget_note_esp(mux_budget *b, uint64_t now_ms); /* from the target */
bool mux_budget_is_proven(const mux_budget *b, uint64_t now_ms);
/* Takes what a datagram of n octets needs to go to the target now; source: of all the source's tunnels. False: drop
 * it, it costs nothing. While the tunnel carries an association ESP is not counted, and what is not ESP has the
 * tunnel's own allowance. */
bool mux_budget_take(mux_budget *b, mux_budget_turns *source, const mux_budget_limits *l,
		     uint64_t now_ms, mux_entry kind, size_t n);

#endif
