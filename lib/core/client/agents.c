/* SPDX-License-Identifier: MIT */
#include "core/client/agents.h"

/* PATH_N_KINDS: not allowed. */
static unsigned kind_rank(const client_agents *a, client_path_kind k)
{
	const client_conf *conf = a->host->conf;

	if (conf->n_kinds == 0)
		return k;
	for (unsigned i = 0; i < conf->n_kinds; i++)
		if (conf->kinds[i] == k)
			return i;
	return PATH_N_KINDS;
}

bool client_agents_allows(const client_agents *a, client_path_kind k)
{
	return kind_rank(a, k) < PATH_N_KINDS;
}

unsigned client_agents_rank(const client_agents *a, unsigned i)
{
	return kind_rank(a, a->list[i].kind) * CLIENT_AGENTS + i;
}

static const endpoint *reach_home(const client_agents *a, uint8_t family_len)
{
	if (a->last_home.addr.len == family_len)
		return &a->last_home;
	for (unsigned i = 0; i < a->n_homes; i++)
		if (a->homes[i].addr.len == family_len)
			return &a->homes[i];
	return NULL;
}

const endpoint *client_agents_reach(const client_agents *a, unsigned i, const uplink *u)
{
	const client_agent *g = &a->list[i];

	if (!g->used)
		return NULL;
	if (i == CLIENT_AGENT_HOME)
		return reach_home(a, u->local.addr.len);
	if (i >= CLIENT_FIRST_MUX)
		return &g->relay.at;
	bool is_there = g->relay.at.addr.len == u->local.addr.len &&
			(!g->advertised || g->ifindex == u->ifindex);
	return is_there ? &g->relay.at : NULL;
}

unsigned client_agents_addresses(const client_agents *a, unsigned i, const uplink *u,
				 endpoint list[CLIENT_HOMES])
{
	unsigned n = 0;

	if (i >= CLIENT_FIRST_MUX)
		return 0;
	if (a->list[i].is_relay) {
		list[0] = a->list[i].relay.at;
		return 1;
	}
	for (unsigned k = 0; k < a->n_homes; k++)
		if (a->homes[k].addr.len == u->local.addr.len)
			list[n++] = a->homes[k];
	return n;
}

ip_addr client_agents_home4(const client_agents *a)
{
	for (unsigned i = 0; i < a->n_homes; i++)
		if (a->homes[i].addr.len == 4)
			return a->homes[i].addr;
	return (ip_addr){ 0 };
}

const char *client_agents_name(const client_agents *a, unsigned i, char buf[ENDPOINT_STRLEN])
{
	const client_agent *g = &a->list[i];

	if (!g->is_relay)
		return "home";
	return *g->relay.name ? g->relay.name : endpoint_format(&g->relay.at, buf);
}

static void note_change(const client_agents *a)
{
	client_events_put(a->host->events, (client_event){ .kind = CLIENT_EV_AGENTS_CHANGED });
}

/* --- relays --- */

client_agent *client_agents_put_relay(client_agents *a, unsigned i, const reg_relay *r)
{
	a->list[i] = (client_agent){ .used = true,
				     .generation = ++a->last_generation,
				     .kind = PATH_RELAY,
				     .is_relay = true,
				     .relay = *r,
				     .until_ms = NEVER };
	note_change(a);
	return &a->list[i];
}

void client_agents_drop_relay(client_agents *a, unsigned i)
{
	a->list[i].used = false;
	note_change(a);
}

/* A name that a relay itself gave stays known. */
static void keep_names(const client_agents *a, reg_relay *list, unsigned n)
{
	for (unsigned i = 1; i < CLIENT_FIRST_ADVERTISED; i++)
		for (unsigned k = 0; k < n && a->list[i].used; k++)
			if (!*list[k].name && endpoint_equal(&list[k].at, &a->list[i].relay.at))
				list[k] = a->list[i].relay;
}

static void update_relays(client_agents *a)
{
	reg_relay list[CLIENT_RELAYS];
	unsigned n = client_agents_allows(a, PATH_RELAY)
			     ? client_known_relays_list(&a->relays, list)
			     : 0;

	keep_names(a, list, n);

	for (unsigned i = 0; i < CLIENT_RELAYS; i++) {
		client_agent *g = &a->list[1 + i];
		if (i < n && g->used && endpoint_equal(&g->relay.at, &list[i].at))
			g->relay = list[i];
		else if (i < n)
			client_agents_put_relay(a, 1 + i, &list[i]);
		else if (g->used)
			client_agents_drop_relay(a, 1 + i);
	}
}

static void add_muxes(client_agents *a)
{
	for (unsigned i = 0; i < a->host->conf->n_muxes; i++) {
		const client_mux *m = &a->host->conf->muxes[i];
		client_agent *g = &a->list[CLIENT_FIRST_MUX + i];
		*g = (client_agent){ .used = client_agents_allows(a, m->kind),
				     .kind = m->kind,
				     .is_relay = strcmp(m->agent, "home") != 0,
				     .until_ms = NEVER };
		memcpy(g->relay.name, m->agent, sizeof g->relay.name);
	}
}

void client_agents_init(client_agents *a, const client_host *host, const client_saved *saved)
{
	const client_conf *conf = host->conf;

	*a = (client_agents){ .host = host, .n_homes = conf->n_homes, .last_used = CLIENT_AGENTS };
	memcpy(a->homes, conf->homes, sizeof a->homes);
	client_known_relays_init(&a->relays, conf, saved);
	a->list[CLIENT_AGENT_HOME] = (client_agent){ .used = client_agents_allows(a, PATH_DIRECT),
						     .kind = PATH_DIRECT,
						     .until_ms = NEVER };
	update_relays(a);
	add_muxes(a);
}

void client_agents_save(const client_agents *a, client_saved *out)
{
	client_known_relays_save(&a->relays, out);
}

bool client_agents_has_homes(const client_agents *a, const endpoint *homes, unsigned n)
{
	bool same = n == a->n_homes;

	for (unsigned i = 0; same && i < n; i++)
		same = endpoint_equal(&homes[i], &a->homes[i]);
	return same;
}

void client_agents_set_homes(client_agents *a, const endpoint *homes, unsigned n)
{
	memcpy(a->homes, homes, n * sizeof *homes);
	a->n_homes = n;
}

void client_agents_set_relays(client_agents *a, const reg_relay *relays, unsigned n)
{
	client_known_relays_set_profile(&a->relays, relays, n);
	update_relays(a);
}

void client_agents_learn(client_agents *a, const reg_reply *r)
{
	if (!client_known_relays_learn(&a->relays, r))
		return;
	client_events_put(a->host->events, (client_event){ .kind = CLIENT_EV_SAVE });
	update_relays(a);
}

bool client_agents_set_name(client_agents *a, unsigned i, wire_bytes name)
{
	reg_relay *r = &a->list[i].relay;

	if (*r->name || name.n == 0 || name.n > RELAY_NAME_MAX || memchr(name.p, 0, name.n))
		return false;
	memcpy(r->name, name.p, name.n);
	return true;
}

void client_agents_note_used(client_agents *a, unsigned i)
{
	a->last_used = (uint8_t)i;
}

void client_agents_note_home(client_agents *a, const endpoint *remote)
{
	a->last_home = *remote;
}
