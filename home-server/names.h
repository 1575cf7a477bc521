/* SPDX-License-Identifier: MIT */
/* names.h - this machine's own addresses, and what a configured name stands for. */
#ifndef HW_SERVER_NAMES_H
#define HW_SERVER_NAMES_H

#include "base/addr.h"
#include "base/err.h"

enum { OWN_ADDRESSES = 32, NAMES_HOST = 256 };
typedef struct own_address {
	char link[16];
	uint32_t ifindex;
	ip_addr addr;
} own_address;
/* Addresses of all links that are up, but loopback and link-local ones. */
size_t names_own_addresses(own_address out[OWN_ADDRESSES]);
bool names_has_ipv6(void);
/* The first of `link` (NULL: any) within the network; false: none. */
bool names_own_within(const char *link, const ip_prefix *network, ip_addr *out);

/* Ours when we send to `to`, as the system's routes are; nothing is sent. False: no route. */
bool names_own_towards(const ip_addr *to, ip_addr *out);

/* ADDRESS[:PORT] or NAME[:PORT] of a configuration. True: an address; else out has the port, and host what is to be
 * looked up. */
bool names_parse(const char *text, uint16_t default_port, endpoint *out, char host[NAMES_HOST]);
/* The addresses that it stands for, without a port. Waits for name servers, for up to 3 s: for commands. */
size_t names_look_up(const char *text, ip_addr *out, size_t max);

#endif
