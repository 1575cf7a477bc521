/* SPDX-License-Identifier: MIT */
/* profile_paths.h - which paths a profile allows, and what leads to multiplexers. */
#ifndef HW_CLIENT_PROFILE_PATHS_H
#define HW_CLIENT_PROFILE_PATHS_H

#include "io/stream/tls.h"
#include "profile.h"

/* The kinds of paths it allows, in order; returns how many. */
unsigned profile_kinds(const profile *p, client_path_kind out[PATH_N_KINDS]);
/* Is there a path that it allows, and has somewhere to lead? */
bool profile_reachable(const char *file, const profile *p, err *e);

/* One kind of carrier to one multiplexer, as the core counts them (client_conf.muxes): an https one at
 * its usual port is tried at http's as well, where the profile allows that. */
typedef struct profile_carrier {
	const mux_name *mux;
	client_path_kind kind;
	uint16_t port;
} profile_carrier;
unsigned profile_carriers(const profile *p, profile_carrier out[CLIENT_MUXES]);
/* TLS for connections to multiplexers, as the profile sets it; the caller's. NULL: see *e. */
tls_ctx *profile_tls_ctx(const profile *p, err *e);

#endif
