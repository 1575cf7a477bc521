/* SPDX-License-Identifier: MIT */
/* dns_tcp.h - one question by TCP (RFC 1035 4.2.2), for answers too long for UDP. */
#ifndef HW_IO_NET_DNS_TCP_H
#define HW_IO_NET_DNS_TCP_H

#include "core/packet/uplink.h"

enum { DNS_TCP_MAX = 65535 };

/* Blocks until the whole answer is there, or for ms. up NULL: from anywhere. Returns the answer's length; 0:
 * there is none. */
size_t dns_tcp_ask(const endpoint *server, const uplink *up, const uint8_t *query, size_t n,
		   uint8_t out[DNS_TCP_MAX], unsigned ms);

#endif
