/* SPDX-License-Identifier: MIT */
/* dns_hosts.h - the addresses that hosts(5) has for a name. Read again each time, since the file may change. */
#ifndef HW_IO_NET_DNS_HOSTS_H
#define HW_IO_NET_DNS_HOSTS_H

#include "io/net/dns_answer.h"

/* Of all its lines; the name without regard to case, or to a dot at its end. False: none. */
bool dns_hosts_find(const char *host, dns_answer *out);

#endif
