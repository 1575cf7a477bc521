/* SPDX-License-Identifier: MIT */
/* client_scan.h - what registry and store hold of clients, read in one go. Uses nothing of the loop's, so that it is
 * done where the disk may be waited for; copies of names and paths are its own. */
#ifndef HW_SERVER_CLIENT_SCAN_H
#define HW_SERVER_CLIENT_SCAN_H

#include "store/registry.h"
#include "store/state_store.h"

typedef struct scanned_client {
	client_record record;
	home_client_state state;
	bool damaged; /* the state is lost */
} scanned_client;

typedef struct client_scan {
	char *state; /* the directory */
	scanned_client *clients;
	size_t n, room;
	err bad[16]; /* why some could not be read */
	size_t n_bad;
	char (*gone)[CLIENT_NAME_MAX + 1]; /* asked for, and not in the registry */
	size_t n_gone, gone_room;
} client_scan;

bool client_scan_init(client_scan *c, const char *state); /* false: no memory */
void client_scan_free(client_scan *c);                    /* wipes keys */

/* Asks about a client; false: no memory. */
bool client_scan_ask(client_scan *c, const char *name);
/* What was asked for and is there goes from c->gone. Then all clients are read. False: see *e. */
bool client_scan_all(client_scan *c, state_store *s, err *e);
bool client_scan_one(client_scan *c, state_store *s, const char *name, err *e);

#endif
