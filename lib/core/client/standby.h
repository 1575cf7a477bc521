/* SPDX-License-Identifier: MIT */
/* standby.h - paths that are not the active one are examined, and kept ready: by an echo where packets pass, and
 * by a standby registration where a relay has to admit us first. */
#ifndef HW_CORE_CLIENT_STANDBY_H
#define HW_CORE_CLIENT_STANDBY_H

#include "core/client/echo.h"
#include "core/client/requests.h"

typedef struct client_standby {
	client_paths *paths;
	client_echoes *echoes;
	client_requests *requests;
	const client_associations *associations;
	const client_admission *admission;
	struct {
		uint64_t next_ms; /* the next registration; NEVER: none is planned */
		uint64_t sent_ms; /* the last; 0: none */
	} of[CLIENT_PATHS];       /* by the path's slot */
} client_standby;

void client_standby_reset(client_standby *s, unsigned slot); /* another path is there */
/* Finds out whether a path works. */
void client_standby_probe(client_standby *s, core_time now, client_path *p);
/* The relay admits that path for so long. */
void client_standby_granted(client_standby *s, core_time now, const client_path *p,
			    uint32_t lifetime_s);
/* The relay lost that path's admission. */
void client_standby_lost(client_standby *s, core_time now, const client_path *p);
void client_standby_repeat(client_standby *s, core_time now, const client_path *p); /* at once */
void client_standby_cancel(client_standby *s, const client_path *p);
void client_standby_tick(client_standby *s, core_time now);
uint64_t client_standby_next_timer_ms(const client_standby *s);

#endif
