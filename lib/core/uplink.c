/* SPDX-License-Identifier: MIT */
#include "core/uplink.h"

bool uplink_reaches(const uplink *u, const ip_addr *to)
{
	if (u->local.addr.len != to->len)
		return false;
	return u->has_default || ip_is_link_local6(to) || prefix_contains(&u->local, to);
}
