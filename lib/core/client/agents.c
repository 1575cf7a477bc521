/* SPDX-License-Identifier: MIT */
/* agents.c - where paths may lead: home, the relays that the profile or home named, those that
 * advertise themselves on a link (RFC 5944 2), and either by a multiplexer. */
#include "core/client/priv.h"

#include <stdio.h>

enum {
	FIRST_ADVERTISED = 1 + CLIENT_RELAYS,
	REBOOTED_BELOW = 256, /* RFC 5944 2.3.2: sequence numbers after a roll-over start there */
};

static unsigned kind_rank(const client_core *c, path_kind k) /* PATH_N_KINDS: not allowed */
{
	if (c->conf->n_kinds == 0)
		return k;
	for (unsigned i = 0; i < c->conf->n_kinds; i++)
		if (c->conf->kinds[i] == k)
			return i;
	return PATH_N_KINDS;
}

static bool relays_allowed(const client_core *c)
{
	return kind_rank(c, PATH_RELAY) < PATH_N_KINDS;
}

unsigned client_agent_rank(const client_core *c, unsigned i)
{
	return kind_rank(c, c->agents[i].kind) * CLIENT_AGENTS + i;
}

static const endpoint *home_at(const client_core *c, uint8_t family_len)
{
	if (c->last_remote.addr.len == family_len)
		return &c->last_remote;
	for (unsigned i = 0; i < c->n_homes; i++)
		if (c->homes[i].addr.len == family_len)
			return &c->homes[i];
	return NULL;
}

const endpoint *client_agent_at(const client_core *c, unsigned i, const uplink *u)
{
	const client_agent *a = &c->agents[i];
	if (!a->used)
		return NULL;
	if (a->kind == PATH_DIRECT)
		return home_at(c, u->local.addr.len);
	if (i >= CLIENT_FIRST_MUX)
		return &a->relay.at; /* its carrier finds the way */
	bool there = a->relay.at.addr.len == u->local.addr.len &&
		     (!a->advertised || a->ifindex == u->ifindex);
	return there ? &a->relay.at : NULL;
}

const char *client_agent_name(const client_core *c, unsigned i, char buf[ENDPOINT_STRLEN])
{
	const client_agent *a = &c->agents[i];
	if (!a->is_relay)
		return "home";
	return *a->relay.name ? a->relay.name : endpoint_format(&a->relay.at, buf);
}

static reg_relay *find_relay(reg_relay *list, unsigned n, const endpoint *at)
{
	for (unsigned i = 0; i < n; i++)
		if (endpoint_equal(&list[i].at, at))
			return &list[i];
	return NULL;
}

/* Those of `more` that are new go to the end of the list; names that were missing are filled in. */
static unsigned merge(reg_relay list[CLIENT_RELAYS], unsigned n, const reg_relay *more,
		      unsigned n_more)
{
	for (unsigned i = 0; i < n_more; i++) {
		reg_relay *same = find_relay(list, n, &more[i].at);
		if (same && !*same->name)
			*same = more[i];
		else if (!same && n < CLIENT_RELAYS)
			list[n++] = more[i];
	}
	return n;
}

/* The profile's relays first, then those home told of; a name that a relay told stays known. */
static unsigned wanted_relays(const client_core *c, reg_relay list[CLIENT_RELAYS])
{
	unsigned n = merge(list, 0, c->relays, c->n_relays);
	n = merge(list, n, c->saved.relays, c->saved.n_relays);
	for (unsigned i = 1; i < FIRST_ADVERTISED; i++)
		for (unsigned k = 0; k < n && c->agents[i].used; k++)
			if (!*list[k].name && endpoint_equal(&list[k].at, &c->agents[i].relay.at))
				list[k] = c->agents[i].relay;
	return relays_allowed(c) ? n : 0;
}

static void set_agent(client_agent *a, const reg_relay *r)
{
	*a = (client_agent){
		.used = true, .kind = PATH_RELAY, .is_relay = true, .relay = *r, .until_ms = NEVER
	};
}

static void drop_agent(client_core *c, core_time now, unsigned i)
{
	if (!c->agents[i].used)
		return;
	c->agents[i].used = false; /* no path is made to it again */
	client_paths_of_agent(c, now, i, false);
}

static void update_relays(client_core *c, core_time now)
{
	reg_relay list[CLIENT_RELAYS];
	unsigned n = wanted_relays(c, list);
	for (unsigned i = 0; i < CLIENT_RELAYS; i++) {
		client_agent *a = &c->agents[1 + i];
		bool same = i < n && a->used && endpoint_equal(&a->relay.at, &list[i].at);
		if (same)
			a->relay = list[i];
		if (same || (i >= n && !a->used))
			continue;
		drop_agent(c, now, 1 + i);
		if (i < n) {
			set_agent(a, &list[i]);
			client_paths_of_agent(c, now, 1 + i, true);
		}
	}
}

static void add_muxes(client_core *c)
{
	for (unsigned i = 0; i < c->conf->n_muxes; i++) {
		const client_mux *m = &c->conf->muxes[i];
		client_agent *a = &c->agents[CLIENT_FIRST_MUX + i];
		*a = (client_agent){ .kind = m->kind, .until_ms = NEVER };
		a->used = kind_rank(c, m->kind) < PATH_N_KINDS;
		a->is_relay = strcmp(m->agent, "home") != 0;
		memcpy(a->relay.name, m->agent, sizeof a->relay.name);
	}
}

