/* SPDX-License-Identifier: MIT */
/* resolve_job.h - one look-up of all names, from a copy of all it needs, so that a thread can do it. */
#ifndef HW_CLIENT_RESOLVE_JOB_H
#define HW_CLIENT_RESOLVE_JOB_H

#include "names.h"
#include "resolve.h"

typedef struct resolve_job {
	host_port homes[PROFILE_LIST];
	relay_name relays[CLIENT_RELAYS];
	host_port muxes[PROFILE_MUXES], proxies[PROXY_NAMES];
	unsigned n_homes, n_relays, n_muxes;
	uplink uplinks[UPLINK_MAX];
	unsigned n_uplinks;
	bool by_system; /* the C library may be asked where no server answers us: its queries can't enter the tunnel */
	endpoint relays_at[CLIENT_RELAYS]; /* where each was last; addr.len 0: not known */
	known_names known;
	bool changed; /* known did */
	resolution out;
	bool silent; /* no server answers: the names that are left are not asked about */
} resolve_job;

void resolve_job_take(resolve_job *j, const profile *p, const proxy_list *proxies);
/* Fills out from literals, from what is known, and, if ask, from what is found now (which then is known).
 * Blocks if ask. */
void resolve_job_run(resolve_job *j, bool ask);
/* Is there anything to look up, or to hand over, beyond the profile's own addresses? */
bool resolve_job_has_names(const resolve_job *j);
/* Takes what is about these names. */
void resolve_job_know(resolve_job *j, const known_names *from);

#endif
