/* SPDX-License-Identifier: MIT */
/* agents.h - mobility agents on the links we visit (RFC 5944 2): solicited, heard, handed to the core. */
#ifndef HW_CLIENT_AGENTS_H
#define HW_CLIENT_AGENTS_H

#include "core/client/core.h"
#include "io/loop/loop.h"
#include "io/net/icmp_agents.h"

typedef struct agents {
	client_core *core; /* borrowed */
	icmp_agents *icmp; /* NULL: none are heard */
	io_watch *watch;
} agents;

/* Without it (a container may forbid raw sockets) there are the relays that profile and home name. False: see
 * *e. */
bool agents_open(agents *a, io_loop *l, client_core *core, err *e);
void agents_close(agents *a);
void agents_solicit(agents *a, const uplink *u);

#endif
