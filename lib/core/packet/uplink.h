/* SPDX-License-Identifier: MIT */
/* uplink.h - a link that leads out of the machine, as the operating system shows it now: it is up, has an
 * address, and perhaps routes. */
#ifndef HW_CORE_PACKET_UPLINK_H
#define HW_CORE_PACKET_UPLINK_H

#include "base/addr.h"
#include <stddef.h>

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
	uint32_t
		mark; /* SO_MARK of sockets that leave by it past the tunnel's own routing rules; 0: none */
	uint8_t mac[6];
	bool has_mac;
} uplink;

/* Whether there is a route to it, or it is on the link. To a socket that is bound to a link the system does not
 * report a missing route: it takes every address for a neighbour. */
bool uplink_can_reach(const uplink *u, const ip_addr *to);
/* The same address on the same link. */
bool uplink_is_same(const uplink *a, const uplink *b);
/* Both are the same, but the network behind is another one that happens to give the same address (every second
 * one is 192.168.1.0/24): the gateway changed. A gateway that appears is the rest of a configuration that came
 * in parts. */
bool uplink_has_moved(const uplink *was, const uplink *is);
/* NULL: none of the list is the same. */
const uplink *uplink_find(const uplink *list, size_t n, const uplink *like);

#endif
