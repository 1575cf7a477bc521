/* SPDX-License-Identifier: MIT */
/* profile.h - PROFILE.hw: all that a client needs, one file. */
#ifndef HW_CLIENT_PROFILE_H
#define HW_CLIENT_PROFILE_H

#include "base/log.h"
#include "core/client/core.h"
#include "host_port.h"
#include "proxies.h"
#include "routes.h"

enum { PROFILE_LIST = 8, PROFILE_MUXES = 4 };

typedef struct relay_name {
	host_port at;
	char name[RELAY_NAME_MAX + 1]; /* its own, as home calls it; "": the relay is asked */
} relay_name;

typedef struct mux_name { /* of a multiplexer */
	host_port at;
	bool https;
	bool own_port;                   /* a port was named: others are not tried */
	char target[RELAY_NAME_MAX + 1]; /* "home", or a relay's name */
} mux_name;

typedef struct profile {
	char *identity;
	ip_addr address, address6;
	uint8_t key[KEY0_LEN];
	bool has_key;
	uint32_t spi;
	host_port homes[PROFILE_LIST];
	relay_name relays[CLIENT_RELAYS];
	mux_name muxes[PROFILE_MUXES];
	unsigned n_homes, n_relays, n_muxes;
	bool advertised;                 /* relay = advertised */
	char *mux_ca;                    /* PEM, or a file's name; NULL: the system's */
	char *mux_certificate, *mux_key; /* ours, for a multiplexer that requests one; NULL: none */
	bool tls_carrier;                /* tls = carrier: an inspector's certificate will do */
	proxy_setting proxy;
	char *paths;
	client_path_kind kinds[PATH_N_KINDS]; /* of paths, in order */
	unsigned n_kinds;
	char interface[16];
	route_set routes;
	bool trust_relay;
	bool never_at_home; /* at_home = tunnel */
	ip_prefix network4, network6;
	ip_addr home_lan;
	sa_policy policy;
	uint32_t lifetime_s;
	char *state;
	char *user; /* runs as, when root starts it; NULL: PRIVATE_DAEMON_USER */
	log_level log;
} profile;

/* Errors name FILE:LINE. The file must be its owner's alone. */
bool profile_load(const char *file, profile *out, err *e);
void profile_free(profile *p); /* wipes the key */

#endif
