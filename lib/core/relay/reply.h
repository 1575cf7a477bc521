/* SPDX-License-Identifier: MIT */
/* reply.h - what home answers to a request, or that it does not answer. Only an authentic consent makes an
 * entry a visitor's. */
#ifndef HW_CORE_RELAY_REPLY_H
#define HW_CORE_RELAY_REPLY_H

#include "core/relay/admitted.h"
#include "core/relay/refusals.h"
#include "core/relay/visitors.h"

typedef struct relay_reply {
	const logger *log;
	const key2_set *key2;
	relay_visitors *visitors;
	relay_refusals *refusals;
	dgramq *to_clients;
	uint64_t accepted, bad, timeouts;
} relay_reply;

/* A reply that came to v's port. */
void relay_reply_handle(relay_reply *r, core_time now, relay_visitor *v, const dgram_in *d);
/* Home's time to answer v's requests is over: the client gets code 78. */
void relay_reply_time_out(relay_reply *r, core_time now, relay_visitor *v);

#endif
