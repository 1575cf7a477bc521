/* SPDX-License-Identifier: MIT */
/* netcfg_rule.h - rules of policy routing (ip-rule(8), RFC 1812 5.2.4.3 as far as it goes): which packets a routing
 * table is asked for, in the order of their priorities. Ours carry protocol number NETCFG_PROTO. A rule stays when
 * the daemon dies, also one that names a link that is gone; that one matches nothing any more. */
#ifndef HW_IO_NET_NETCFG_RULE_H
#define HW_IO_NET_NETCFG_RULE_H

#include "io/net/netcfg.h"

typedef enum netcfg_rule_action {
	NETCFG_LOOKUP, /* in the table `target`; without a route there, the next rule */
	NETCFG_GOTO,   /* goes on with the rule of priority `target` */
	NETCFG_NOP,
	/* ENETUNREACH. For IPv6: a socket that is bound to a link overlooks a route of that type. Not for what a gateway
	 * of IPv4 may be in: the kernel asks these rules whether a new route's gateway is on its link. */
	NETCFG_UNREACHABLE,
	NETCFG_N_ACTIONS
} netcfg_rule_action;

typedef struct netcfg_rule {
	int family; /* AF_INET, AF_INET6 */
	uint32_t priority;
	netcfg_rule_action action;
	uint32_t target;
	/* What it matches; 0 and "" match anything. */
	ip_prefix to, from;
	uint32_t mark; /* SO_MARK */
	char link[16]; /* that the packet came in by */
	uint8_t protocol;
	uint16_t sport, dport;
} netcfg_rule;

enum { NETCFG_RULES_MAX = 256 };
typedef struct netcfg_rules {
	netcfg_rule rule[NETCFG_RULES_MAX];
	unsigned n;
} netcfg_rules;

/* What is there already, or gone already, is success. */
bool netcfg_rule_set(netcfg *c, const netcfg_rule *r, bool add, err *e);
/* All that are ours, of every instance and of both families. False: see *e; the kernel may have no policy routing. */
bool netcfg_rules_list(netcfg *c, netcfg_rules *out, err *e);
bool netcfg_rule_equal(const netcfg_rule *a, const netcfg_rule *b);

#endif
