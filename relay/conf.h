/* SPDX-License-Identifier: MIT */
/* conf.h - the relay's configuration file: read once, const afterwards. docs/operation.md lists the keys. */
#ifndef HW_RELAY_CONF_H
#define HW_RELAY_CONF_H

#include "base/conf_types.h"
#include "base/log.h"
#include "core/relay/core.h"

enum { RELAY_LISTENS = 8, RELAY_LINKS = 8 };

typedef struct relay_file {
	char *file;
	relay_conf core; /* name, address, home, KEY2, max_visitors */
	bool has_key;
	char realm[129]; /* [home REALM] */
	unsigned n_homes;
	endpoint listens[RELAY_LISTENS];
	unsigned n_listens;                         /* 0: the defaults */
	char *public;                               /* what clients reach; NULL: not configured */
	char links[RELAY_LINKS][CONF_LINK_MAX + 1]; /* where it advertises itself */
	unsigned n_links;
	uint32_t advertise_s, advertise_lifetime_s; /* interval; lifetime 0: three intervals */
	char *user; /* runs as, when root starts it; NULL: PRIVATE_DAEMON_USER */
	log_level log;
} relay_file;

/* NULL: see *e. Refuses a file that others may read: KEY2 stands in it. */
relay_file *relay_file_load(const char *file, err *e);
void relay_file_free(relay_file *c); /* NULL is fine; wipes keys */

#endif
