/* SPDX-License-Identifier: MIT */
/* admission.h - home's list of the clients that may register, as it comes over the link (docs/protocol.md,
 * section 18.4): from its beginning when the link is new, then every change. A client that is removed or gets
 * another key loses its visitors. */
#ifndef HW_CORE_RELAY_ADMISSION_H
#define HW_CORE_RELAY_ADMISSION_H

#include "core/relay/admitted.h"

typedef struct relay_admission {
	relay_admitted *clients;
	relay_visitors *visitors;
	const logger *log;
	uint64_t version; /* applied */
	bool begun;       /* the list of this link has begun */
	bool complete;    /* a whole list has come, since ever */
} relay_admission;

void relay_admission_init(relay_admission *a, relay_admitted *clients, relay_visitors *visitors,
			  const logger *log);
void relay_admission_restart(relay_admission *a); /* the link is new */
/* A LINK_ADMIT, authentic. Returns the version to acknowledge. */
uint64_t relay_admission_apply(relay_admission *a, wire_bytes body);

#endif
