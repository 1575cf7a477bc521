/* SPDX-License-Identifier: MIT */
/* private.h - the machine as a whole: one struct of each module, and the thin layer above them, which alone
 * includes this. core.c takes inputs, receive.c and replies.c those from the network; reactions.c handles events;
 * roam.c is what several of them do with paths; status.c is what the outside sees. */
#ifndef HW_CORE_CLIENT_PRIVATE_H
#define HW_CORE_CLIENT_PRIVATE_H

#include "core/client/carriers.h"
#include "core/client/choice.h"
#include "core/client/confirmation.h"
#include "core/client/forward.h"
#include "core/client/handover.h"
#include "core/client/hints.h"
#include "core/client/home_watch.h"
#include "core/client/links.h"
#include "core/client/registration.h"
#include "core/client/upgrade.h"

struct client_core {
	client_host host;
	client_events events;
	client_credential credential;
	client_binding binding;
	client_agents agents;
	client_networks networks;
	client_paths paths;
	client_links links;
	client_associations associations;
	client_admission admission;
	client_exchange exchange;
	client_requests requests;
	client_echoes echoes;
	client_standby standby;
	client_mtu mtu;
	client_liveness liveness;
	client_confirmation confirmation;
	client_choice choice;
	client_upgrade upgrade;
	client_carriers carriers;
	client_home_link home_link;
	client_home_watch home_watch;
	client_registration registration;
	client_forward forward;
	client_handover handover;
	client_hints hints, notices;
	uint64_t slow_timer_ms; /* the next of those modules that walk all paths for it */
	struct {                /* what the shell was notified of last */
		client_state state;
		char reason[128];
		client_tunnel tunnel;
	} notified;
};

/* Home is to reach us: we are not on its link. */
static inline bool client_core_is_away(const client_core *c)
{
	return !client_registration_is_at_home(&c->registration);
}

/* core.c */
/* After every input but packets, which change the timers of the active path alone. */
void client_core_finish(client_core *c, core_time now);

/* roam.c: moving between paths */
void client_roam_activate(client_core *c, core_time now, client_path *p); /* use it, register */
void client_roam_use(client_core *c, core_time now, client_path *p);
/* The best, if the active one is no good. */
void client_roam_choose(client_core *c, core_time now);
void client_roam_lost_active(client_core *c, core_time now);
/* Uplinks, home's addresses or agents changed. */
void client_roam_sync(client_core *c, core_time now);
/* It answers, and is to be the active one: it is better, or the active one does not answer. */
bool client_roam_is_successor(const client_core *c, core_time now, const client_path *p);
/* Something authentic came over that path; runs for every packet. */
void client_roam_heard(client_core *c, core_time now, client_path *p);
/* It carries packets, if there is an association. */
void client_roam_admitted(client_core *c, core_time now, client_path *p);
/* Its relay lost our entry. */
void client_roam_forgotten(client_core *c, core_time now, client_path *p);
void client_roam_check_home(client_core *c, core_time now);

/* reactions.c */
void client_reactions_run(client_core *c, core_time now); /* until no event waits */

/* receive.c */
/* True: more may have changed than the active path's timers. */
bool client_receive(client_core *c, core_time now, const dgram_in *d);

/* replies.c */
void client_replies_receive(client_core *c, core_time now, client_path *p, const dgram_in *d);

/* status.c */
void client_status_notify(client_core *c); /* the shell, of state and tunnel, where they changed */

#endif
