/* SPDX-License-Identifier: MIT */
#include "core/packet/uplink.h"

bool uplink_can_reach(const uplink *u, const ip_addr *to)
{
	if (u->local.addr.len != to->len)
		return false;
	for (unsigned i = 0; i < u->n_routes; i++)
		if (prefix_contains(&u->routes[i], to))
			return true;
	return u->has_default || ip_is_link_local6(to) || prefix_contains(&u->local, to);
}

bool uplink_is_same(const uplink *a, const uplink *b)
{
	return a->ifindex == b->ifindex && ip_equal(&a->local.addr, &b->local.addr) &&
	       a->local.bits == b->local.bits;
}

bool uplink_has_moved(const uplink *was, const uplink *is)
{
	return was->gateway.len && is->gateway.len && !ip_equal(&was->gateway, &is->gateway);
}

const uplink *uplink_find(const uplink *list, size_t n, const uplink *like)
{
	for (size_t i = 0; i < n; i++)
		if (uplink_is_same(&list[i], like))
			return &list[i];
	return NULL;
}
