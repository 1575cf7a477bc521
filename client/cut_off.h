/* SPDX-License-Identifier: MIT */
/* cut_off.h - name servers that routes = all cuts off: those in the network around, unless local = yes. */
#ifndef HW_CLIENT_CUT_OFF_H
#define HW_CLIENT_CUT_OFF_H

#include "routes.h"

/* Are all of resolv.conf's (NULL: the system's) in networks on these uplinks? Then *first is one of them. A resolver of
 * this machine is none of them. */
bool cut_off_name_servers(const route_set *s, const char *resolv_conf, const uplink *list, size_t n,
			  endpoint *first);

#endif
