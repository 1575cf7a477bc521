/* SPDX-License-Identifier: MIT */
/* clients.h - clients come, change and go: what that means for their registrations under way, their bindings and
 * what relays hear of them. */
#ifndef HW_CORE_HOME_CLIENTS_H
#define HW_CORE_HOME_CLIENTS_H

#include "core/home/link.h"
#include "core/home/presence.h"

typedef struct home_clients { /* borrowed */
	home_peers *peers;
	home_presence *presence;
	home_links *links;
	home_txns *txns;
} home_clients;

/* Adds, or changes the one of the same id; state may be NULL (new). NULL: see *e. */
home_peer *home_clients_put(const home_clients *c, const home_client_conf *conf,
			    const home_client_state *s, err *e);
void home_clients_remove(const home_clients *c, home_peer *p);

#endif
