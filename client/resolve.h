/* SPDX-License-Identifier: MIT */
/* resolve.h - names of home servers, looked up by a thread, since getaddrinfo() blocks. A profile
 * with addresses alone never has that thread. */
#ifndef HOMEWARD_RESOLVE_H
#define HOMEWARD_RESOLVE_H

#include "io/loop.h"
#include "profile.h"

typedef struct resolver resolver;
/* Addresses of the profile included; n 0: no name could be looked up, it will be tried again. */
typedef void resolved(void *ctx, const endpoint *homes, unsigned n);
resolver *resolver_new(io_loop *l, const profile *p, resolved *done, void *ctx, err *e);
void resolver_free(resolver *r);
/* Again, as when the network changed; does nothing without names. */
void resolver_ask(resolver *r);

#endif
