/* SPDX-License-Identifier: MIT */
/* forward.h - packets of visitors, both ways: found by address or port, counted, queued. What is inside is
 * not ours to read. */
#ifndef HW_CORE_RELAY_FORWARD_H
#define HW_CORE_RELAY_FORWARD_H

#include "base/log.h"
#include "core/relay/visitors.h"

typedef struct relay_forward {
	const relay_conf *conf;
	relay_visitors *visitors;
	dgramq *to_clients, *to_home;
	rate_limit hints;
	uint64_t up_packets, up_bytes, down_packets, down_bytes;
	uint64_t strangers; /* packets of nobody registered here */
	uint64_t hints_sent, hints_held_back;
} relay_forward;

void relay_forward_init(relay_forward *f, const relay_conf *c, relay_visitors *visitors,
			dgramq *to_clients, dgramq *to_home);
void relay_forward_up(relay_forward *f, core_time now, const dgram_in *d); /* an ESP packet */
void relay_forward_down(relay_forward *f, relay_visitor *v, const dgram_in *d);

#endif
