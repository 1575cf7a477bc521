/* SPDX-License-Identifier: MIT */
#include "routing_left.h"
#include "io/filter/filter.h"
#include "routing.h"

#include <string.h>

/* An instance's rules lie between the one that names its link and the one that this goes to. */
const char *routing_owner(const netcfg_rules *all, const netcfg_rule *r)
{
	for (unsigned i = 0; i < all->n; i++) {
		const netcfg_rule *k = &all->rule[i];
		if (k->link[0] && k->action == NETCFG_GOTO && k->priority <= r->priority &&
		    r->priority <= k->target)
			return k->link;
	}
	return NULL;
}

bool routing_is_alive(const char *owner)
{
	return owner && netcfg_ifindex(owner) != 0;
}

bool routing_remove_left(netcfg *net, const netcfg_rule *r, err *e)
{
	if (r->action == NETCFG_LOOKUP) {
		filter_remove(r->target, NULL); /* without nftables there is none */
		if (!netcfg_route_sweep(net, r->target, e))
			return false;
	}
	return netcfg_rule_set(net, r, false, e);
}

bool routing_sweep(unsigned *n, err *e)
{
	netcfg *net = netcfg_open(e);
	netcfg_rules all;
	bool ok = net && netcfg_rules_list(net, &all, e);

	*n = 0;
	for (unsigned i = ok ? all.n : 0; i-- > 0;) {
		const netcfg_rule *r = &all.rule[i];
		if (routing_is_alive(routing_owner(&all, r)))
			continue;
		ok &= routing_remove_left(net, r, ok ? e : NULL);
		++*n;
	}
	netcfg_close(net);
	return ok;
}
