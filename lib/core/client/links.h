/* SPDX-License-Identifier: MIT */
/* links.h - uplinks become paths: what is new gets a path to each agent that it reaches, what is gone loses
 * them. */
#ifndef HW_CORE_CLIENT_LINKS_H
#define HW_CORE_CLIENT_LINKS_H

#include "core/client/paths.h"

typedef struct client_links {
	client_paths *paths;
	const client_agents *agents;
	uplink uplinks[UPLINK_MAX]; /* as the shell has them */
	size_t n;
} client_links;

/* Which paths changed, by slot: bit i is slot i. */
typedef struct client_links_changes {
	uint64_t opened;
	uint64_t routed;    /* could not be used, and can be now */
	uint64_t elsewhere; /* default route, routes or gateway of its uplink are others */
	uint64_t resized;   /* its link's MTU is another */
} client_links_changes;

void client_links_init(client_links *l, client_paths *paths, const client_agents *agents);
/* Takes over the list, and asks for agents on uplinks that are new. */
/* False: they are as they were. */
bool client_links_set(client_links *l, const uplink *u, size_t n);
void client_links_solicit(const client_links *l); /* on all of them */
/* Brings the paths in line with uplinks and agents. */
client_links_changes client_links_sync(client_links *l);

#endif
