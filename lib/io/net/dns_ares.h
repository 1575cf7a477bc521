/* SPDX-License-Identifier: MIT */
/* dns_ares.h - c-ares as it is used here: full names, no search domains, no aliases of the user's. Private to lib/io. */
#ifndef HW_IO_NET_DNS_ARES_H
#define HW_IO_NET_DNS_ARES_H

#include "io/net/dns_answer.h"

#include <ares.h>

/* lookups: "f" hosts(5), "b" name servers, which are still to be set. Each is asked twice, for try_ms and twice as
 * long. False: no memory. Give back with dns_ares_free(). */
bool dns_ares_init(ares_channel *out, const char *lookups, unsigned try_ms,
		   ares_sock_state_cb watch, void *ctx);
void dns_ares_free(ares_channel channel);
/* From what an ares_addrinfo_callback was called with. */
void dns_ares_read(int status, const struct ares_addrinfo *found, dns_answer *out);

#endif
