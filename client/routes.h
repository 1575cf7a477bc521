/* SPDX-License-Identifier: MIT */
/* routes.h - which rules and routes lead into the tunnel, or over the home link.
 *
 * Theory of operation. Whatever the table `main` holds, a visited network may have put there: a DHCP server hands
 * out routes as specific as it likes (RFC 3442). So main is not what decides. Rules of policy routing that are asked
 * before it send what belongs into the tunnel to a table of our own, where one default route leads into the tunnel; if
 * that is not there, and the profile is fail-closed, "unreachable" is behind it. For each family, by priority:
 *
 *	+0  goto +9	our own sockets (by mark), what came out of the tunnel (by link), DHCP (by ports)
 *	+1  lookup	from the permanent address
 *	+2  unreachable	from the permanent address
 *	+3  goto +9	local networks, if the profile leaves them open
 *	+4  lookup	to each prefix of the profile
 *	+5  unreachable	to each prefix of the profile, if fail-closed; IPv6 alone
 *	+9  nop
 *
 * In IPv4 "unreachable" is a second route in our table: as a rule it would keep a DHCP client from adding a route by a
 * gateway, of which the kernel asks all rules, in a scope that such a route is not in. In IPv6 it is a rule: a
 * socket that is bound to a link overlooks such a route there. (In IPv4 it overlooks both: io/filter/filter.h.)
 *
 * Fail-closed rules are there from the start to the end, with or without a tunnel; after a daemon that was killed they
 * are all that is left. The route into the tunnel is there as long as the device, also while nothing comes through it:
 * loose reverse path filtering (RFC 3704 2.4) takes home's packets only if some route leads back to home. */
#ifndef HW_CLIENT_ROUTES_H
#define HW_CLIENT_ROUTES_H

#include "io/net/netcfg_rule.h"
#include "core/client/core.h"

enum {
	ROUTES_LISTED = 32,
	ROUTES_MAX = 3,     /* a route for each family, and "unreachable" */
	ROUTES_LOCAL = 24,  /* local prefixes */
	ROUTES_RULES = 128, /* enough for all of these */
	ROUTES_PRIORITIES = 10,
};

/* What is to lead there: home's networks, everything, or a list. */
typedef enum routes_mode { ROUTES_HOME, ROUTES_ALL, ROUTES_LIST } routes_mode;
typedef enum routes_fail { ROUTES_FAIL_BY_MODE, ROUTES_FAIL_OPEN, ROUTES_FAIL_CLOSED } routes_fail;
typedef struct route_set {
	routes_mode mode;
	ip_prefix prefixes[ROUTES_LISTED]; /* ROUTES_LIST */
	unsigned n;
	routes_fail fail;
	bool local; /* with ROUTES_ALL: the networks that uplinks are in stay reachable */
	uint32_t table, priority, mark;
} route_set;

static inline bool routes_fail_closed(const route_set *s)
{
	return s->fail == ROUTES_FAIL_CLOSED ||
	       (s->fail == ROUTES_FAIL_BY_MODE && s->mode == ROUTES_ALL);
}

/* IPv6 goes into the device: to the tunnel; or, where a family that home does not have can't be closed by a rule that
 * stays when the daemon dies, to nowhere. */
bool routes_use_ip6(const route_set *s, const client_tunnel *t);

/* What they depend on. */
typedef struct routes_input {
	const route_set *set;
	const client_tunnel *tunnel;
	uint32_t device; /* the tunnel's */
	char device_name[16];
	ip_prefix links[UPLINK_MAX]; /* what is on the uplinks' links */
	unsigned n_links;
} routes_input;

typedef struct routes {
	netcfg_rule rules[ROUTES_RULES];
	unsigned n_rules;
	netcfg_route set[ROUTES_MAX];
	unsigned n;
	ip_prefix closed[ROUTES_LISTED]; /* what leaves by the tunnel alone, if fail-closed */
	unsigned n_closed;
	ip_prefix local[ROUTES_LOCAL]; /* and of that, by any link all the same */
	unsigned n_local;
} routes;

/* What there should be in a state. */
void routes_wanted(const routes_input *in, routes *out);

#endif
