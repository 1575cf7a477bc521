/* SPDX-License-Identifier: MIT */
/* refusals.h - replies of the relay's own, at a limited rate: signed ones to who has proven a KEY3, and bare ones to
 * anybody where the relay is configured to answer strangers; apart, so that those don't use up what clients need. */
#ifndef HW_CORE_RELAY_REFUSALS_H
#define HW_CORE_RELAY_REFUSALS_H

#include "base/log.h"
#include "core/packet/dgramq.h"
#include "core/reg/relay.h"
#include "core/relay/conf.h"

typedef struct relay_refusals {
	const relay_conf *conf; /* both are borrowed */
	dgramq *to_clients;
	rate_limit bare, signed_ones;
} relay_refusals;

void relay_refusals_init(relay_refusals *f, const relay_conf *conf, dgramq *to_clients);
/* what: all but the name. */
void relay_refusals_send(relay_refusals *f, uint64_t now_ms, const dgram_route *to,
			 reg_relay_refusal what);

#endif
