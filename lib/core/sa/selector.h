/* SPDX-License-Identifier: MIT */
/* selector.h - which packets an association is for: by addresses, protocol and ports (RFC 4301 4.4.1.1). Seen from this
 * end: local is the source of what is sent, and the destination of what is received. */
#ifndef HW_CORE_SA_SELECTOR_H
#define HW_CORE_SA_SELECTOR_H

#include "base/addr.h"
#include "proto/ip.h"

typedef struct sa_ports { /* host order, both included */
	uint16_t first, last;
} sa_ports;
#define SA_ANY_PORT ((sa_ports){ 0, UINT16_MAX })

typedef struct sa_selector {
	ip_prefix local, remote; /* of one family; a prefix of no bits is all of it */
	sa_ports local_ports, remote_ports;
	uint8_t protocol; /* 0: any */
} sa_selector;
/* Every protocol and port between these. */
sa_selector sa_selector_of_all(const ip_prefix *local, const ip_prefix *remote);
bool sa_selector_is_valid(const sa_selector *s);
/* Of two for the same remote prefix: a names its packets more narrowly, by local prefix, then protocol, then ports. */
bool sa_selector_is_narrower(const sa_selector *a, const sa_selector *b);

/* What selectors see of a packet. */
typedef struct sa_packet {
	ip_addr local, remote;
	uint16_t local_port, remote_port; /* of ICMP both are type and code */
	uint8_t protocol;                 /* of IPv6: what follows the fixed header */
	bool has_ports;                   /* fragments have none */
} sa_packet;
sa_packet sa_packet_to_send(const uint8_t *p, const ip_view *v);
sa_packet sa_packet_received(const uint8_t *p, const ip_view *v);

bool sa_selector_covers(const sa_selector *s, const sa_packet *p);
/* The same, where its remote prefix is the packet's. */
bool sa_selector_covers_but_remote(const sa_selector *s, const sa_packet *p);

#endif
