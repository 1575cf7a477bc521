/* SPDX-License-Identifier: MIT */
/* attract.c - packets for a client that is away are brought here: a route into the TUN, an answer to those who
 * ask the home link for its address, an announcement. */
#include "server.h"

#include "base/clock.h"

static ip_prefix host_prefix(const ip_addr *a)
{
	return (ip_prefix){ *a, (uint8_t)(a->len * 8) };
}

static void complain(server *s, const err *e)
{
	if (rate_take(&s->trouble, clock_mono_ms()))
		log_error(&s->log, "%s", e->text);
}

static bool set_route(server *s, const ip_addr *a, bool add, err *e)
{
	netcfg_route r = { .to = host_prefix(a), .ifindex = tun_ifindex(s->tun) };

	r.prefsrc = a->len == 4 ? s->home.home_lan4 : s->home.home_lan6;
	return netcfg_route_set(s->net, &r, add, e);
}

static void attract(void *ctx, const ip_addr *a, bool away)
{
	server *s = ctx;
	err e;

	if (!s->lan_ifindex)
		return; /* the network's route leads here all the time */
	if (!set_route(s, a, away, &e) || !netcfg_proxy(s->net, s->lan_ifindex, a, away, &e))
		complain(s, &e);
	if (away && !announce(s->announcer, s->lan_ifindex, s->lan_mac, a, &e))
		complain(s, &e);
}

home_env server_env(server *s)
{
	return (home_env){ .ctx = s, .attract = attract, .request = server_request };
}

/* A killed daemon's routes went with its TUN; its answers on the home link stay. */
void server_clean_address(server *s, const ip_addr *a)
{
	if (s->lan_ifindex && a->len)
		netcfg_proxy(s->net, s->lan_ifindex, a, false, NULL);
}
