/* SPDX-License-Identifier: MIT */
/* resolve.h - names of home servers, looked up by a thread, since getaddrinfo() blocks. A profile
 * with addresses alone never has that thread. */
#ifndef HOMEWARD_RESOLVE_H
#define HOMEWARD_RESOLVE_H

#include "io/loop.h"
#include "profile.h"

typedef struct resolver resolver;
typedef void resolved(void *ctx, const endpoint *homes,
		      unsigned n); /* addresses of the profile included */
resolver *resolver_new(io_loop *l, const profile *p, resolved *done, void *ctx, err *e);
void resolver_free(resolver *r);
void resolver_ask(
	resolver *r); /* again, e.g. since the network changed; does nothing without names */

#endif
