/* SPDX-License-Identifier: MIT */
#include "network.h"
#include "names.h"

static bool open_lan(network *n, const server_conf *c, err *e)
{
	if (!c->lan)
		return true;
	n->lan_ifindex = netcfg_ifindex(c->lan);
	if (!n->lan_ifindex)
		return err_set(e, ERR_CONFIG, "%s: lan = %s: there is no such link", c->file,
			       c->lan);
	n->announcer = announcer_open(e);
	return n->announcer &&
	       (announce_link_mac(n->lan_ifindex, n->lan_mac) ||
		err_set(e, ERR_CONFIG, "%s: lan = %s: has no hardware address", c->file, c->lan));
}

static bool open_tun(network *n, const server_conf *c, err *e)
{
	n->tun = tun_open(c->interface, e);
	if (!n->tun)
		return false;
	uint32_t index = tun_ifindex(n->tun);
	netcfg_link_gso_max(n->net, index, DGRAMQ_RUN_MAX_BYTES - 4096, NULL);
	return netcfg_link_mtu(n->net, index, c->link_mtu, e) &&
	       netcfg_link_up(n->net, index, true, e);
}

static bool enable_forwarding(const server_conf *c, err *e)
{
	if (c->network4.addr.len && !netcfg_forwarding(AF_INET, e))
		return false;
	return !c->network6.addr.len || netcfg_forwarding(AF_INET6, e);
}

static bool route_network(network *n, const ip_prefix *p, err *e)
{
	netcfg_route r = { .to = *p, .ifindex = tun_ifindex(n->tun) };

	if (!p->addr.len)
		return true;
	names_own_within(NULL, p, &r.prefsrc);
	return netcfg_route_set(n->net, &r, true, e);
}

/* Without a home link every permanent address leads into the TUN. */
static bool route_networks(network *n, const server_conf *c, err *e)
{
	return n->lan_ifindex ||
	       (route_network(n, &c->network4, e) && route_network(n, &c->network6, e));
}

bool network_open(network *n, const server_conf *c, err *e)
{
	*n = (network){ .net = netcfg_open(e) };
	return n->net && open_lan(n, c, e) && open_tun(n, c, e) && enable_forwarding(c, e) &&
	       route_networks(n, c, e);
}

void network_close(network *n)
{
	if (n->tun)
		tun_close(n->tun);
	if (n->announcer)
		announcer_close(n->announcer);
	if (n->net)
		netcfg_close(n->net);
}
