/* SPDX-License-Identifier: MIT */
/* advert.h - when a relay advertises itself, and what the advertisement says (RFC 5944 2.1, 2.3). Pure. */
#ifndef HW_CORE_RELAY_ADVERT_H
#define HW_CORE_RELAY_ADVERT_H

#include "base/log.h"
#include "core/packet/dgram.h"
#include "proto/agent_adv.h"

enum { RELAY_ADVERT_MAX = 256 };
typedef struct relay_advert {
	agent_adv what; /* sequence: of the last one built */
	uint32_t interval_s, lifetime_s;
	bool begun; /* one was built */
	uint64_t next_ms;
	rate_limit answers;
} relay_advert;

/* lifetime_s 0: three intervals. */
void relay_advert_init(relay_advert *a, const char *name, uint16_t port, uint32_t interval_s,
		       uint32_t lifetime_s);
/* The next one, from that address (its care-of address). Its length; 0: it can't be built. */
size_t relay_advert_build(relay_advert *a, const ip_addr *from, uint8_t out[RELAY_ADVERT_MAX]);
/* The last one: its lifetime is 0. */
size_t relay_advert_build_last(relay_advert *a, const ip_addr *from, uint8_t out[RELAY_ADVERT_MAX]);
/* One was sent to all links: sets next_ms, with a jitter (RFC 1256 6.2.3). random: any value. */
void relay_advert_schedule(relay_advert *a, core_time now, uint32_t random);
/* A solicitation came. False: enough of them were answered. */
bool relay_advert_take_answer(relay_advert *a, core_time now);

#endif
