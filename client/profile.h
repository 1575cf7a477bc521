/* SPDX-License-Identifier: MIT */
/* profile.h - PROFILE.hw: all that a client needs, one file. */
#ifndef HW_CLIENT_PROFILE_H
#define HW_CLIENT_PROFILE_H

#include "base/conf.h"
#include "base/log.h"
#include "base/url.h"
#include "core/client/core.h"
#include "io/stream/tls.h"

enum { PROFILE_ROUTES = 32, PROFILE_LIST = 8, PROFILE_HOST = 254, PROFILE_MUXES = 4 };

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

typedef struct mux_name { /* of a multiplexer */
	home_name at;
	bool https;
	bool own_port;                   /* a port was named: others are not tried */
	char target[RELAY_NAME_MAX + 1]; /* "home", or a relay's name */
} mux_name;

typedef enum proxy_mode { PROXY_AUTO, PROXY_NONE, PROXY_GIVEN } proxy_mode;
typedef struct proxy_setting {
	proxy_mode mode;
	url at; /* PROXY_GIVEN */
} proxy_setting;

typedef struct profile {
	char *identity;
	ip_addr address, address6;
	uint8_t key[KEY0_LEN];
	bool has_key;
	uint32_t spi;
	home_name homes[PROFILE_LIST];
	relay_name relays[CLIENT_RELAYS];
	mux_name muxes[PROFILE_MUXES];
	unsigned n_homes, n_relays, n_muxes;
	bool advertised;                 /* relay = advertised */
	char *mux_ca;                    /* PEM, or a file's name; NULL: the system's */
	char *mux_certificate, *mux_key; /* ours, for a multiplexer that requests one; NULL: none */
	bool tls_carrier;                /* tls = carrier: an inspector's certificate will do */
	proxy_setting proxy;
	char *paths;
	path_kind kinds[PATH_N_KINDS]; /* of paths, in order */
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
/* Is there a path that it allows, and has somewhere to lead? */
bool profile_reachable(const char *file, const profile *p, err *e);

/* One kind of carrier to one multiplexer, as the core counts them (client_conf.muxes): an https one at
 * its usual port is tried at http's as well, where the profile allows that. */
typedef struct profile_carrier {
	const mux_name *mux;
	path_kind kind;
	uint16_t port;
} profile_carrier;
unsigned profile_carriers(const profile *p, profile_carrier out[CLIENT_MUXES]);
/* TLS for connections to multiplexers, as the profile sets it; the caller's. NULL: see *e. */
tls_ctx *profile_tls_ctx(const profile *p, err *e);

/* The core's configuration; homes and relays given by address are filled in already. */
void profile_core_conf(const profile *p, client_conf *out);

bool profile_parse_host(const char *text, uint16_t port, home_name *out); /* HOST[:PORT] */
/* Calls take() for each word of a list at commas and blanks; at least one. */
bool profile_each_word(const char *text, bool (*take)(const char *w, void *field, err *e),
		       void *field, err *e);

/* profile_paths.c */
conf_setter profile_mux, profile_proxy, profile_paths, profile_tls;

/* profile_values.c */
conf_setter profile_identity, profile_key, profile_spi, profile_home, profile_relay,
	profile_interface, profile_routes, profile_networks, profile_ciphers, profile_groups,
	profile_lifetime, profile_address4or6, profile_address6;

#endif
