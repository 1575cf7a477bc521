/* SPDX-License-Identifier: MIT */
/* dns_conf.h - the name servers that this machine is configured to ask: resolv.conf(5), read again each time, since it
 * changes with the network. c-ares 1.18 would read it too, but leaves out "nameserver fe80::1%eth0". */
#ifndef HW_IO_NET_DNS_CONF_H
#define HW_IO_NET_DNS_CONF_H

#include "base/addr.h"

enum { DNS_SERVERS = 4, DNS_PORT = 53 };

/* Without a file, or any in it, this machine itself, as the C library does. Returns how many. */
unsigned dns_conf_servers(const char *path, endpoint out[DNS_SERVERS]);
/* Is it at an address of this machine, so that no question to it leaves? */
bool dns_conf_is_here(const endpoint *server);
bool dns_conf_is_loopback(const ip_addr *a);

#endif
