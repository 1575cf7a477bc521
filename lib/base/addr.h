/* SPDX-License-Identifier: MIT */
/* addr.h - IP addresses, prefixes and UDP endpoints of both families as plain values. */
#ifndef HW_BASE_ADDR_H
#define HW_BASE_ADDR_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

typedef struct ip_addr {
	uint8_t len;   /* 0: none, 4: IPv4, 16: IPv6 */
	uint8_t b[16]; /* octets beyond len are 0, so that memcmp compares */
} ip_addr;

typedef struct ip_prefix {
	ip_addr addr;
	uint8_t bits;
} ip_prefix;

typedef struct endpoint {
	ip_addr addr;
	uint16_t port;  /* host order */
	uint32_t scope; /* interface index of a link-local IPv6 address, else 0 */
} endpoint;

#define ADDR_STRLEN     46
#define ENDPOINT_STRLEN 72

ip_addr ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
ip_addr ip_from_bytes(const uint8_t *p, size_t len); /* len 4 or 16; anything else: none */
bool ip_equal(const ip_addr *a, const ip_addr *b);
bool ip_is_any(const ip_addr *a); /* none, 0.0.0.0 or :: */
bool ip_is_link_local6(const ip_addr *a);
bool ip_parse(const char *text, ip_addr *out);
const char *ip_format(const ip_addr *a, char out[ADDR_STRLEN]);

bool prefix_parse(const char *text,
		  ip_prefix *out); /* host bits must be 0; a bare address is /32, /128 */
const char *prefix_format(const ip_prefix *p, char out[ENDPOINT_STRLEN]);
bool prefix_contains(const ip_prefix *p, const ip_addr *a);

/* "192.0.2.1:4500", "[2001:db8::1]:4500"; without a port: default_port (0: a port is required). */
bool endpoint_parse(const char *text, uint16_t default_port, endpoint *out);
const char *endpoint_format(const endpoint *e, char out[ENDPOINT_STRLEN]);
bool endpoint_equal(const endpoint *a, const endpoint *b);
socklen_t endpoint_to_sockaddr(const endpoint *e, struct sockaddr_storage *out);
bool endpoint_from_sockaddr(const struct sockaddr *sa, endpoint *out); /* v4-mapped becomes IPv4 */

#endif
