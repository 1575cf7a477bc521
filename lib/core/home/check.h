/* SPDX-License-Identifier: MIT */
/* check.h - whether an authentic registration is granted: a table of checks in order, each of which passes, refuses
 * with the code of RFC 5944 3.4 that says why, or has to wait and is asked again with the answer. None changes
 * anything but the transaction, limits of rate, the leases of addresses, and whom home serves: a stranger becomes a
 * client when its authority has verified it. */
#ifndef HW_CORE_HOME_CHECK_H
#define HW_CORE_HOME_CHECK_H

#include "core/home/clients.h"
#include "core/home/lease.h"

typedef struct home_checks { /* what they go by; borrowed but for the leases */
	const home_conf *conf;
	home_peers *peers;
	const home_presence *presence;
	const home_links *links;
	const home_clients *clients;
	home_leases leases;
} home_checks;

/* Did a relay of ours vouch for what came by one (RFC 5944 3.8.2.1)? */
bool home_check_relay(const home_links *links, const home_arrival *in);
/* From the check after the last that passed; t->answer is for that one alone. Pass: all of them did. */
home_verdict home_checks_run(home_checks *c, home_txn *t, core_time now);

#endif
