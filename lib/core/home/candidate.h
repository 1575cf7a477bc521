/* SPDX-License-Identifier: MIT */
/* candidate.h - the associations that a relay's hellos make at home (docs/protocol.md, section 18).
 *
 * A hello makes a larval pair; it becomes the live one when the relay has shown that it holds it, so that a replayed
 * hello disturbs nothing. Nor does one take the place of a true one that has not come so far: the latest by its own
 * time has a place for itself. A relay whose clock was set back gets the other, which takes one hello a second: each that
 * is answered costs an exchange of keys, and who has recorded hellos can send them at any rate. */
#ifndef HW_CORE_HOME_CANDIDATE_H
#define HW_CORE_HOME_CANDIDATE_H

#include "base/log.h"
#include "core/reg/link.h"
#include "core/sa/set.h"

enum { HOME_CANDIDATES = 2 }; /* of the latest hello by its time; of the last one of the others */

typedef struct home_candidates {             /* of one relay */
	struct home_candidate {              /* what a hello made */
		uint32_t spi_in;             /* of its pair; 0: none */
		uint64_t time;               /* the hello's; stays */
		bool continues;              /* the list goes on */
		uint8_t auth[LINK_AUTH_LEN]; /* the hello's */
		uint8_t welcome[LINK_HELLO_LEN];
	} all[HOME_CANDIDATES];
	rate_limit older; /* hellos that are not the latest by their time */
} home_candidates;

void home_candidates_init(home_candidates *all);
/* The answer to an authentic hello: LINK_HELLO_LEN octets, until the next call. What it makes is in the set, larval.
 * has_link: the relay's list may go on, if its hello says so. NULL: an old one too many, no memory, or cryptography
 * failed. */
const uint8_t *home_candidates_welcome(home_candidates *all, const key2_set *k, sa_set *sas,
				       bool has_link, core_time now, const link_hello *m);
/* Whether the list goes on with the association that is received on by this SPI. */
bool home_candidates_continue(const home_candidates *all, uint32_t spi_in);

#endif
