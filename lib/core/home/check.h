/* SPDX-License-Identifier: MIT */
/* check.h - whether an authentic registration is granted: a table of checks in order, each of which passes, refuses
 * with the code of RFC 5944 3.4 that says why, or has to wait. None changes anything but the transaction, limits of
 * rate, and the leases of addresses. */
#ifndef HW_CORE_HOME_CHECK_H
#define HW_CORE_HOME_CHECK_H

#include "core/home/lease.h"
#include "core/home/link.h"
#include "core/home/presence.h"

typedef struct home_checks { /* what they go by; borrowed but for the leases */
	const home_conf *conf;
	home_peers *peers;
	const home_presence *presence;
	const home_links *links;
	home_leases leases;
} home_checks;

/* From the check after the last that passed or waited. Pass: all of them did. */
home_verdict home_checks_run(home_checks *c, home_txn *t, core_time now);

#endif
