/* SPDX-License-Identifier: MIT */
/* wanted_names.h - the names of a profile and of its proxies, what is known of them, and what follows from that. */
#ifndef HW_CLIENT_WANTED_NAMES_H
#define HW_CLIENT_WANTED_NAMES_H

#include "names.h"
#include "resolve.h"

typedef struct wanted_names {
	host_port homes[PROFILE_LIST];
	relay_name relays[CLIENT_RELAYS];
	host_port muxes[PROFILE_MUXES], proxies[PROXY_NAMES];
	unsigned n_homes, n_relays, n_muxes;
	endpoint relays_at[CLIENT_RELAYS]; /* where each was last; addr.len 0: not known */
	known_names known;
} wanted_names;

void wanted_names_take(wanted_names *w, const profile *p, const proxy_list *proxies);
/* Is there anything to look up, or to hand over, beyond the profile's own addresses? */
bool wanted_names_any(const wanted_names *w);
/* Those to look up, each once. Returns how many; they are borrowed. */
unsigned wanted_names_list(const wanted_names *w, const char *out[NAMES_MAX]);
/* Takes what is about these names. */
void wanted_names_know(wanted_names *w, const known_names *from);
/* From addresses of the profile and what is known. */
void wanted_names_resolve(wanted_names *w, resolution *out);

#endif
