/* SPDX-License-Identifier: MIT */
/* routing.h - the rules, routes and packet filter of routes.h on the system: set, changed, taken over from a daemon that
 * was killed, and removed. An instance is known by the tunnel's link, which its rules name. */
#ifndef HW_CLIENT_ROUTING_H
#define HW_CLIENT_ROUTING_H

#include "base/log.h"
#include "io/filter/filter.h"
#include "routes.h"

enum { ROUTING_TROUBLE = 256 };

typedef struct routing {
	netcfg *net; /* these two are borrowed */
	const logger *log;
	routes_input in;     /* in.set is borrowed, too */
	routes now;          /* what is on the system */
	bool found;          /* a daemon that was killed had left some */
	filter_rules filter; /* with these two lists */
	ip_prefix closed[ROUTES_LISTED], local[ROUTES_LOCAL];
	bool filtering; /* as far as we know: filter_count() does */
	char trouble
		[ROUTING_TROUBLE]; /* why there is no filter; "": none was wanted yet, or it is there */
} routing;

typedef struct routing_status {
	const route_set *set;
	bool leads; /* into the tunnel, now: not at home, and not yet before the first registration */
	bool closed;         /* and by nothing else */
	const char *trouble; /* with the filter; NULL: none */
	bool filtering;
	filter_counts counts;
} routing_status;

/* For the tunnel's link, which is there. What a killed daemon left and `t` does not want is removed. False: see *e. */
bool routing_open(routing *r, netcfg *net, const route_set *set, const char *link,
		  const client_tunnel *t, const logger *log, err *e);
/* Networks on the uplinks' links. True: some changed, and routing_apply() has something to do. */
bool routing_links(routing *r, const uplink *list, size_t n);
/* Two steps towards a state, since an address that is to be protected comes between them. What fails is logged. */
void routing_filter(routing *r, const client_tunnel *t);
void routing_apply(routing *r, const client_tunnel *t);
/* Sets the filter again if somebody removed it. */
void routing_check_filter(routing *r);
void routing_ask(const routing *r, routing_status *out);
/* keep: leaves what there is, closed. */
void routing_close(routing *r, bool keep);

/* Removes what daemons left that were killed and did not come back. *n: how many rules. */
bool routing_sweep(unsigned *n, err *e);

#endif
