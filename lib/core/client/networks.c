/* SPDX-License-Identifier: MIT */
#include "core/client/networks.h"

void client_networks_init(client_networks *m, const client_saved *saved)
{
	memcpy(m->list, saved->networks, sizeof m->list);
	m->n = saved->n_networks;
}

void client_networks_save(const client_networks *m, client_saved *out)
{
	memcpy(out->networks, m->list, sizeof m->list);
	out->n_networks = m->n;
}

static bool is_network_of(const client_network *n, const uplink *u)
{
	return ip_equal(&n->gateway, &u->gateway) && n->local.bits == u->local.bits &&
	       prefix_contains(&n->local, &u->local.addr);
}

const client_network *client_networks_find(const client_networks *m, const uplink *u)
{
	for (unsigned i = 0; i < m->n; i++)
		if (is_network_of(&m->list[i], u))
			return &m->list[i];
	return NULL;
}

void client_networks_forget(client_networks *m, const uplink *u)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < m->n; i++)
		if (!is_network_of(&m->list[i], u))
			m->list[kept++] = m->list[i];
	m->n = kept;
}

void client_networks_put(client_networks *m, const uplink *u, client_path_kind kind,
			 const char hint[CLIENT_HINT])
{
	client_networks_forget(m, u);
	if (m->n == CLIENT_NETWORKS)
		m->n--;
	memmove(m->list + 1, m->list, m->n * sizeof *m->list);
	m->list[0] = (client_network){ .gateway = u->gateway, .local = u->local, .kind = kind };
	memcpy(m->list[0].hint, hint, CLIENT_HINT);
	m->n++;
}
