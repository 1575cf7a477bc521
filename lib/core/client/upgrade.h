/* SPDX-License-Identifier: MIT */
/* upgrade.h - paths that would be preferred to the active one are probed, at growing gaps, and so is once in a
 * while the round trip of those that are as good. Which of them answers is taken by core.c. */
#ifndef HW_CORE_CLIENT_UPGRADE_H
#define HW_CORE_CLIENT_UPGRADE_H

#include "core/client/preference.h"
#include "core/client/standby.h"

typedef struct client_upgrade {
	const client_agents *agents;
	const client_paths *paths;
	const client_associations *associations;
	client_standby *standby;
	struct {
		uint64_t next_ms; /* the next probe; NEVER: none */
		uint32_t gap_ms;
	} of[CLIENT_PATHS]; /* by the path's slot */
} client_upgrade;

void client_upgrade_reset(client_upgrade *u, unsigned slot); /* another path is there */
/* Would p be preferred to the active path, if it answers? */
bool client_upgrade_is_one(const client_upgrade *u, const client_path *p);
void client_upgrade_start(client_upgrade *u, core_time now); /* probe all that are worth it, now */
void client_upgrade_cancel(client_upgrade *u, const client_path *p);
void client_upgrade_tick(client_upgrade *u, core_time now);
uint64_t client_upgrade_next_timer_ms(const client_upgrade *u);

#endif
