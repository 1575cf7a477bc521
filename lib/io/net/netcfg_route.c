/* SPDX-License-Identifier: MIT */
/* netcfg_route.c - routes. Removing names our protocol number, so that a route
 * somebody else made with the same destination stays. */
#include "io/net/netcfg_priv.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An IPv4 destination behind an IPv6 gateway (RFC 5549) goes by RTA_VIA. */
static void put_gateway(nl_request *r, const netcfg_route *route)
{
	uint8_t via[sizeof(uint16_t) + 16];
	uint16_t family = AF_INET6;

	if (route->gateway.len == route->to.addr.len || route->gateway.len != 16) {
		nl_put_addr(r, RTA_GATEWAY, &route->gateway);
		return;
	}
	memcpy(via, &family, sizeof(family));
	memcpy(via + sizeof(family), route->gateway.b, 16);
	nl_put(r, RTA_VIA, via, sizeof(via));
}

static void put_metrics(nl_request *r, const netcfg_route *route)
{
	size_t nest = nl_open_nest(r, RTA_METRICS);

	nl_put_u32(r, RTAX_MTU, route->mtu);
	nl_close_nest(r, nest);
}

static uint8_t scope(const netcfg_route *route, bool add)
{
	if (!add)
		return RT_SCOPE_NOWHERE; /* any */
	bool wide = route->gateway.len || route->to.addr.len == 16 || route->unreachable;
	return wide ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
}

/* A number above 255 has no room in the fixed part. */
static uint32_t table_of(const netcfg_route *route)
{
	return route->table ? route->table : RT_TABLE_MAIN;
}

static void route_request(nl_request *r, const netcfg_route *route, bool add, unsigned flags)
{
	struct rtmsg m = { .rtm_family = nl_family(&route->to.addr),
			   .rtm_dst_len = route->to.bits,
			   .rtm_table = RT_TABLE_UNSPEC,
			   .rtm_protocol = NETCFG_PROTO,
			   .rtm_scope = scope(route, add),
			   .rtm_flags = flags,
			   .rtm_type = !add                 ? RTN_UNSPEC
				       : route->unreachable ? RTN_UNREACHABLE
							    : RTN_UNICAST };

	nl_begin(r, add ? RTM_NEWROUTE : RTM_DELROUTE, add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &m,
		 sizeof(m));
	nl_put_u32(r, RTA_TABLE, table_of(route));
	nl_put_addr(r, RTA_DST, &route->to.addr);
	put_gateway(r, route);
	if (route->ifindex)
		nl_put_u32(r, RTA_OIF, route->ifindex);
	if (route->metric)
		nl_put_u32(r, RTA_PRIORITY, route->metric);
	if (add)
		nl_put_addr(r, RTA_PREFSRC, &route->prefsrc);
	if (add && route->mtu)
		put_metrics(r, route);
}

/* A gateway outside the link's prefixes (a /32 from DHCP) is refused unless it is said to be on-
 * link. */
static int add_route(netcfg *c, const netcfg_route *route)
{
	nl_request r;

	route_request(&r, route, true, 0);
	int why = nl_ask(&c->nl, &r);
	if ((why != ENETUNREACH && why != EHOSTUNREACH) || !route->gateway.len)
		return why;
	route_request(&r, route, true, RTNH_F_ONLINK);
	return nl_ask(&c->nl, &r);
}

static int del_route(netcfg *c, const netcfg_route *route)
{
	static const int gone[] = { ESRCH, ENOENT, ENODEV };
	nl_request r;

	route_request(&r, route, false, 0);
	return netcfg_ask(c, &r, gone, 3);
}

bool netcfg_route_set(netcfg *c, const netcfg_route *r, bool add, err *e)
{
	char text[ENDPOINT_STRLEN];
	int why = add ? add_route(c, r) : del_route(c, r);

	return !why || err_sys(e, why, "%s route to %s", add ? "adding" : "removing",
			       prefix_format(&r->to, text));
}

typedef struct sweep {
	netcfg_route *found;
	size_t n;
	uint32_t table;
	bool no_memory;
} sweep;

static void route_attr(const nl_attr *a, netcfg_route *r)
{
	if (a->type == RTA_DST)
		r->to.addr = nl_addr(a);
	else if (a->type == RTA_GATEWAY)
		r->gateway = nl_addr(a);
	else if (a->type == RTA_OIF)
		r->ifindex = nl_u32(a);
	else if (a->type == RTA_PRIORITY)
		r->metric = nl_u32(a);
	else if (a->type == RTA_TABLE)
		r->table = nl_u32(a);
}

static void find_ours(void *ctx, const nl_message *m)
{
	static const uint8_t zero[16];
	sweep *s = ctx;
	struct rtmsg rt;
	nl_cursor attrs;
	nl_attr a;

	if (!nl_body(m, &rt, sizeof(rt), &attrs) || rt.rtm_protocol != NETCFG_PROTO)
		return;
	netcfg_route one = { .to = { ip_from_bytes(zero, rt.rtm_family == AF_INET6 ? 16 : 4),
				     rt.rtm_dst_len },
			     .table = rt.rtm_table };
	while (nl_next_attr(&attrs, &a))
		route_attr(&a, &one);
	if (one.table != s->table)
		return;
	netcfg_route *more = realloc(s->found, (s->n + 1) * sizeof(*more));
	if (!more) {
		s->no_memory = true;
		return;
	}
	s->found = more;
	more[s->n++] = one;
}

static int sweep_family(netcfg *c, uint8_t family, uint32_t table)
{
	sweep s = { .table = table ? table : RT_TABLE_MAIN };
	struct rtmsg rt = { .rtm_family = family };
	nl_request r;

	nl_begin(&r, RTM_GETROUTE, 0, &rt, sizeof(rt));
	int why = nl_dump(&c->nl, &r, find_ours, &s);
	if (why == EAGAIN)
		why = 0; /* routes changed meanwhile: what was found counts */
	if (s.no_memory)
		why = ENOMEM;
	for (size_t i = 0; i < s.n && !why; i++)
		why = del_route(c, &s.found[i]);
	free(s.found);
	return why;
}

bool netcfg_route_sweep(netcfg *c, uint32_t table, err *e)
{
	int why4 = sweep_family(c, AF_INET, table), why6 = sweep_family(c, AF_INET6, table);
	int why = why4 ? why4 : why6;

	return !why || err_sys(e, why, "removing routes left behind");
}
