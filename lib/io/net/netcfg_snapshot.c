/* SPDX-License-Identifier: MIT */
/* netcfg_snapshot.c - links, addresses and default routes of the main table, dumped. When the
 * system changes during a dump, all of it is read again. */
#include "io/net/netcfg_snapshot.h"
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if_arp.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

enum { ROUTES_MAX = 256, ATTEMPTS = 8 };
/* LOWER_UP, the carrier, goes at once; RUNNING, which also waits for authentication, a little
 * later. */
enum { LOWER_UP = 1 << 16, WORKING = IFF_UP | IFF_RUNNING | LOWER_UP };

static void *append(snapshot *s, list *l)
{
	void *more = realloc(l->items, (l->n + 1) * l->size);

	if (!more) {
		s->no_memory = true;
		return NULL;
	}
	l->items = more;
	return memset((uint8_t *)more + l->size * l->n++, 0, l->size);
}

static void link_attr(const nl_attr *a, bool ethernet, uplink *u)
{
	if (a->type == IFLA_IFNAME && a->value.n > 0 && a->value.n <= UPLINK_NAME)
		memcpy(u->name, a->value.p, a->value.n - 1);
	if (a->type == IFLA_MTU)
		u->mtu = nl_u32(a);
	if (a->type == IFLA_ADDRESS && a->value.n == 6 && ethernet) {
		memcpy(u->mac, a->value.p, 6);
		u->has_mac = true;
	}
}

static void on_link(void *ctx, const nl_message *m)
{
	snapshot *s = ctx;
	struct ifinfomsg i;
	nl_cursor attrs;
	nl_attr a;

	if (m->type != RTM_NEWLINK || !nl_body(m, &i, sizeof(i), &attrs))
		return;
	bool usable = (i.ifi_flags & WORKING) == WORKING && !(i.ifi_flags & IFF_LOOPBACK) &&
		      (uint32_t)i.ifi_index != s->except;
	uplink *u = usable ? append(s, &s->links) : NULL;
	if (!u)
		return;
	u->ifindex = (uint32_t)i.ifi_index;
	while (nl_next_attr(&attrs, &a))
		link_attr(&a, i.ifi_type == ARPHRD_ETHER, u);
}

static addr_rank rank_of(const struct ifaddrmsg *i, uint32_t flags)
{
	if (i->ifa_scope == RT_SCOPE_LINK)
		return RANK_LINK_LOCAL;
	if (flags & IFA_F_DEPRECATED)
		return RANK_DEPRECATED;
	return flags & IFA_F_TEMPORARY ? RANK_TEMPORARY
				       : RANK_PLAIN; /* of IPv4: a secondary address */
}

/* IFA_LOCAL is ours, IFA_ADDRESS the peer's on a point-to-point link; IPv6 has only the latter
 * otherwise. */
static bool read_address(const nl_message *m, struct ifaddrmsg *i, uint32_t *flags, ip_addr *out)
{
	nl_cursor attrs;
	nl_attr a;
	ip_addr address = { 0 }, local = { 0 };

	if (m->type != RTM_NEWADDR || !nl_body(m, i, sizeof(*i), &attrs))
		return false;
	*flags = i->ifa_flags;
	while (nl_next_attr(&attrs, &a)) {
		if (a.type == IFA_LOCAL)
			local = nl_addr(&a);
		if (a.type == IFA_ADDRESS)
			address = nl_addr(&a);
		if (a.type == IFA_FLAGS)
			*flags = nl_u32(&a);
	}
	*out = local.len ? local : address;
	return out->len > 0;
}

static void on_address(void *ctx, const nl_message *m)
{
	snapshot *s = ctx;
	struct ifaddrmsg i;
	uint32_t flags;
	ip_addr addr;

	if (!read_address(m, &i, &flags, &addr) || i.ifa_scope == RT_SCOPE_HOST ||
	    (flags & IFA_F_DADFAILED))
		return;
	if ((flags & IFA_F_TENTATIVE) && !(flags & IFA_F_OPTIMISTIC))
		return;
	candidate *c = append(s, &s->addrs);
	if (!c)
		return;
	c->rank = rank_of(&i, flags);
	c->u.ifindex = i.ifa_index;
	c->u.local = (ip_prefix){ addr, i.ifa_prefixlen };
}

/* A machine with a full table of internet routes is not a roaming client. */
static void add_route(snapshot *s, const uplink *r)
{
	bool wanted = r->ifindex && (r->local.bits == 0 || s->routes.n < ROUTES_MAX);
	uplink *u = wanted ? append(s, &s->routes) : NULL;

	if (u)
		*u = *r;
}

