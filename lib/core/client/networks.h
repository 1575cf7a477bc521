/* SPDX-License-Identifier: MIT */
/* networks.h - a memory of networks where UDP does not pass, and of what passed there: the newest first, a
 * bounded number. */
#ifndef HW_CORE_CLIENT_NETWORKS_H
#define HW_CORE_CLIENT_NETWORKS_H

#include "core/client/core.h"

typedef struct client_networks {
	client_network list[CLIENT_NETWORKS];
	unsigned n;
} client_networks;

void client_networks_init(client_networks *m, const client_saved *saved);
void client_networks_save(const client_networks *m, client_saved *out);
/* The network of that uplink; NULL: not known. */
const client_network *client_networks_find(const client_networks *m, const uplink *u);
void client_networks_forget(client_networks *m, const uplink *u);
void client_networks_put(client_networks *m, const uplink *u, client_path_kind kind,
			 const char hint[CLIENT_HINT]);

#endif
