/* SPDX-License-Identifier: MIT */
/* server_net.c - the system around the daemon: the TUN, the sockets, forwarding, routes, and what the
 * core is told of it. */
#include "server.h"
#include "names.h"

#include <errno.h>
#include <string.h>

static bool open_tun(server *s, err *e)
{
	s->tun = tun_open(s->conf->interface, e);
	if (!s->tun)
		return false;
	uint32_t index = tun_ifindex(s->tun);
	netcfg_link_gso_max(s->net, index, DGRAMQ_RUN_MAX_BYTES - 4096, NULL);
	return netcfg_link_mtu(s->net, index, s->conf->link_mtu, e) &&
	       netcfg_link_up(s->net, index, true, e);
}

static bool open_lan(server *s, err *e)
{
	if (!s->conf->lan)
		return true;
	s->lan_ifindex = netcfg_ifindex(s->conf->lan);
	if (!s->lan_ifindex)
		return err_set(e, ERR_CONFIG, "%s: lan = %s: there is no such link", s->conf->file,
			       s->conf->lan);
	s->announcer = announcer_open(e);
	return s->announcer && (announce_link_mac(s->lan_ifindex, s->lan_mac) ||
				err_set(e, ERR_CONFIG, "%s: lan = %s: has no hardware address",
					s->conf->file, s->conf->lan));
}

static bool enable_forwarding(server *s, err *e)
{
	if (s->conf->network4.addr.len && !netcfg_forwarding(AF_INET, e))
		return false;
	return !s->conf->network6.addr.len || netcfg_forwarding(AF_INET6, e);
}

/* Without a home link every permanent address leads into the TUN. */
static bool route_network(server *s, const ip_prefix *p, err *e)
{
	netcfg_route r = { .to = *p, .ifindex = tun_ifindex(s->tun) };

	if (!p->addr.len)
		return true;
	names_own_within(NULL, p, &r.prefsrc);
	return netcfg_route_set(s->net, &r, true, e);
}

static bool route_networks(server *s, err *e)
{
	if (s->lan_ifindex)
		return true;
	s->network_routed = true;
	return route_network(s, &s->conf->network4, e) && route_network(s, &s->conf->network6, e);
}

static bool open_sock(server *s, const endpoint *at, err *e)
{
	const udp_options o = { .local = *at, .reuse = false };
	char text[ENDPOINT_STRLEN];
	server_sock *k = &s->socks[s->n_socks];

	*k = (server_sock){ .server = s, .name = s->n_socks };
	k->udp = udp_open(&o, e);
	if (!k->udp)
		return err_prefix(e, "listen %s", endpoint_format(at, text));
	s->n_socks++;
	return true;
}

static bool open_socks(server *s, err *e)
{
	const endpoint defaults[] = {
		{ .addr = ip4(0, 0, 0, 0), .port = 434 },
		{ .addr = ip4(0, 0, 0, 0), .port = 4500 },
		{ .addr = { .len = 16 }, .port = 434 },
		{ .addr = { .len = 16 }, .port = 4500 },
	};
	unsigned n = s->conf->n_listens;
	const endpoint *list = n ? s->conf->listens : defaults;

	for (unsigned i = 0; i < (n ? n : 4); i++) {
		bool any6 = list[i].addr.len == 16 && ip_is_any(&list[i].addr);
		if (any6 && !names_has_ipv6()) /* that is no mistake of the configuration's */
			continue;
		if (!open_sock(s, &list[i], e))
			return false;
	}
	return s->n_socks > 0 || err_set(e, ERR_CONFIG, "nothing to listen on");
}

bool server_open_ipip(server *s, const server_conf *c, err *e)
{
	const ip_addr any = { 0 };

	if (s->ipip || c->n_relays == 0)
		return true;
	s->ipip = ipip_open(&any, e);
	return s->ipip != NULL;
}

bool server_net_open(server *s, err *e)
{
	s->net = netcfg_open(e);
	return s->net && open_lan(s, e) && open_socks(s, e) && server_open_ipip(s, s->conf, e) &&
	       open_tun(s, e) && enable_forwarding(s, e) && route_networks(s, e);
}

/* The TUN takes its routes along. */
void server_net_close(server *s)
{
	for (unsigned i = 0; i < s->n_socks; i++)
		udp_close(s->socks[i].udp);
	ipip_close(s->ipip);
	if (s->tun)
		tun_close(s->tun);
	if (s->announcer)
		announcer_close(s->announcer);
	if (s->net)
		netcfg_close(s->net);
}

static void add_agent(home_conf *h, const ip_addr *a)
{
	if (h->n_agents < HOME_ADDRESSES)
		h->agents[h->n_agents++] = *a;
}

static void add_own(server *s, home_conf *h)
{
	own_address own[OWN_ADDRESSES];
	size_t n = names_own_addresses(own);

	for (size_t i = 0; i < n; i++) {
		add_agent(h, &own[i].addr);
		if (h->n_reserved < HOME_ADDRESSES &&
		    (prefix_contains(&s->conf->network4, &own[i].addr) ||
		     prefix_contains(&s->conf->network6, &own[i].addr)))
			h->reserved[h->n_reserved++] = own[i].addr;
	}
}

static void add_publics(server *s, home_conf *h)
{
	ip_addr a[4];

	for (unsigned i = 0; i < s->conf->n_publics; i++) {
		size_t n = names_lookup(s->conf->publics[i], a, 4);
		for (size_t k = 0; k < n; k++)
			add_agent(h, &a[k]);
		if (n == 0)
			log_warn(&s->log, "public %s: no address is known for this name",
				 s->conf->publics[i]);
	}
}

static void add_relays(server *s, home_conf *h)
{
	for (unsigned i = 0; i < s->conf->n_relays; i++) {
		const conf_relay *c = &s->conf->relays[i];
		home_relay_conf *r = &h->relays[h->n_relays++];
		*r = (home_relay_conf){ .address = c->address };
		memcpy(r->name, c->name, sizeof r->name);
		memcpy(r->key2, c->key, sizeof r->key2);
		if (c->public && !names_lookup_endpoint(c->public, 4500, &r->at)) {
			log_warn(&s->log, "[relay %s] public = %s: no address is known for it",
				 c->name, c->public);
			r->at = (endpoint){ 0 };
		}
	}
}

void server_fill_home(server *s)
{
	const server_conf *c = s->conf;
	home_conf *h = &s->home;

	*h = (home_conf){ .network4 = c->network4, .network6 = c->network6 };
	h->lan_ifindex = s->lan_ifindex;
	if (c->lan && c->network4.addr.len)
		names_own_within(c->lan, &c->network4, &h->home_lan4);
	if (c->lan && c->network6.addr.len)
		names_own_within(c->lan, &c->network6, &h->home_lan6);
	add_publics(s, h);
	add_own(s, h);
	add_relays(s, h);
	if (c->network4.addr.len)
		server_conf_pool(c, &h->lease_first, &h->lease_last);
	h->lifetime_max_s = c->lifetime_s;
	h->lifetime_min_s = c->lifetime_min_s;
	h->keepalive_s = (uint16_t)c->keepalive_s;
	h->max_clients = c->max_clients;
	h->link_mtu = (uint16_t)c->link_mtu;
	h->policy = c->policy;
}
