/* SPDX-License-Identifier: MIT */
/* dns_conf.h - what this machine is configured to: resolv.conf(5)'s name servers, hosts(5)'s addresses. Read
 * again each time, since both change with the network. */
#ifndef HW_IO_NET_DNS_CONF_H
#define HW_IO_NET_DNS_CONF_H

#include "base/addr.h"

enum { DNS_SERVERS = 4 };

/* The name servers, port 53; without a file, or any in it, this machine itself, as the C library does.
 * Returns how many. */
unsigned dns_conf_servers(const char *path, endpoint out[DNS_SERVERS]);
/* The addresses of a host's lines; host without regard to case or a dot at its end. */
unsigned dns_conf_hosts(const char *path, const char *host, ip_addr *out, unsigned max);
bool dns_conf_is_loopback(const ip_addr *a);

#endif
