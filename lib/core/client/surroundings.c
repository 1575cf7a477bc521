/* SPDX-License-Identifier: MIT */
/* surroundings.c - what the shell reports of uplinks, addresses, agents and carriers. */
#include "core/client/advertised.h"
#include "core/client/private.h"

/* --- the network --- */

void client_core_uplinks(client_core *c, core_time now, const uplink *u, size_t n)
{
	bool changed = client_links_set(&c->links, u, n);

	if (!c->handover.was_up && !client_registration_is_ending(&c->registration))
		client_handover_outage(&c->handover, now); /* until the first association */
	client_roam_sync(c, now);
	if (changed)
		client_home_watch_doubt(&c->home_watch, now);
	client_core_finish(c, now);
}

void client_core_roam(client_core *c, core_time now)
{
	for (client_path *p = NULL; (p = client_paths_next(&c->paths, p));)
		client_paths_forgive(p);
	client_home_link_restart(&c->home_link);
	client_carriers_restart(&c->carriers);
	client_links_solicit(&c->links);
	client_roam_check_home(c, now);
	client_home_watch_doubt(&c->home_watch, now);
	client_roam_choose(c, now);
	client_upgrade_start(&c->upgrade, now);
	if (client_core_is_away(c))
		client_registration_start(&c->registration, now,
					  !client_associations_has_pair(&c->associations));
	client_core_finish(c, now);
}

void client_core_homes(client_core *c, core_time now, const endpoint *homes, unsigned n)
{
	n = n < CLIENT_HOMES ? n : CLIENT_HOMES;
	if (n == 0 || client_agents_has_homes(&c->agents, homes, n))
		return;
	client_agents_set_homes(&c->agents, homes, n);
	client_roam_sync(c, now); /* paths of a family that had no address */
	client_core_roam(c, now);
}

void client_core_relays(client_core *c, core_time now, const reg_relay *relays, unsigned n)
{
	client_agents_set_relays(&c->agents, relays, n);
	client_core_finish(c, now);
}

void client_core_agent(client_core *c, core_time now, uint32_t ifindex, const ip_addr *from,
		       const agent_adv *a)
{
	client_advertised_take(&c->agents, now, ifindex, from, a);
	client_core_finish(c, now);
}

void client_core_home_doubt(client_core *c, core_time now)
{
	client_home_watch_doubt(&c->home_watch, now);
	client_core_finish(c, now);
}

void client_core_home_packet(client_core *c, core_time now)
{
	client_home_watch_packet(&c->home_watch, now);
	client_core_finish(c, now);
}

void client_core_stop(client_core *c, core_time now)
{
	client_registration_event(&c->registration, now, CLIENT_REG_STOP, &(client_reg_input){ 0 });
	client_core_finish(c, now);
}

/* --- carriers --- */

void client_core_carrier_hint(client_core *c, uint32_t sock, const char *hint)
{
	const client_path *p = client_paths_by_sock(&c->paths, sock);

	if (p)
		client_carriers_set_hint(&c->carriers, p, hint);
}

const char *client_core_known_hint(const client_core *c, const uplink *u, unsigned mux)
{
	return client_carriers_hint(&c->carriers, u, mux);
}

void client_core_carrier_up(client_core *c, core_time now, uint32_t sock, const endpoint *remote)
{
	client_path *p = client_paths_by_sock(&c->paths, sock);
	const client_path *active = c->paths.active;

	if (!p || p->link != CLIENT_LINK_OPENING)
		return;
	client_paths_carrier_up(p, remote);
	if (!(active && active->answering && !active->failed) &&
	    client_carriers_is_wanted(&c->carriers, p))
		client_roam_activate(c, now, p);
	else
		client_standby_probe(&c->standby, now, p);
	client_upgrade_start(&c->upgrade, now);
	client_carriers_tick(&c->carriers, now);
	client_core_finish(c, now);
}

void client_core_carrier_down(client_core *c, core_time now, uint32_t sock, bool portal)
{
	client_path *p = client_paths_by_sock(&c->paths, sock);

	if (!p || !client_paths_by_carrier(p))
		return;
	client_carriers_lost(&c->carriers, now, p, portal);
	client_reactions_run(c, now);
	client_carriers_tick(&c->carriers, now);
	client_core_finish(c, now);
}
