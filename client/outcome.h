/* SPDX-License-Identifier: MIT */
/* outcome.h - where the core's state is reported: the log, the service manager, the process that waits in `up`, and the
 * state file. */
#ifndef HW_CLIENT_OUTCOME_H
#define HW_CLIENT_OUTCOME_H

#include "resolve.h"
#include "tunnel.h"

typedef struct outcome {
	const char *identity, *state_path; /* these six are borrowed */
	const logger *log;
	const client_core *core;
	resolver *resolver;
	tunnel *tunnel;
	int report;   /* the pipe of daemon_background(); -1: nobody waits */
	bool stopped; /* the core is done */
	bool unsaved; /* the state could not be written last time, and the log has it */
} outcome;

void outcome_state(outcome *o, client_state st, const char *reason);
void outcome_save(outcome *o, const client_saved *saved);
void outcome_report(outcome *o, bool ok, const char *text); /* once; nothing if nobody waits */

#endif
