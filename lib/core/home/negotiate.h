/* SPDX-License-Identifier: MIT */
/* negotiate.h - the association that a registration asks for: chosen, computed and made, but not installed. */
#ifndef HW_CORE_HOME_NEGOTIATE_H
#define HW_CORE_HOME_NEGOTIATE_H

#include "core/crypto/dh.h"
#include "core/home/credential.h"
#include "core/home/verdict.h"
#include "core/sa/set.h"

/* After its lifetime an association is received on for this long: packets under way, a client that counts later. */
enum { HOME_SA_GRACE_MS = 10000 };

typedef struct home_negotiation { /* zeros: none */
	sa_choice choice;
	dh *dh;
	uint8_t nonce[NONCE_LEN]; /* home's */
	sa_pair *pair;            /* NULL: none, or installed by now */
} home_negotiation;

/* The request has an offer. */
home_verdict home_negotiate(home_negotiation *out, const sa_policy *policy, const sa_store *store,
			    const home_credential *c, const reg_scan *request, uint64_t now_ms);
/* The answer to the client's offer; borrows from *n. */
void home_negotiation_answer(const home_negotiation *n, uint32_t spi_in, reg_sa *out);
sa_pair *home_negotiation_take_pair(home_negotiation *n); /* the caller's from now on */
void home_negotiation_close(home_negotiation *n);

#endif
