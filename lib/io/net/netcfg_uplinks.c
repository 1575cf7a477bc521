/* SPDX-License-Identifier: MIT */
/* netcfg_uplinks.c - the uplinks of this machine: each usable address becomes one, with
 * its link and the best default route of its family there. */
#include "io/net/netcfg_snapshot.h"
#include <stdlib.h>
#include <string.h>

static bool same_prefix(const ip_prefix *a, const ip_prefix *b)
{
	return a->bits == b->bits && prefix_contains(a, &b->addr);
}

static void add_route(uplink *u, const uplink *r)
{
	if (r->local.bits > 0 && !same_prefix(&u->local, &r->local)) {
		if (u->n_routes < UPLINK_ROUTES)
			u->routes[u->n_routes++] = r->local;
	} else if (r->local.bits == 0 && r->metric < u->metric) {
		u->has_default = true;
		u->gateway = r->gateway;
		u->metric = r->metric;
	}
}

static bool complete(const snapshot *s, uplink *u)
{
	const uplink *links = s->links.items, *routes = s->routes.items, *link = NULL;

	for (size_t i = 0; i < s->links.n; i++)
		if (links[i].ifindex == u->ifindex)
			link = &links[i];
	if (!link)
		return false;
	ip_prefix local = u->local;
	*u = *link;
	u->local = local;
	u->metric = UINT32_MAX;
	for (size_t i = 0; i < s->routes.n; i++)
		if (routes[i].ifindex == u->ifindex && routes[i].local.addr.len == local.addr.len)
			add_route(u, &routes[i]);
	return true;
}

static int by_preference(const void *pa, const void *pb)
{
	const candidate *a = pa, *b = pb;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->u.has_default != b->u.has_default)
		return a->u.has_default ? -1 : 1;
	if (a->u.metric != b->u.metric)
		return a->u.metric < b->u.metric ? -1 : 1;
	if (a->u.ifindex != b->u.ifindex)
		return a->u.ifindex < b->u.ifindex ? -1 : 1;
	return memcmp(&a->u.local, &b->u.local, sizeof(a->u.local));
}

/* Drops candidates on links that don't count, and sorts. */
static size_t keep_usable(snapshot *s)
{
	candidate *c = s->addrs.items;
	size_t n = 0;

	for (size_t i = 0; i < s->addrs.n; i++) {
		candidate one = c[i];
		if (complete(s, &one.u))
			c[n++] = one;
	}
	if (n)
		qsort(c, n, sizeof(*c), by_preference);
	return n;
}

size_t netcfg_uplinks(netcfg *c, uint32_t except, uplink out[UPLINK_MAX], err *e)
{
	snapshot s;
	size_t n = 0;

	if (!netcfg_snapshot_take(c, except, false, &s, e))
		return 0;
	const candidate *all = s.addrs.items;
	size_t n_all = keep_usable(&s);
	for (size_t i = 0; i < n_all && n < UPLINK_MAX; i++)
		if (all[i].rank != RANK_LINK_LOCAL || all[0].rank == RANK_LINK_LOCAL)
			out[n++] = all[i].u;
	netcfg_snapshot_free(&s);
	return n;
}

static bool is_loopback(const ip_addr *a)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	return a->len == 4 ? a->b[0] == 127 : !memcmp(a->b, loopback6, 16);
}

size_t netcfg_addresses(netcfg *c, ip_addr *out, size_t max, err *e)
{
	snapshot s;
	size_t n = 0;

	if (!netcfg_snapshot_take(c, 0, true, &s, e))
		return 0;
	const candidate *all = s.addrs.items;
	for (size_t i = 0; i < s.addrs.n && n < max; i++)
		if (!is_loopback(&all[i].u.local.addr))
			out[n++] = all[i].u.local.addr;
	netcfg_snapshot_free(&s);
	return n;
}
