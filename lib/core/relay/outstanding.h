/* SPDX-License-Identifier: MIT */
/* outstanding.h - the requests of one entry that went home and have no answer yet: the latest few. Lies in
 * its entry; holds keys, which are wiped with the entry. */
#ifndef HW_CORE_RELAY_OUTSTANDING_H
#define HW_CORE_RELAY_OUTSTANDING_H

#include "core/reg/message.h"

enum { RELAY_OUTSTANDING = 8 }; /* what a client asks while home may still answer the first */

typedef struct relay_request {
	uint64_t id;  /* its identification; 0: an empty place */
	uint32_t spi; /* of its mobile-home authentication */
	uint8_t home_agent[4];
	uint16_t len;
	reg_key3 key3;     /* that it came under */
	uint64_t until_ms; /* home's time to answer it; UINT64_MAX: it is not waited for */
} relay_request;

typedef struct relay_outstanding {
	relay_request list[RELAY_OUTSTANDING];
} relay_outstanding;

void relay_outstanding_init(relay_outstanding *o);
/* Takes the place of the oldest one where all are in use. */
void relay_outstanding_add(relay_outstanding *o, uint64_t now_ms, const relay_request *q);
/* The one that a reply with this identification answers; NULL: none. */
const relay_request *relay_outstanding_find(const relay_outstanding *o, uint64_t reply_id);
/* The one whose time is over first; NULL: none is waited for. */
const relay_request *relay_outstanding_oldest(const relay_outstanding *o);
void relay_outstanding_remove(relay_outstanding *o, const relay_request *q);
void relay_outstanding_stop(relay_outstanding *o); /* what is left is not waited for */
/* When the oldest one's time is over; UINT64_MAX: none is waited for. */
uint64_t relay_outstanding_timer_ms(const relay_outstanding *o);

#endif
