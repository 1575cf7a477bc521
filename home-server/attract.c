/* SPDX-License-Identifier: MIT */
#include "attract.h"

#include "base/clock.h"

void attract_init(attractor *a, const settings *s, const network *n)
{
	*a = (attractor){ .settings = s, .network = n, .trouble = { .per_s = 1, .burst = 5 } };
}

static void complain(attractor *a, const err *e)
{
	if (rate_take(&a->trouble, clock_mono_ms()))
		log_error(&a->settings->log, "%s", e->text);
}

static bool set_route(const attractor *a, const ip_addr *to, bool add, err *e)
{
	const home_conf *h = &a->settings->home;
	const netcfg_route r = {
		.to = { *to, (uint8_t)(to->len * 8) },
		.ifindex = tun_ifindex(a->network->tun),
		.prefsrc = to->len == 4 ? h->home_lan4 : h->home_lan6,
	};

	return netcfg_route_set(a->network->net, &r, add, e);
}

void attract_packets(attractor *a, const ip_addr *to, bool away)
{
	const network *n = a->network;
	err e;

	if (!n->lan_ifindex)
		return; /* the network's route leads here all the time */
	if (!set_route(a, to, away, &e) || !netcfg_proxy(n->net, n->lan_ifindex, to, away, &e))
		complain(a, &e);
	if (away && !announce(n->announcer, n->lan_ifindex, n->lan_mac, to, &e))
		complain(a, &e);
}

/* A killed daemon's routes went with its TUN; its answers on the home link stay. */
void attract_clean(const attractor *a, const ip_addr *to)
{
	if (a->network->lan_ifindex && to->len)
		netcfg_proxy(a->network->net, a->network->lan_ifindex, to, false, NULL);
}