void client_agents_init(client_core *c)
{
	reg_relay list[CLIENT_RELAYS];
	memcpy(c->relays, c->conf->relays, sizeof c->relays);
	c->n_relays = c->conf->n_relays;
	c->agents[0] = (client_agent){ .kind = PATH_DIRECT, .until_ms = NEVER };
	c->agents[0].used = kind_rank(c, PATH_DIRECT) < PATH_N_KINDS;
	c->last_agent = CLIENT_AGENTS; /* none */
	unsigned n = wanted_relays(c, list);
	for (unsigned i = 0; i < n; i++)
		set_agent(&c->agents[1 + i], &list[i]);
	add_muxes(c);
}

void client_core_relays(client_core *c, core_time now, const reg_relay *relays, unsigned n)
{
	c->n_relays = n < CLIENT_RELAYS ? n : CLIENT_RELAYS;
	memcpy(c->relays, relays, c->n_relays * sizeof *relays);
	update_relays(c, now);
}

static bool same_relays(const client_saved *s, const reg_reply *r)
{
	bool same = s->n_relays == r->n_relays;
	for (unsigned i = 0; same && i < s->n_relays; i++)
		same = endpoint_equal(&s->relays[i].at, &r->relays[i].at) &&
		       strcmp(s->relays[i].name, r->relays[i].name) == 0;
	return same;
}

/* A reply may have had no room for them: none told is none changed. */
void client_agents_learn(client_core *c, core_time now, const reg_reply *r)
{
	if (r->n_relays == 0 || same_relays(&c->saved, r))
		return;
	c->saved.n_relays = r->n_relays;
	memcpy(c->saved.relays, r->relays, sizeof c->saved.relays);
	c->env->save(c->env->ctx, &c->saved);
	update_relays(c, now);
}

void client_agents_solicit(client_core *c, const uplink *u)
{
	if (c->env->solicit && relays_allowed(c) && u->local.addr.len == 4)
		c->env->solicit(c->env->ctx, u);
}

static unsigned find_advertised(const client_core *c, uint32_t ifindex, const endpoint *at)
{
	for (unsigned i = FIRST_ADVERTISED; i < CLIENT_FIRST_MUX; i++) {
		const client_agent *a = &c->agents[i];
		if (a->used && a->ifindex == ifindex && endpoint_equal(&a->relay.at, at))
			return i;
	}
	return 0;
}

static unsigned free_place(const client_core *c)
{
	for (unsigned i = FIRST_ADVERTISED; i < CLIENT_FIRST_MUX; i++)
		if (!c->agents[i].used)
			return i;
	return 0;
}

/* Its numbers began anew: it was restarted and knows us no more (RFC 5944 2.4.3). */
static bool rebooted(uint16_t before, uint16_t sequence)
{
	return sequence < before && sequence < REBOOTED_BELOW;
}

static void refresh(client_core *c, core_time now, unsigned i, const agent_adv *a)
{
	client_agent *g = &c->agents[i];
	bool anew = rebooted(g->sequence, a->sequence);
	g->sequence = a->sequence;
	g->until_ms = now.ms + a->router_lifetime_s * 1000ull;
	for (unsigned k = 0; k < CLIENT_PATHS && anew; k++)
		if (c->paths[k].used && c->paths[k].agent == i)
			client_relay_forgot(c, now, &c->paths[k]);
}

static void found(client_core *c, core_time now, uint32_t ifindex, const endpoint *at,
		  const agent_adv *a)
{
	unsigned i = free_place(c);
	reg_relay r = { .at = *at };
	if (i == 0 || (a->flags & AGENT_B))
		return;
	memcpy(r.name, a->name, sizeof r.name);
	set_agent(&c->agents[i], &r);
	c->agents[i].advertised = true;
	c->agents[i].ifindex = ifindex;
	refresh(c, now, i, a);
	log_info(c->log, "agent %s advertises itself on link %u", a->name, ifindex);
	client_paths_of_agent(c, now, i, true);
}

/* An advertisement has no authenticator: it makes us try, no more. */
void client_core_agent(client_core *c, core_time now, uint32_t ifindex, const ip_addr *from,
		       const agent_adv *a)
{
	const endpoint at = { .addr = *from, .port = a->port ? a->port : MIP_PORT };
	unsigned i = find_advertised(c, ifindex, &at);
	if (!relays_allowed(c) || !(a->flags & AGENT_F) || !*a->name)
		return;
	if (i && a->router_lifetime_s == 0)
		c->agents[i].until_ms = now.ms; /* it says goodbye */
	else if (i)
		refresh(c, now, i, a);
	else if (a->router_lifetime_s)
		found(c, now, ifindex, &at, a);
	client_agents_tick(c, now);
}

void client_agents_tick(client_core *c, core_time now)
{
	for (unsigned i = FIRST_ADVERTISED; i < CLIENT_FIRST_MUX; i++) {
		if (!c->agents[i].used || now.ms < c->agents[i].until_ms)
			continue;
		log_info(c->log, "agent %s advertises itself no more", c->agents[i].relay.name);
		drop_agent(c, now, i);
	}
}

uint64_t client_agents_due(const client_core *c)
{
	uint64_t due = NEVER;
	for (unsigned i = FIRST_ADVERTISED; i < CLIENT_FIRST_MUX; i++)
		if (c->agents[i].used)
			due = min_u64(due, c->agents[i].until_ms);
	return due;
}
