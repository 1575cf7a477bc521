/* SPDX-License-Identifier: MIT */
/* carriers.h - when tunnels inside HTTP are open: they are opened one after the other with a short stagger (RFC
 * 8305 5) while no better path works, and closed when one does. A network that passes UDP never sees one. */
#ifndef HW_CORE_CLIENT_CARRIERS_H
#define HW_CORE_CLIENT_CARRIERS_H

#include "core/client/admission.h"
#include "core/client/networks.h"
#include "core/client/preference.h"

typedef struct client_carrier {
	uint64_t open_ms;       /* to be opened then; NEVER: not wanted, or under way */
	uint32_t open_gap_ms;   /* the pause after the next failure; 0: there was none */
	uint64_t rest_ms;       /* not opened earlier: it failed */
	uint64_t linger_ms;     /* to be closed then, if it stays unwanted; NEVER: wanted */
	char hint[CLIENT_HINT]; /* how it got through, in the shell's format */
} client_carrier;

typedef struct client_carriers {
	const client_host *host;
	const client_agents *agents;
	client_paths *paths;
	const client_admission *admission;
	client_networks *networks;
	bool allowed; /* some path is to lead out: we are neither at home nor stopping */
	client_carrier of[CLIENT_PATHS]; /* by the path's slot */
} client_carriers;

void client_carriers_reset(client_carriers *cs, unsigned slot); /* another path is there */
void client_carriers_allow(client_carriers *cs, bool allowed);
void client_carriers_restart(client_carriers *cs); /* the network changed: no pauses */
/* That path leads through another network now: if it is closed, it is planned again. */
void client_carriers_replan(client_carriers *cs, const client_path *p);
/* That path answers: what the next visit to its network is to begin with. */
void client_carriers_remember(client_carriers *cs, const client_path *p);
/* Nothing better works. */
bool client_carriers_is_wanted(const client_carriers *cs, const client_path *p);
void client_carriers_set_hint(client_carriers *cs, const client_path *p, const char *hint);
const char *client_carriers_hint(const client_carriers *cs, const uplink *u, unsigned mux);
/* It can't be opened, or is lost; leads to CLIENT_EV_CARRIER_CLOSED, as does what tick() closes. */
void client_carriers_lost(client_carriers *cs, core_time now, client_path *p, bool portal);
void client_carriers_tick(client_carriers *cs, core_time now);
uint64_t client_carriers_next_timer_ms(const client_carriers *cs);

#endif
