/* SPDX-License-Identifier: MIT */
/* registration.h - registration requests of clients: authenticated as home would before one octet goes
 * inwards, then passed on with an authentication of the relay's own. */
#ifndef HW_CORE_RELAY_REGISTRATION_H
#define HW_CORE_RELAY_REGISTRATION_H

#include "core/relay/admission.h"
#include "core/relay/refusals.h"

typedef struct relay_registration {
	const relay_conf *conf;
	const logger *log;
	const key2_set *key2;
	const relay_admission *admission; /* is home's list complete? */
	relay_admitted *clients;
	relay_visitors *visitors;
	relay_refusals *refusals;
	dgramq *to_home;
	rate_limit log_strangers;
	uint64_t denied_auth, denied_replay, denied_malformed, table_full;
} relay_registration;

/* With what it borrows set; the rest is zero. */
void relay_registration_init(relay_registration *r);
void relay_registration_request(relay_registration *r, core_time now, const dgram_in *d);

#endif
