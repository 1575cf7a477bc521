/* SPDX-License-Identifier: MIT */
/* registrar.h - takes registrations from their arrival to the reply: checks, waits, commits, refuses. */
#ifndef HW_CORE_HOME_REGISTRAR_H
#define HW_CORE_HOME_REGISTRAR_H

#include "core/home/check.h"
#include "core/home/commit.h"
#include "core/home/refusals.h"
#include "core/home/resync.h"

typedef struct home_registrar {
	const home_conf *conf; /* these are borrowed */
	const home_env *env;
	const logger *log;
	dgramq *tx;
	home_peers *peers;
	home_links *links;
	home_refusals *refusals;
	home_clients clients;
	home_checks checks;
	home_commits commits;
	home_txns txns;
	home_resyncs resyncs;
	rate_limit log_limit;
	home_register_counters count;
} home_registrar;
/* What is borrowed is set by then. False: no memory or no randomness. */
bool home_registrar_open(home_registrar *r, home_presence *presence);
void home_registrar_close(home_registrar *r); /* peers have been removed by then */

/* One that p's credential has verified; p NULL: one under the authority's SPI, which is to verify it. */
void home_registrar_begin(home_registrar *r, home_peer *p, const home_arrival *in);
/* A question for home's time that p's credential has verified. */
void home_registrar_state_time(home_registrar *r, home_peer *p, const home_arrival *in);
/* What the wait of that number was for has happened, or failed. */
void home_registrar_complete(home_registrar *r, core_time now, uint64_t number,
			     const home_answer *a);
/* Ends those that came by a relay, without a reply; what came directly behind one of them goes on at the next tick. */
void home_registrar_cancel_relayed(home_registrar *r);
void home_registrar_tick(home_registrar *r, core_time now);
uint64_t home_registrar_next_timer_ms(const home_registrar *r);

#endif
