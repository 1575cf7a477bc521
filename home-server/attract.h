/* SPDX-License-Identifier: MIT */
/* attract.h - packets for a client that is away are brought here: a route into the TUN, an answer to those who
 * ask the home link for its address, an announcement. */
#ifndef HW_SERVER_ATTRACT_H
#define HW_SERVER_ATTRACT_H

#include "network.h"
#include "settings.h"

typedef struct attractor {
	const settings *settings; /* these two are borrowed */
	const network *network;
	rate_limit trouble; /* log lines about the system's refusals */
} attractor;

void attract_init(attractor *a, const settings *s, const network *n);
/* away: from now on; else no longer. */
void attract_packets(attractor *a, const ip_addr *to, bool away);
/* Takes away what a killed daemon may have left. */
void attract_clean(const attractor *a, const ip_addr *to);

#endif