static void next_hop_attr(const nl_attr *a, uplink *r)
{
	uint16_t family;

	if (a->type == RTA_OIF)
		r->ifindex = nl_u32(a);
	else if (a->type == RTA_GATEWAY)
		r->gateway = nl_addr(a);
	else if (a->type == RTA_VIA && a->value.n > sizeof(family))
		r->gateway =
			ip_from_bytes(a->value.p + sizeof(family), a->value.n - sizeof(family));
}

/* Several next hops: each makes its link an uplink. */
static void add_multipath(snapshot *s, nl_cursor hops, const uplink *route)
{
	struct rtnexthop h;

	while (hops.n >= sizeof(h)) {
		memcpy(&h, hops.p, sizeof(h));
		if (h.rtnh_len < sizeof(h) || h.rtnh_len > hops.n)
			return;
		nl_cursor attrs = { hops.p + sizeof(h), h.rtnh_len - sizeof(h) };
		nl_attr a;
		uplink r = *route;
		r.ifindex = (uint32_t)h.rtnh_ifindex;
		while (nl_next_attr(&attrs, &a))
			next_hop_attr(&a, &r);
		if (!(h.rtnh_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)))
			add_route(s, &r);
		size_t step = ((size_t)h.rtnh_len + 3) & ~(size_t)3;
		if (step > hops.n)
			return;
		hops.p += step;
		hops.n -= step;
	}
}

static bool leads_out(const struct rtmsg *rt)
{
	return rt->rtm_type == RTN_UNICAST && rt->rtm_table == RT_TABLE_MAIN &&
	       !(rt->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD | RTNH_F_LINKDOWN));
}

static void on_route(void *ctx, const nl_message *m)
{
	snapshot *s = ctx;
	struct rtmsg rt;
	nl_cursor attrs, hops = { NULL, 0 };
	nl_attr a;
	uplink r = { 0 };

	if (m->type != RTM_NEWROUTE || !nl_body(m, &rt, sizeof(rt), &attrs) || !leads_out(&rt))
		return;
	r.local.addr.len = rt.rtm_family == AF_INET6 ? 16 : 4;
	r.local.bits = rt.rtm_dst_len;
	while (nl_next_attr(&attrs, &a)) {
		next_hop_attr(&a, &r);
		if (a.type == RTA_DST)
			r.local.addr = nl_addr(&a);
		if (a.type == RTA_PRIORITY)
			r.metric = nl_u32(&a);
		if (a.type == RTA_MULTIPATH)
			hops = a.value;
	}
	if (hops.n)
		add_multipath(s, hops, &r);
	else
		add_route(s, &r);
}

static int dump(netcfg *c, uint16_t type, uint8_t family, nl_each *each, snapshot *s)
{
	union {
		struct ifinfomsg link;
		struct ifaddrmsg addr;
		struct rtmsg route;
	} body;
	size_t n = type == RTM_GETLINK ? sizeof(body.link) : sizeof(body.route);
	nl_request r;

	memset(&body, 0, sizeof(body));
	body.route.rtm_family = family; /* the first octet of each */
	nl_begin(&r, type, 0, &body, type == RTM_GETADDR ? sizeof(body.addr) : n);
	return nl_dump(&c->nl, &r, each, s);
}

void netcfg_snapshot_free(snapshot *s)
{
	free(s->links.items);
	free(s->addrs.items);
	free(s->routes.items);
}

static int snapshot_once(netcfg *c, uint32_t except, bool addresses_only, snapshot *s)
{
	*s = (snapshot){ .except = except,
			 .links.size = sizeof(uplink),
			 .addrs.size = sizeof(candidate),
			 .routes.size = sizeof(uplink) };
	int why = dump(c, RTM_GETADDR, AF_UNSPEC, on_address, s);
	if (!why && !addresses_only)
		why = dump(c, RTM_GETLINK, AF_UNSPEC, on_link, s);
	if (!why && !addresses_only)
		why = dump(c, RTM_GETROUTE, AF_INET, on_route, s);
	if (!why && !addresses_only)
		why = dump(c, RTM_GETROUTE, AF_INET6, on_route, s);
	return s->no_memory ? ENOMEM : why;
}

bool netcfg_snapshot_take(netcfg *c, uint32_t except, bool addresses_only, snapshot *s, err *e)
{
	int why = EAGAIN;

	for (int i = 0; i < ATTEMPTS && why == EAGAIN; i++) {
		if (i)
			netcfg_snapshot_free(s);
		why = snapshot_once(c, except, addresses_only, s);
	}
	if (!why)
		return true;
	netcfg_snapshot_free(s);
	return err_sys(e, why, "reading links, addresses and routes");
}
