/* SPDX-License-Identifier: MIT */
/* choice.h - which path is to be the active one. One that is gone or dead is left at once for the best of the
 * others; one that is merely better is taken when it has answered (make before break, upgrade.h). */
#ifndef HW_CORE_CLIENT_CHOICE_H
#define HW_CORE_CLIENT_CHOICE_H

#include "core/client/preference.h"

typedef struct client_choice {
	const client_agents *agents;
	const client_paths *paths;
	uint64_t used_ms;  /* since when the active path is active */
	uint64_t spare_ms; /* uplinks without a route are taken from then on; NEVER: no need */
} client_choice;

void client_choice_init(client_choice *ch, const client_agents *agents, const client_paths *paths);
/* The best that can be used; NULL: there is none. */
client_path *client_choice_best(const client_choice *ch);
/* The same; where there is none, after a while one whose route is still missing. */
client_path *client_choice_pick(client_choice *ch, core_time now);
void client_choice_used(client_choice *ch, core_time now); /* there is a new active path */
void client_choice_rest(client_choice *ch);                /* none has to be picked */
/* Nothing came of the active path for longer than it should take: another that answers will do. */
bool client_choice_is_active_silent(const client_choice *ch, core_time now);

static inline uint64_t client_choice_next_timer_ms(const client_choice *ch)
{
	return ch->spare_ms; /* pick again */
}

#endif
