/* SPDX-License-Identifier: MIT */
/* registry.h - who the clients are: STATE/clients/NAME.client, one INI file each, mode 0600, replaced or
 * made at once. What changes with every registration is in the state store, in the slot named here. */
#ifndef HW_SERVER_REGISTRY_H
#define HW_SERVER_REGISTRY_H

#include "core/home/core.h"

enum { CLIENT_NAME_MAX = 63 };

typedef struct client_record {
	char name[CLIENT_NAME_MAX + 1];
	home_client_conf conf;
	uint32_t slot;
} client_record;
void client_record_wipe(client_record *r);

/* state: the state directory. */
bool registry_prepare(const char *state, err *e); /* makes the directories */
bool registry_has(const char *state, const char *name);
bool registry_read(const char *state, const char *name, client_record *out, err *e);
bool registry_write(const char *state, const client_record *r, err *e); /* whole or not at all */
bool registry_delete(const char *state, const char *name, err *e);

/* Every client, by name; a file that can't be read goes to bad() (NULL: is an error that ends it). Until
 * each() returns false. */
typedef struct registry_visit {
	void *ctx;
	bool (*each)(void *ctx, const client_record *r);
	void (*bad)(void *ctx, const err *why);
} registry_visit;
bool registry_each(const char *state, const registry_visit *v, err *e);

/* "2027-01-31" (its first instant) or "2027-01-31T12:00:00Z", both UTC. */
bool registry_parse_date(const char *text, uint64_t *unix_s);
const char *registry_format_date(uint64_t unix_s, char out[32]);

#endif
