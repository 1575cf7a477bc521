/* SPDX-License-Identifier: MIT */
#include "portals.h"

#include <stdio.h>
#include <string.h>

enum { HTTP_PORT = 80 };

static void on_result(void *ctx, portal_result r, const char *where)
{
	portals *p = ctx;

	p->found = r == PORTAL_FOUND;
	if (p->found && strcmp(where, p->where) != 0) {
		snprintf(p->where, sizeof p->where, "%s", where);
		log_warn(p->log, "captive portal at %s: log in there", where);
	}
	portal_free(p->probe);
	p->probe = NULL;
}

static void forget_network(portals *p)
{
	portal_free(p->probe);
	p->probe = NULL;
	p->found = false;
}

bool portals_ask(portals *p, const uplink *u, const carrier_mux *m)
{
	portal_conf c = { .up = *u };
	err e = { 0 };

	if (p->ifindex != u->ifindex || !ip_equal(&p->local, &u->local.addr))
		forget_network(p);
	if (p->probe || m->n_addresses == 0)
		return p->found;
	p->ifindex = u->ifindex;
	p->local = u->local.addr;
	c.at = m->addresses[0];
	c.at.port = HTTP_PORT;
	snprintf(c.host, sizeof c.host, "%s", m->host);
	p->probe = portal_ask(p->loop, &c, on_result, p, &e);
	return p->found;
}

void portals_forget(portals *p)
{
	forget_network(p);
	p->ifindex = 0;
	*p->where = 0;
}
