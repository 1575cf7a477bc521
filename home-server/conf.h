/* SPDX-License-Identifier: MIT */
/* conf.h - the home server's configuration file: read once, const afterwards. docs/operation.md lists
 * the keys. */
#ifndef HW_SERVER_CONF_H
#define HW_SERVER_CONF_H

#include "base/conf_types.h"
#include "base/log.h"
#include "core/home/core.h"

enum { CONF_PUBLICS = 8, CONF_LISTENS = 8, CONF_MUXES = 4 };

typedef struct conf_relay { /* [relay NAME] */
	char name[CONF_NAME_MAX + 1];
	ip_addr address; /* towards us */
	char *public;    /* ADDRESS[:PORT] or NAME[:PORT] that clients get; NULL: nothing */
	uint8_t key[32];
	unsigned before; /* sections of relays above this one */
} conf_relay;

typedef struct server_conf {
	char *file;
	char *realm;
	ip_prefix network4, network6; /* addr.len 0: none */
	ip_addr pool_first,
		pool_last; /* IPv4 addresses to assign; len 0: chosen from the network */
	char *lan;         /* NULL: no home link */
	char *publics[CONF_PUBLICS];
	unsigned n_publics;
	endpoint listens[CONF_LISTENS];
	unsigned n_listens; /* 0: the defaults */
	char interface[16];
	char *state;
	char *user;       /* runs as, when root starts it; NULL: PRIVATE_DAEMON_USER */
	endpoint metrics; /* addr.len 0: none */
	log_level log;
	uint32_t lifetime_s, lifetime_min_s, sa_lifetime_s; /* sa_lifetime_s 0: as lifetime_s */
	uint32_t keepalive_s, max_clients, link_mtu;
	bool silent; /* to who proves no key */
	sa_policy policy;
	char *muxes[CONF_MUXES]; /* URLs of multiplexers, for profiles */
	unsigned n_muxes;
	char *mux_ca; /* file: what their certificates are checked by, for profiles; NULL: none */
	conf_relay relays[HOME_RELAYS];
	unsigned n_relays;
} server_conf;

/* NULL: see *e. Refuses a file that others may read when keys stand in it. */
server_conf *server_conf_load(const char *file, err *e);
void server_conf_free(server_conf *c); /* NULL is fine; wipes keys */

/* Values of one line each, as the file has them; `init` checks its arguments with them too. */
bool server_conf_networks(const char *text, server_conf *c, err *e);
bool server_realm_ok(const char *realm);

/* The range of IPv4 addresses to assign, as host parts of the network. */
void server_conf_pool(const server_conf *c, uint64_t *first, uint64_t *last);

#endif
