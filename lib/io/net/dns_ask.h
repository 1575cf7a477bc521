/* SPDX-License-Identifier: MIT */
/* dns_ask.h - a name's addresses, asked for outside the tunnel: hosts(5) first, then every name server of
 * resolv.conf(5) at once, over every uplink that leads there, from a socket bound to the uplink's device
 * and address. A name server on this machine (a loopback address) is asked directly, and so are those that
 * systemd-resolved or NetworkManager say they ask themselves: their sockets have no mark, and what they ask may not get
 * past the tunnel's routing rules. Search domains are not applied. */
#ifndef HW_IO_NET_DNS_ASK_H
#define HW_IO_NET_DNS_ASK_H

#include "core/packet/uplink.h"

enum { DNS_ASK_ADDRESSES = 8 };

typedef struct dns_ask_conf {
	const char *resolv_conf, *hosts; /* NULL: the system's */
	const char *upstream; /* resolv.conf(5) of a resolver on this machine; NULL: the system's */
	const uplink *uplinks;
	unsigned n_uplinks;
	unsigned round_ms;      /* asks twice, and waits so long each time; 0: 1500 */
	unsigned other_kind_ms; /* waits so long for the other family's addresses; 0: 300 */
} dns_ask_conf;

typedef enum dns_outcome {
	DNS_FOUND,
	DNS_NOT_FOUND, /* somebody answered, and had no address */
	DNS_SILENT,    /* nobody answered */
} dns_outcome;

/* Blocks, for two rounds at most (and one more for each answer that has to be fetched by TCP): for a thread. IPv6
 * addresses come first where an uplink has it. */
dns_outcome dns_ask(const dns_ask_conf *c, const char *host, ip_addr out[DNS_ASK_ADDRESSES],
		    unsigned *n);

#endif
