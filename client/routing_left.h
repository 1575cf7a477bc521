/* SPDX-License-Identifier: MIT */
/* routing_left.h - whose a rule is that was found on the system. */
#ifndef HW_CLIENT_ROUTING_LEFT_H
#define HW_CLIENT_ROUTING_LEFT_H

#include "io/net/netcfg_rule.h"

/* The link that the instance's rules name; NULL: they name none (it was killed while it set them). */
const char *routing_owner(const netcfg_rules *all, const netcfg_rule *r);
/* Its daemon runs: the link is there. */
bool routing_is_alive(const char *owner);
/* Removes a rule, with what its table has of ours, and the packet filter that goes with the table. */
bool routing_remove_left(netcfg *net, const netcfg_rule *r, err *e);

#endif
