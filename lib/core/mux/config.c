/* SPDX-License-Identifier: MIT */
#include "core/mux/config.h"

#include <string.h>

const mux_target *mux_config_target(const mux_config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_targets; i++)
		if (strcmp(c->targets[i].name, name) == 0)
			return &c->targets[i];
	return NULL;
}

bool mux_config_is_proxy(const mux_config *c, const ip_addr *a)
{
	for (unsigned i = 0; i < c->n_proxies; i++)
		if (prefix_contains(&c->proxies[i], a))
			return true;
	return false;
}
