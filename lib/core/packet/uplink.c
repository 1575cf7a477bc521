/* SPDX-License-Identifier: MIT */
#include "core/packet/uplink.h"

bool uplink_reaches(const uplink *u, const ip_addr *to)
{
	if (u->local.addr.len != to->len)
		return false;
	for (unsigned i = 0; i < u->n_routes; i++)
		if (prefix_contains(&u->routes[i], to))
			return true;
	return u->has_default || ip_is_link_local6(to) || prefix_contains(&u->local, to);
}
