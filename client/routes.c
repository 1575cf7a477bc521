/* SPDX-License-Identifier: MIT */
#include "routes.h"

#include <string.h>

static const ip_addr *source_of(const client_tunnel *t, const ip_prefix *p)
{
	return p->addr.len == 4 ? &t->home4 : &t->home6;
}

static void add_route(routes *out, const client_tunnel *t, const ip_prefix *p, uint32_t ifindex)
{
	const ip_addr *src = source_of(t, p);

	if (out->n == ROUTES_MAX || !src->len)
		return;
	out->set[out->n++] = (netcfg_route){ .to = *p, .ifindex = ifindex, .prefsrc = *src };
}

static void add_halves(routes *out, const client_tunnel *t, const ip_prefix *p, uint32_t ifindex)
{
	ip_prefix half = *p;

	if (!p->addr.len)
		return;
	if (p->bits < 8 * p->addr.len) {
		half.bits++;
		add_route(out, t, &half, ifindex);
		half.addr.b[p->bits / 8] |= (uint8_t)(0x80 >> (p->bits % 8));
	}
	add_route(out, t, &half, ifindex);
}

static void add_networks(routes *out, const client_tunnel *t, uint32_t ifindex)
{
	add_halves(out, t, &t->network4, ifindex);
	add_halves(out, t, &t->network6, ifindex);
}

static void add_all(routes *out, const client_tunnel *t, uint32_t ifindex)
{
	static const ip_prefix all4 = { .addr = { .len = 4 } }, all6 = { .addr = { .len = 16 } };

	add_halves(out, t, &all4, ifindex);
	add_halves(out, t, &all6, ifindex);
}

void routes_wanted(const route_set *r, const client_tunnel *t, uint32_t tun_ifindex, routes *out)
{
	out->n = 0;
	if (t->at_home && t->home_ifindex) {
		add_networks(out, t,
			     t->home_ifindex); /* straight, but still from the permanent address */
		return;
	}
	if (!t->up)
		return;
	if (r->mode != ROUTES_LIST)
		add_networks(out, t, tun_ifindex);
	if (r->mode == ROUTES_ALL)
		add_all(out, t, tun_ifindex);
	for (unsigned i = 0; r->mode == ROUTES_LIST && i < r->n; i++)
		add_halves(out, t, &r->prefixes[i], tun_ifindex);
}

static bool is_same_route(const netcfg_route *a, const netcfg_route *b)
{
	return a->ifindex == b->ifindex && a->to.bits == b->to.bits &&
	       ip_equal(&a->to.addr, &b->to.addr) && ip_equal(&a->prefsrc, &b->prefsrc);
}

static bool has_route(const routes *r, const netcfg_route *one)
{
	for (unsigned i = 0; i < r->n; i++)
		if (is_same_route(&r->set[i], one))
			return true;
	return false;
}

bool routes_apply(netcfg *c, routes *now, const routes *wanted, err *e)
{
	bool ok = true;

	for (unsigned i = 0; i < wanted->n; i++)
		if (!has_route(now, &wanted->set[i]))
			ok &= netcfg_route_set(c, &wanted->set[i], true, ok ? e : NULL);
	for (unsigned i = 0; i < now->n; i++) {
		netcfg_route old = now->set[i];
		old.prefsrc = (ip_addr){ 0 };
		if (!has_route(wanted, &now->set[i]))
			ok &= netcfg_route_set(c, &old, false, ok ? e : NULL);
	}
	*now = *wanted;
	return ok;
}
