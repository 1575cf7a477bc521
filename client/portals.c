/* SPDX-License-Identifier: MIT */
/* portals.c - when carriers fail: is it a captive portal? The multiplexer itself is asked over plain HTTP. */
#include "shell.h"

#include <stdio.h>
#include <string.h>

enum { HTTP_PORT = 80 };

static void found(shell *s, const char *where)
{
	char text[sizeof s->trouble];
	snprintf(text, sizeof text, "captive portal at %s", where);
	if (strcmp(text, s->trouble) != 0)
		log_warn(&s->log, "%s: log in there", text);
	memcpy(s->trouble, text, sizeof text);
}

static void on_result(void *ctx, portal_result r, const char *where)
{
	shell *s = ctx;
	s->portal.found = r == PORTAL_FOUND;
	if (s->portal.found)
		found(s, where);
	portal_free(s->portal.probe);
	s->portal.probe = NULL;
}

bool portals_ask(shell *s, const uplink *u, const carrier_mux *m)
{
	portal_conf c = { .up = *u };
	err e = { 0 };
	if (s->portal.ifindex != u->ifindex || !ip_equal(&s->portal.local, &u->local.addr))
		portals_forget(s);
	if (s->portal.probe || m->n_addresses == 0)
		return s->portal.found;
	s->portal.ifindex = u->ifindex;
	s->portal.local = u->local.addr;
	c.at = m->addresses[0];
	c.at.port = HTTP_PORT;
	snprintf(c.host, sizeof c.host, "%s", m->host);
	s->portal.probe = portal_ask(s->loop, &c, on_result, s, &e);
	return s->portal.found;
}

void portals_forget(shell *s)
{
	portal_free(s->portal.probe);
	s->portal = (shell_portal){ 0 };
}
