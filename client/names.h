/* SPDX-License-Identifier: MIT */
/* names.h - what names stood for when they were last looked up, over restarts too: a file beside the state,
 * client-IDENTITY.names, with a line "HOST ADDRESS..." for each. For when DNS does not answer. */
#ifndef HW_CLIENT_NAMES_H
#define HW_CLIENT_NAMES_H

#include "profile.h"
#include "proxies.h"

enum {
	NAME_ADDRESSES = 8,
	NAMES_MAX = PROFILE_LIST + CLIENT_RELAYS + PROFILE_MUXES + PROXY_NAMES,
};

typedef struct known_name {
	char host[HOST_SIZE];
	ip_addr at[NAME_ADDRESSES];
	unsigned n;
} known_name;

typedef struct known_names {
	known_name list[NAMES_MAX];
	unsigned n;
} known_names;

const known_name *names_find(const known_names *k, const char *host); /* NULL: not known */
/* Notes n >= 1 addresses, NAME_ADDRESSES at most. The same ones in another order are nothing new, and stay
 * in the order they have: false. */
bool names_put(known_names *k, const char *host, const ip_addr *at, unsigned n);

/* client-IDENTITY.names for client-IDENTITY.state. */
void names_path(char *out, size_t n, const char *state_path);
void names_load(const char *path,
		known_names *out); /* none when there is no file, or it is damaged */
bool names_save(const char *path, const known_names *k, err *e); /* mode 0600 */

#endif
