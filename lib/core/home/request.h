/* SPDX-License-Identifier: MIT */
/* request.h - registration requests until they are known to be authentic, or an authority has to be asked. Strangers
 * cost a look into a map and at most a bare refusal; what they allocate is txn.h's few. */
#ifndef HW_CORE_HOME_REQUEST_H
#define HW_CORE_HOME_REQUEST_H

#include "core/home/registrar.h"

typedef struct home_requests {
	const home_conf *conf; /* these are borrowed */
	const logger *log;
	home_refusals *refusals;
	const home_peers *peers;
	home_registrar *registrar;
	rate_limit stale, log_limit;
	home_register_counters count;
} home_requests;
void home_requests_open(home_requests *r);
void home_requests_receive(home_requests *r, core_time now, const dgram_in *d);

#endif
