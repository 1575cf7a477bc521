/* SPDX-License-Identifier: MIT */
/* refusals.h - bare refusals, to those under whose key home can't answer: limited in rate all together, and never
 * longer than the request. */
#ifndef HW_CORE_HOME_REFUSALS_H
#define HW_CORE_HOME_REFUSALS_H

#include "base/log.h"
#include "core/packet/dgramq.h"
#include "proto/mip.h"

typedef struct home_refusals {
	dgramq *tx; /* borrowed */
	rate_limit limit;
} home_refusals;
void home_refusals_open(home_refusals *r, dgramq *tx);
void home_refusals_send(home_refusals *r, uint64_t now_ms, const dgram_in *d, const mip_request *q,
			uint8_t code);

#endif
