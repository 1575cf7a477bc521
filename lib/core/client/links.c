/* SPDX-License-Identifier: MIT */
#include "core/client/links.h"
#include "core/client/advertised.h"

#include <assert.h>

static_assert(CLIENT_PATHS <= 64, "client_links_changes has a bit for every slot");

void client_links_init(client_links *l, client_paths *paths, const client_agents *agents)
{
	*l = (client_links){ .paths = paths, .agents = agents };
}

bool client_links_set(client_links *l, const uplink *u, size_t n)
{
	uplink old[UPLINK_MAX];
	size_t n_old = l->n;

	memcpy(old, l->uplinks, sizeof old);
	n = n < UPLINK_MAX ? n : UPLINK_MAX;
	if (n)
		memmove(l->uplinks, u, n * sizeof *u);
	l->n = n;
	for (size_t i = 0; i < n; i++)
		if (!uplink_find(old, n_old, &l->uplinks[i]))
			client_advertised_solicit(l->agents, &l->uplinks[i]);
	return n != n_old || memcmp(old, l->uplinks, n * sizeof *u) != 0;
}

void client_links_solicit(const client_links *l)
{
	for (size_t i = 0; i < l->n; i++)
		client_advertised_solicit(l->agents, &l->uplinks[i]);
}

static void update(client_path *p, const uplink *u, client_links_changes *ch)
{
	const uplink was = p->up;
	bool was_usable = client_paths_is_usable(p);
	uint64_t bit = 1ull << p->slot;

	client_paths_set_uplink(p, u);
	if (was.has_default != u->has_default || was.n_routes != u->n_routes ||
	    !ip_equal(&was.gateway, &u->gateway))
		ch->elsewhere |= bit;
	if (was.mtu != u->mtu)
		ch->resized |= bit;
	if (client_paths_is_usable(p) && !was_usable) {
		client_paths_recover(p);
		ch->routed |= bit;
	}
}

static bool has_agent(const client_links *l, const client_path *p)
{
	const client_agent *g = &l->agents->list[p->agent];

	return g->used && g->generation == p->agent_generation;
}

/* To home first: there may be more paths than sockets. */
static void open_new(client_links *l, client_links_changes *ch)
{
	for (unsigned agent = 0; agent < CLIENT_AGENTS; agent++)
		for (size_t i = 0; i < l->n; i++) {
			const client_path *p = client_paths_open(l->paths, &l->uplinks[i], agent);
			if (p)
				ch->opened |= 1ull << p->slot;
		}
}

client_links_changes client_links_sync(client_links *l)
{
	client_links_changes ch = { 0 };

	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &l->paths->slots[i];
		const uplink *u = p->used ? uplink_find(l->uplinks, l->n, &p->up) : NULL;
		if (u && !uplink_has_moved(&p->up, u) && has_agent(l, p))
			update(p, u, &ch);
		else if (p->used)
			client_paths_close(l->paths, p);
	}
	open_new(l, &ch);
	return ch;
}
