/* SPDX-License-Identifier: MIT */
/* resolve.h - names of home servers, relays, multiplexers and proxies, looked up by a thread, since
 * getaddrinfo() blocks. A profile with addresses alone never has that thread. */
#ifndef HOMEWARD_RESOLVE_H
#define HOMEWARD_RESOLVE_H

#include "io/loop.h"
#include "profile.h"
#include "proxies.h"

enum { RESOLVE_ADDRESSES = 8 };

typedef struct resolved_name {
	endpoint at[RESOLVE_ADDRESSES];
	unsigned n;
} resolved_name;

typedef struct resolver resolver;
typedef struct
	resolution { /* addresses of the profile included; n_homes 0: none could be looked up */
	endpoint homes[CLIENT_HOMES];
	unsigned n_homes;
	reg_relay relays[CLIENT_RELAYS];
	unsigned n_relays;
	/* What was found before, where nothing is found now: DNS may be what does not work. */
	resolved_name muxes[PROFILE_MUXES], proxies[PROXY_NAMES];
	bool complete; /* else it will be tried again */
} resolution;
typedef void resolved(void *ctx, const resolution *r);
resolver *resolver_new(io_loop *l, const profile *p, const proxy_list *proxies, resolved *done,
		       void *ctx, err *e);
void resolver_free(resolver *r);
/* Again, as when the network changed; does nothing without names. */
void resolver_ask(resolver *r);

/* What a relay's name stands for after a look-up that found these: what it stood for, when that was not
 * found any more only because nothing was (no network yet), or is among several; else the first. A relay in
 * use is not given up for the order of an answer. False: not known. */
bool resolve_keep(const endpoint *found, unsigned n, endpoint *known);

#endif
