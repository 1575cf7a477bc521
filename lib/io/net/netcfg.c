/* SPDX-License-Identifier: MIT */
#include "io/net/netcfg_priv.h"
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdlib.h>

/* Linux 6.3 */
enum { ATTR_GSO_IPV4_MAX_SIZE = 63 };

netcfg *netcfg_open(err *e)
{
	netcfg *c = calloc(1, sizeof(*c));

	if (!c) {
		err_sys(e, ENOMEM, "netlink");
		return NULL;
	}
	if (nl_open(&c->nl, 0, false, e))
		return c;
	free(c);
	return NULL;
}

void netcfg_close(netcfg *c)
{
	if (!c)
		return;
	nl_close(&c->nl);
	free(c);
}

uint32_t netcfg_ifindex(const char *name)
{
	return if_nametoindex(name);
}

int netcfg_ask(netcfg *c, nl_request *r, const int *fine, size_t n_fine)
{
	int why = nl_ask(&c->nl, r);

	for (size_t i = 0; i < n_fine; i++)
		if (why == fine[i])
			return 0;
	return why;
}

static const char *link_name(uint32_t ifindex, char out[IF_NAMESIZE])
{
	return if_indextoname(ifindex, out) ? out : "a link that is gone";
}

static bool link_done(uint32_t ifindex, int why, const char *what, err *e)
{
	char name[IF_NAMESIZE];

	return !why || err_sys(e, why, "%s: %s", link_name(ifindex, name), what);
}

static void link_request(nl_request *r, uint32_t ifindex, unsigned flags, unsigned change)
{
	struct ifinfomsg i = { .ifi_family = AF_UNSPEC,
			       .ifi_index = (int)ifindex,
			       .ifi_flags = flags,
			       .ifi_change = change };

	nl_begin(r, RTM_NEWLINK, 0, &i, sizeof(i));
}

bool netcfg_link_up(netcfg *c, uint32_t ifindex, bool up, err *e)
{
	nl_request r;

	link_request(&r, ifindex, up ? IFF_UP : 0, IFF_UP);
	return link_done(ifindex, nl_ask(&c->nl, &r), up ? "link up" : "link down", e);
}

bool netcfg_link_mtu(netcfg *c, uint32_t ifindex, uint32_t mtu, err *e)
{
	nl_request r;

	link_request(&r, ifindex, 0, 0);
	nl_put_u32(&r, IFLA_MTU, mtu);
	return link_done(ifindex, nl_ask(&c->nl, &r), "MTU", e);
}

bool netcfg_link_gso_max(netcfg *c, uint32_t ifindex, uint32_t octets, err *e)
{
	nl_request r;

	link_request(&r, ifindex, 0, 0);
	nl_put_u32(&r, IFLA_GSO_MAX_SIZE, octets);
	nl_put_u32(&r, ATTR_GSO_IPV4_MAX_SIZE,
		   octets); /* an older kernel overlooks it: one limit for both */
	return link_done(ifindex, nl_ask(&c->nl, &r), "largest super-segment", e);
}

/* NODAD: a tunnel's address is home's to give, and must be usable at once. */
static void address_request(nl_request *r, uint32_t ifindex, const ip_prefix *p, bool add)
{
	struct ifaddrmsg a = { .ifa_family = nl_family(&p->addr),
			       .ifa_prefixlen = p->bits,
			       .ifa_index = ifindex,
			       .ifa_scope = RT_SCOPE_UNIVERSE };

	if (add && p->addr.len == 16)
		a.ifa_flags = IFA_F_NODAD;
	nl_begin(r, add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &a,
		 sizeof(a));
	nl_put_addr(r, IFA_LOCAL, &p->addr);
	nl_put_addr(r, IFA_ADDRESS, &p->addr);
}

bool netcfg_address(netcfg *c, uint32_t ifindex, const ip_prefix *p, bool add, err *e)
{
	static const int there[] = { EEXIST }, gone[] = { EADDRNOTAVAIL, ENODEV };
	char name[IF_NAMESIZE], text[ADDR_STRLEN];
	nl_request r;

	address_request(&r, ifindex, p, add);
	int why = add ? netcfg_ask(c, &r, there, 1) : netcfg_ask(c, &r, gone, 2);
	return !why || err_sys(e, why, "%s: %s address %s/%u", link_name(ifindex, name),
			       add ? "adding" : "removing", ip_format(&p->addr, text), p->bits);
}
