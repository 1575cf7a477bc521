/* SPDX-License-Identifier: MIT */
/* outstanding.h - the requests of one entry that went home and have no answer yet: the latest few. Lies in
 * its entry; holds keys, which are wiped with the entry. */
#ifndef HW_CORE_RELAY_OUTSTANDING_H
#define HW_CORE_RELAY_OUTSTANDING_H

#include "core/reg/message.h"

enum { RELAY_OUTSTANDING = 4 };

typedef struct relay_request {
	uint64_t id;  /* its identification; 0: an empty place */
	uint32_t spi; /* of its mobile-home authentication */
	uint8_t home_agent[4];
	uint16_t len;
	reg_key3 key3; /* that it came under */
} relay_request;

typedef struct relay_outstanding {
	relay_request list[RELAY_OUTSTANDING];
	uint64_t since_ms; /* home's time to answer runs from here; UINT64_MAX: it does not */
} relay_outstanding;

void relay_outstanding_init(relay_outstanding *o);
/* Takes the place of the oldest one where all are in use. */
void relay_outstanding_add(relay_outstanding *o, uint64_t now_ms, const relay_request *q);
/* The one that a reply with this identification answers; NULL: none. */
const relay_request *relay_outstanding_find(const relay_outstanding *o, uint64_t reply_id);
const relay_request *relay_outstanding_newest(const relay_outstanding *o); /* NULL: none */
void relay_outstanding_remove(relay_outstanding *o, const relay_request *q);
void relay_outstanding_clear(relay_outstanding *o);
/* Home has so much time more for what is left. */
void relay_outstanding_restart(relay_outstanding *o, uint64_t now_ms);
void relay_outstanding_stop(relay_outstanding *o); /* what is left is not waited for */
/* When home's time to answer is over; UINT64_MAX: it does not run. */
uint64_t relay_outstanding_timer_ms(const relay_outstanding *o);

#endif
