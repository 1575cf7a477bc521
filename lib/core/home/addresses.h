/* SPDX-License-Identifier: MIT */
/* addresses.h - which permanent addresses are somebody's. Apart from selectors: a gateway's association may be for
 * every address, and none of them is its own. */
#ifndef HW_CORE_HOME_ADDRESSES_H
#define HW_CORE_HOME_ADDRESSES_H

#include "base/addr.h"
#include "base/map.h"

typedef struct home_addresses {
	map *owners;
} home_addresses;
bool home_addresses_open(home_addresses *all); /* false: no memory or no randomness */
void home_addresses_close(home_addresses *all);

/* False: it is another's, or no memory. One without an address (len 0) is everybody's. */
bool home_addresses_claim(home_addresses *all, const ip_addr *a, void *owner);
void home_addresses_release(home_addresses *all, const ip_addr *a, const void *owner);
bool home_addresses_is_taken(const home_addresses *all, const ip_addr *a);

#endif
