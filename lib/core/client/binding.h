/* SPDX-License-Identifier: MIT */
/* binding.h - what home grants for a time: the permanent addresses, the networks they belong to, and until
 * when (RFC 5944 3.6). Only authenticated replies get here. */
#ifndef HW_CORE_CLIENT_BINDING_H
#define HW_CORE_CLIENT_BINDING_H

#include "core/client/core.h"
#include "core/client/timing.h"

typedef struct client_binding {
	ip_addr home4, home6; /* len 0: not known yet, or none of that family */
	ip_prefix network4, network6;
	ip_addr home_lan; /* home server on the home link */
	uint32_t lifetime_s;
	uint64_t until_ms; /* NEVER: there is no binding */
} client_binding;

void client_binding_init(client_binding *b, const client_conf *conf);
void client_binding_grant(client_binding *b, core_time now, const reg_reply *r);
void client_binding_end(client_binding *b); /* addresses and networks stay known */

/* An address of the home network; the home server can be reached on that link, if it is the home link. */
bool client_binding_is_inside(const client_binding *b, const ip_addr *a);

static inline bool client_binding_exists(const client_binding *b)
{
	return b->until_ms != NEVER;
}

#endif
