/* SPDX-License-Identifier: MIT */
/* advert.h - when a relay advertises itself, and what it says (RFC 5944 2.1, 2.3). Pure. */
#ifndef HW_CORE_RELAY_ADVERT_H
#define HW_CORE_RELAY_ADVERT_H

#include "base/log.h"
#include "core/packet/dgram.h"
#include "proto/agent_adv.h"

enum { ADVERT_MAX = 256 };
typedef struct relay_advert {
	agent_adv what; /* sequence: of the last one sent */
	uint32_t interval_s, lifetime_s;
	bool said; /* at least once */
	uint64_t due_ms;
	rate_limit answers;
} relay_advert;

void relay_advert_start(relay_advert *m, const char *name, uint16_t port, uint32_t interval_s,
			uint32_t lifetime_s);
/* The next one, from that address (its care-of address); 0: it can't be made. */
size_t relay_advert_next(relay_advert *m, const ip_addr *from, uint8_t out[ADVERT_MAX]);
/* The last one: its lifetime is 0. */
size_t relay_advert_goodbye(relay_advert *m, const ip_addr *from, uint8_t out[ADVERT_MAX]);
/* Sent to all links: when the next are due, with a jitter (RFC 1256 6.2.3). random: any value. */
void relay_advert_sent(relay_advert *m, core_time now, uint32_t random);
bool relay_advert_solicited(relay_advert *m, core_time now); /* false: answered enough of them */

#endif
