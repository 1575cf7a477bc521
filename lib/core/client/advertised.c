/* SPDX-License-Identifier: MIT */
#include "core/client/advertised.h"

enum { RESTARTED_BELOW = 256 /* RFC 5944 2.3.2: after a roll-over sequence numbers go on there */ };

void client_advertised_solicit(const client_agents *a, const uplink *u)
{
	const client_env *env = a->host->env;

	if (env->solicit && client_agents_allows(a, PATH_RELAY) && u->local.addr.len == 4)
		env->solicit(env->ctx, u);
}

static client_agent *find_advertised(client_agents *a, uint32_t ifindex, const endpoint *at)
{
	for (unsigned i = CLIENT_FIRST_ADVERTISED; i < CLIENT_FIRST_MUX; i++) {
		client_agent *g = &a->list[i];
		if (g->used && g->ifindex == ifindex && endpoint_equal(&g->relay.at, at))
			return g;
	}
	return NULL;
}

static void refresh(client_agent *g, core_time now, const agent_adv *adv)
{
	g->sequence = adv->sequence;
	g->until_ms = now.ms + adv->router_lifetime_s * 1000ull;
}

static void add_advertised(client_agents *a, core_time now, uint32_t ifindex, const endpoint *at,
			   const agent_adv *adv)
{
	reg_relay r = { .at = *at };
	unsigned i = CLIENT_FIRST_ADVERTISED;

	while (i < CLIENT_FIRST_MUX && a->list[i].used)
		i++;
	if (i == CLIENT_FIRST_MUX || (adv->flags & AGENT_B))
		return;
	memcpy(r.name, adv->name, sizeof r.name);
	client_agent *g = client_agents_put_relay(a, i, &r);
	g->advertised = true;
	g->ifindex = ifindex;
	refresh(g, now, adv);
	log_info(a->host->log, "agent %s advertises itself on link %u", adv->name, ifindex);
}

/* An advertisement has no authenticator: it leads to an attempt to register there, no more. */
void client_advertised_take(client_agents *a, core_time now, uint32_t ifindex, const ip_addr *from,
			    const agent_adv *adv)
{
	const endpoint at = { .addr = *from, .port = adv->port ? adv->port : MIP_PORT };
	client_agent *g = find_advertised(a, ifindex, &at);

	if (!client_agents_allows(a, PATH_RELAY) || !(adv->flags & AGENT_F) || !*adv->name)
		return;
	if (g && adv->router_lifetime_s == 0) {
		g->until_ms = now.ms; /* it withdraws */
	} else if (g) {
		/* RFC 5944 2.4.3: numbers that begin again mean that it was restarted and has no entry for us. */
		if (adv->sequence < g->sequence && adv->sequence < RESTARTED_BELOW)
			client_events_put(a->host->events,
					  (client_event){ .kind = CLIENT_EV_AGENT_RESTARTED,
							  .agent = (uint8_t)(g - a->list) });
		refresh(g, now, adv);
	} else if (adv->router_lifetime_s) {
		add_advertised(a, now, ifindex, &at, adv);
	}
	client_advertised_tick(a, now);
}

void client_advertised_tick(client_agents *a, core_time now)
{
	for (unsigned i = CLIENT_FIRST_ADVERTISED; i < CLIENT_FIRST_MUX; i++) {
		if (!a->list[i].used || now.ms < a->list[i].until_ms)
			continue;
		log_info(a->host->log, "agent %s no longer advertises itself",
			 a->list[i].relay.name);
		client_agents_drop_relay(a, i);
	}
}

uint64_t client_advertised_next_timer_ms(const client_agents *a)
{
	uint64_t next = NEVER;

	for (unsigned i = CLIENT_FIRST_ADVERTISED; i < CLIENT_FIRST_MUX; i++)
		if (a->list[i].used)
			next = min_u64(next, a->list[i].until_ms);
	return next;
}
