/* SPDX-License-Identifier: MIT */
/* refusals.h - bare refusals, to those under whose key home can't answer, if it is configured to answer them at all:
 * limited in rate all together, and never longer than the request. */
#ifndef HW_CORE_HOME_REFUSALS_H
#define HW_CORE_HOME_REFUSALS_H

#include "base/log.h"
#include "core/home/conf.h"
#include "core/packet/dgramq.h"
#include "proto/mip.h"

typedef struct home_refusals {
	const home_conf *conf; /* both are borrowed */
	dgramq *tx;
	rate_limit limit;
} home_refusals;
void home_refusals_open(home_refusals *r, const home_conf *conf, dgramq *tx);
void home_refusals_send(home_refusals *r, uint64_t now_ms, const dgram_in *d, const mip_request *q,
			uint8_t code);

#endif
