/* SPDX-License-Identifier: MIT */
/* uplink.h - one way out of the machine, as the operating system shows it now: a link that is up, an
 * address on it, and a route over it that leads to the address asked about. */
#ifndef HW_CORE_CLIENT_UPLINK_H
#define HW_CORE_CLIENT_UPLINK_H

#include "base/addr.h"

enum { UPLINK_MAX = 16, UPLINK_NAME = 16, UPLINK_ROUTES = 8 };
typedef struct uplink {
	uint32_t ifindex;
	char name[UPLINK_NAME];
	ip_prefix local;  /* our address there, and its prefix length */
	ip_addr gateway;  /* len 0: on-link */
	bool has_default; /* a default route of local's family leads out here */
	uint32_t metric; /* of that route: lower is preferred by the system; UINT32_MAX: has none */
	ip_prefix routes
		[UPLINK_ROUTES]; /* what else leads out here, as far as there is room for it */
	uint8_t n_routes;
	uint32_t mtu; /* of the link */
	uint8_t mac[6];
	bool has_mac;
} uplink;

/* Is there a route to it, or is it on the link? A socket that is bound to a link is not told so by the
 * system, which takes every address for a neighbour where it has no route. */
bool uplink_reaches(const uplink *u, const ip_addr *to);

#endif
