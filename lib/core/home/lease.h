/* SPDX-License-Identifier: MIT */
/* lease.h - permanent addresses for clients that were given none: the next free one of the home network. A lease is
 * part of the client's durable state and stays its own until it is removed. */
#ifndef HW_CORE_HOME_LEASE_H
#define HW_CORE_HOME_LEASE_H

#include "core/home/addresses.h"
#include "core/home/conf.h"

typedef struct home_leases {       /* all zeros at first */
	uint64_t cursor4, cursor6; /* the host part that was leased last */
} home_leases;

/* len is 4 or 16. False: none is free. */
bool home_lease_pick(home_leases *l, const home_conf *conf, const home_addresses *addresses,
		     uint8_t len, ip_addr *out);

#endif
