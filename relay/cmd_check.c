/* SPDX-License-Identifier: MIT */
/* cmd_check.c - homeward-relay check: what is wrong, and what `run` would do. */
#include "conf.h"
#include "options.h"

#include "io/net/netcfg.h"
#include <stdio.h>

static bool is_own(const ip_addr *a, err *e)
{
	enum { MOST = 64 };
	ip_addr own[MOST];
	netcfg *n = netcfg_open(e);
	size_t count = n ? netcfg_addresses(n, own, MOST, e) : 0;
	bool found = false;

	for (size_t i = 0; i < count; i++)
		found |= ip_equal(&own[i], a);
	netcfg_close(n);
	return found;
}

static unsigned check_address(const relay_file *c)
{
	char a[ADDR_STRLEN];
	err e;

	if (is_own(&c->core.address, &e))
		return 0;
	fprintf(stderr, "homeward-relay: %s: address = %s: this machine has no such address\n",
		c->file, ip_format(&c->core.address, a));
	return 1;
}

static unsigned check_links(const relay_file *c)
{
	unsigned errors = 0;

	for (unsigned i = 0; i < c->n_links; i++)
		if (!netcfg_ifindex(c->links[i])) {
			fprintf(stderr,
				"homeward-relay: %s: advertise = %s: there is no such link\n",
				c->file, c->links[i]);
			errors++;
		}
	return errors;
}

static void describe(const relay_file *c)
{
	char a[ADDR_STRLEN], h[ADDR_STRLEN], at[ENDPOINT_STRLEN];

	printf("relay %s of %s\n", c->core.name, c->realm);
	for (unsigned i = 0; i < c->n_listens; i++)
		printf("listens on %s\n", endpoint_format(&c->listens[i], at));
	if (!c->n_listens)
		printf("listens on ports 434 and 4500 of all addresses\n");
	printf("IP-in-IP (protocol 4) between %s and home's %s, and nothing else inwards\n",
	       ip_format(&c->core.address, a), ip_format(&c->core.home, h));
	printf("room for %u visitors\n", c->core.max_visitors);
	for (unsigned i = 0; i < c->n_links; i++)
		printf("advertises itself on %s every %u s\n", c->links[i], c->advertise_s);
}

bool cmd_check(const options *o, err *e)
{
	relay_file *c = relay_file_load(o->config, e);

	if (!c)
		return false;
	describe(c);
	unsigned errors = check_address(c) + check_links(c);
	if (!errors)
		printf("nothing wrong\n");
	relay_file_free(c);
	return errors == 0;
}
