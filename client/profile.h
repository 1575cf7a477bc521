/* SPDX-License-Identifier: MIT */
/* profile.h - PROFILE.hw: all that a client needs, one file. */
#ifndef HOMEWARD_PROFILE_H
#define HOMEWARD_PROFILE_H

#include "base/conf.h"
#include "base/log.h"
#include "core/client_core.h"

enum { PROFILE_ROUTES = 32, PROFILE_LIST = 8, PROFILE_HOST = 254 };

typedef enum routes_mode { ROUTES_HOME, ROUTES_ALL, ROUTES_LIST } routes_mode;
typedef struct route_set {
	routes_mode mode;
	ip_prefix prefixes[PROFILE_ROUTES]; /* ROUTES_LIST */
	unsigned n;
} route_set;

typedef struct home_name { /* of a home server */
	char host[PROFILE_HOST];
	uint16_t port;
	bool literal; /* an address: nothing to look up */
} home_name;

typedef struct relay_name {
	home_name at;
	char name[RELAY_NAME_MAX + 1]; /* its own, as home calls it; "": the relay is asked */
} relay_name;

typedef struct profile {
	char *identity;
	ip_addr address, address6;
	uint8_t key[KEY0_LEN];
	bool has_key;
	uint32_t spi;
	home_name homes[PROFILE_LIST];
	relay_name relays[CLIENT_RELAYS];
	unsigned n_homes, n_relays, n_muxes;
	bool advertised; /* relay = advertised */
	char *mux_ca, *proxy, *paths;
	path_kind kinds[PATH_N_KINDS]; /* of paths, in order, as far as this version has them */
	unsigned n_kinds;
	char interface[16];
	route_set routes;
	bool trust_relay;
	ip_prefix network4, network6;
	ip_addr home_lan;
	sa_policy policy;
	uint32_t lifetime_s;
	char *state;
	log_level log;
} profile;

/* Errors name FILE:LINE. The file must be its owner's alone. */
bool profile_load(const char *file, profile *out, err *e);
void profile_free(profile *p); /* wipes the key */
/* The kinds of paths it allows, in order; returns how many. */
unsigned profile_kinds(const profile *p, path_kind out[PATH_N_KINDS]);
/* Does it insist on what this version doesn't have? */
bool profile_supported(const char *file, const profile *p, err *e);

/* What the core wants to know; homes and relays that are addresses are filled in already. */
void profile_core_conf(const profile *p, client_conf *out);

/* profile_values.c */
conf_setter profile_identity, profile_key, profile_spi, profile_home, profile_relay, profile_mux,
	profile_proxy, profile_interface, profile_routes, profile_paths, profile_networks,
	profile_ciphers, profile_groups, profile_lifetime, profile_address4or6, profile_address6;

#endif
