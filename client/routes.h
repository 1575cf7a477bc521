/* SPDX-License-Identifier: MIT */
/* routes.h - routes that lead into the tunnel, or over the home link. Every prefix is set as its
 * two halves: they are more specific than any route of the system to the same prefix (a
 * visited network that looks like home), so nothing of the system's is ever replaced and nothing
 * needs restoring. */
#ifndef HW_CLIENT_ROUTES_H
#define HW_CLIENT_ROUTES_H

#include "io/net/netcfg.h"
#include "core/client/core.h"

enum { ROUTES_LISTED = 32, ROUTES_MAX = 2 * (ROUTES_LISTED + 4) };

/* What is to lead there: home's networks, everything, or a list. */
typedef enum routes_mode { ROUTES_HOME, ROUTES_ALL, ROUTES_LIST } routes_mode;
typedef struct route_set {
	routes_mode mode;
	ip_prefix prefixes[ROUTES_LISTED]; /* ROUTES_LIST */
	unsigned n;
} route_set;

typedef struct routes {
	netcfg_route set[ROUTES_MAX]; /* what is on the system now */
	unsigned n;
} routes;

/* What there should be in a state. */
void routes_wanted(const route_set *r, const client_tunnel *t, uint32_t tun_ifindex, routes *out);
/* New ones are added before old ones go. False: see *e; what could be done is done. */
bool routes_apply(netcfg *c, routes *now, const routes *wanted, err *e);

#endif
