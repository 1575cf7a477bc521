/* SPDX-License-Identifier: MIT */
/* candidate.h - the associations that a relay's hellos make at home (docs/protocol.md, section 18).
 *
 * A hello makes a larval pair; it becomes the live one when the relay has shown that it holds it, so that a replayed
 * hello disturbs nothing. Nor does one take the place of a true one that has not come so far: the latest by its own
 * time has a place for itself. A relay whose clock was set back gets the other. */
#ifndef HW_CORE_HOME_CANDIDATE_H
#define HW_CORE_HOME_CANDIDATE_H

#include "core/reg/link.h"
#include "core/sa/set.h"

enum { HOME_CANDIDATES = 2 }; /* of the latest hello by its time; of the last one of the others */

typedef struct home_candidates { /* of one relay; begin zeroed */
	struct home_candidate {  /* what a hello made */
		uint32_t spi_in; /* of its pair; 0: none */
		uint64_t time;   /* the hello's; stays */
		uint8_t nonce[LINK_NONCE_LEN];
		uint8_t welcome[LINK_HELLO_LEN];
	} all[HOME_CANDIDATES];
} home_candidates;

/* The answer to an authentic hello: LINK_HELLO_LEN octets, until the next call. What it makes is in the set, larval.
 * NULL: no memory, or cryptography failed. */
const uint8_t *home_candidates_welcome(home_candidates *all, const key2_set *k, sa_set *sas,
				       core_time now, const link_hello *m);

#endif
