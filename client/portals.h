/* SPDX-License-Identifier: MIT */
/* portals.h - when carriers fail: is it a captive portal? The multiplexer itself is asked over plain HTTP, once
 * for each uplink's network. */
#ifndef HW_CLIENT_PORTALS_H
#define HW_CLIENT_PORTALS_H

#include "io/http/carrier.h"
#include "io/http/portal.h"

typedef struct portals {
	io_loop *loop; /* these two are borrowed */
	const logger *log;
	uint32_t ifindex; /* of the uplink asked about */
	ip_addr local;
	portal_probe *probe; /* NULL: not being asked */
	bool found;
	char where[PORTAL_URL]; /* the last one that was found and logged; "": none */
} portals;

/* Is there one on that uplink's network, as far as is known by now? Asks, unless a probe is under way. */
bool portals_ask(portals *p, const uplink *u, const carrier_mux *m);
void portals_forget(portals *p);

#endif
