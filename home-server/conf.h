/* SPDX-License-Identifier: MIT */
/* conf.h - the home server's configuration file: read once, const afterwards. docs/operation.md lists
 * the keys. */
#ifndef HW_SERVER_CONF_H
#define HW_SERVER_CONF_H

#include "base/addr.h"
#include "base/log.h"
#include "core/sa_negotiate.h"

enum { CONF_PUBLICS = 8, CONF_LISTENS = 8, CONF_RELAYS = 8, CONF_NAME_MAX = 63 };

typedef struct relay_conf { /* accepted and checked; relays are served by a later version */
	char name[CONF_NAME_MAX + 1];
	ip_addr address;
	uint8_t key[32];
} relay_conf;

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
	endpoint metrics; /* addr.len 0: none */
	log_level log;
	uint32_t lifetime_s, lifetime_min_s, sa_lifetime_s; /* sa_lifetime_s 0: as lifetime_s */
	uint32_t keepalive_s, max_clients, link_mtu;
	sa_policy policy;
	relay_conf relays[CONF_RELAYS];
	unsigned n_relays;
} server_conf;

/* NULL: see *e. Refuses a file that others may read when keys stand in it. */
server_conf *server_conf_load(const char *file, err *e);
void server_conf_free(server_conf *c); /* NULL is fine; wipes keys */

/* Values of one line each, as the file has them; `init` checks its arguments with them too. */
bool server_conf_networks(const char *text, server_conf *c, err *e);
bool server_conf_listen(const char *text, server_conf *c, err *e);
bool server_name_ok(const char *name); /* of a client or relay: 1 to 63 of a-z A-Z 0-9 . _ - */
bool server_realm_ok(const char *realm);

/* The range of IPv4 addresses to assign, as host parts of the network. */
void server_conf_pool(const server_conf *c, uint64_t *first, uint64_t *last);

#endif
