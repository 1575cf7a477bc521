/* SPDX-License-Identifier: MIT */
#include "settings.h"
#include "proto/mip.h"

#include <string.h>

void settings_init(settings *s, server_conf *c)
{
	*s = (settings){ .conf = c, .log = log_to_stderr(c->log) };
	public_names_take(&s->names, c);
}

static void add_agent(home_conf *h, const ip_addr *a)
{
	if (h->n_agents < HOME_ADDRESSES)
		h->agents[h->n_agents++] = *a;
}

static void add_own(home_conf *h)
{
	own_address own[OWN_ADDRESSES];
	size_t n = names_own_addresses(own);

	for (size_t i = 0; i < n; i++) {
		add_agent(h, &own[i].addr);
		if (h->n_reserved < HOME_ADDRESSES &&
		    (prefix_contains(&h->network4, &own[i].addr) ||
		     prefix_contains(&h->network6, &own[i].addr)))
			h->reserved[h->n_reserved++] = own[i].addr;
	}
}

static void add_publics(const settings *s, home_conf *h)
{
	ip_addr a[4];

	for (unsigned i = 0; i < s->conf->n_publics; i++) {
		size_t n = public_names_find(&s->names, s->conf->publics[i], a, 4);

		for (size_t k = 0; k < n; k++)
			add_agent(h, &a[k]);
		h->has_unknown_agents |= n == 0;
	}
}

static void add_relays(const settings *s, home_conf *h)
{
	for (unsigned i = 0; i < s->conf->n_relays; i++) {
		const conf_relay *c = &s->conf->relays[i];
		home_relay_conf *r = &h->relays[h->n_relays++];

		*r = (home_relay_conf){ .address = c->address };
		memcpy(r->name, c->name, sizeof r->name);
		memcpy(r->key2, c->key, sizeof r->key2);
		if (c->public && !public_names_endpoint(&s->names, c->public, MIP_ESP_PORT, &r->at))
			r->at = (endpoint){ 0 };
	}
}

void settings_fill_home(settings *s, uint32_t lan_ifindex)
{
	const server_conf *c = s->conf;
	home_conf *h = &s->home;

	*h = (home_conf){ .network4 = c->network4, .network6 = c->network6 };
	h->lan_ifindex = lan_ifindex;
	if (c->lan && c->network4.addr.len)
		names_own_within(c->lan, &c->network4, &h->home_lan4);
	if (c->lan && c->network6.addr.len)
		names_own_within(c->lan, &c->network6, &h->home_lan6);
	add_publics(s, h);
	add_own(h);
	add_relays(s, h);
	if (c->network4.addr.len)
		server_conf_pool(c, &h->lease_first, &h->lease_last);
	h->lifetime_max_s = c->lifetime_s;
	h->lifetime_min_s = c->lifetime_min_s;
	h->keepalive_s = (uint16_t)c->keepalive_s;
	h->max_clients = c->max_clients;
	h->link_mtu = (uint16_t)c->link_mtu;
	h->policy = c->policy;
	h->answers_strangers = !c->silent;
}

void settings_replace(settings *s, server_conf *next)
{
	server_conf_free(s->conf);
	s->conf = next;
	s->log.level = next->log;
	public_names_take(&s->names, next);
	settings_fill_home(s, s->home.lan_ifindex);
}

void settings_free(settings *s)
{
	server_conf_free(s->conf);
	explicit_bzero(&s->home, sizeof s->home);
}
