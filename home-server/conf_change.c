/* SPDX-License-Identifier: MIT */
#include "conf_change.h"

#include <string.h>

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_prefix(const ip_prefix *a, const ip_prefix *b)
{
	return a->bits == b->bits && ip_equal(&a->addr, &b->addr);
}

static bool is_same_listens(const server_conf *a, const server_conf *b)
{
	if (a->n_listens != b->n_listens)
		return false;
	for (unsigned i = 0; i < a->n_listens; i++)
		if (!endpoint_equal(&a->listens[i], &b->listens[i]))
			return false;
	return true;
}

const char *server_conf_find_fixed_change(const server_conf *a, const server_conf *b)
{
	const struct {
		const char *key;
		bool same;
	} fixed[] = {
		{ "realm", is_same_text(a->realm, b->realm) },
		{ "network", is_same_prefix(&a->network4, &b->network4) &&
				     is_same_prefix(&a->network6, &b->network6) },
		{ "lan", is_same_text(a->lan, b->lan) },
		{ "listen", is_same_listens(a, b) },
		{ "interface", is_same_text(a->interface, b->interface) },
		{ "state", is_same_text(a->state, b->state) },
		{ "link_mtu", a->link_mtu == b->link_mtu },
	};

	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		if (!fixed[i].same)
			return fixed[i].key;
	return NULL;
}

bool server_conf_has_same_relays(const server_conf *a, const server_conf *b)
{
	if (a->n_relays != b->n_relays)
		return false;
	for (unsigned i = 0; i < a->n_relays; i++)
		if (strcmp(a->relays[i].name, b->relays[i].name) != 0 ||
		    !ip_equal(&a->relays[i].address, &b->relays[i].address) ||
		    memcmp(a->relays[i].key, b->relays[i].key, sizeof a->relays[i].key) != 0)
			return false;
	return true;
}
