/* SPDX-License-Identifier: MIT */
/* account.h - adding and removing a client: an address, a key, a slot for its state, its profile, and
 * last of all its file in the registry, which alone makes it a client. Whoever dies on the way
 * leaves at most a slot and a profile that belong to nobody and are taken over later. */
#ifndef HW_SERVER_ACCOUNT_H
#define HW_SERVER_ACCOUNT_H

#include "conf.h"
#include "store/registry.h"

typedef struct account_request {
	const char *name;    /* NAME or NAME@REALM */
	const char *address; /* an address of the network, "dynamic", or NULL: the next free one */
	uint64_t expires_unix_s; /* 0: never */
	const char *profile;     /* file to write; NULL: NAME.hw */
} account_request;

/* The name without the realm; refuses another realm's and names that can't be file names. */
bool account_name(const server_conf *c, const char *given, char out[CLIENT_NAME_MAX + 1], err *e);

/* One writer at a time; waits a little for another. -1: see *e. Close it to unlock. */
int account_lock(const char *state, err *e);

/* Under the lock. profile_path says what was written. */
bool account_add(const server_conf *c, const account_request *q, client_record *out,
		 char profile_path[4096], err *e);
bool account_remove(const server_conf *c, const char *name, client_record *was, err *e);
void account_undo(const server_conf *c, const client_record *r, const char *profile_path);
/* After nobody uses it any more. */
void account_release_slot(const server_conf *c, const client_record *r);

#endif
