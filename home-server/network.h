/* SPDX-License-Identifier: MIT */
/* network.h - what the daemon sets up on the system: the tunnel device, forwarding, routes; and its home link. */
#ifndef HW_SERVER_NETWORK_H
#define HW_SERVER_NETWORK_H

#include "conf.h"
#include "io/net/announce.h"
#include "io/net/netcfg.h"
#include "io/net/tun.h"

typedef struct network {
	netcfg *net;
	tun *tun;
	announcer *announcer; /* NULL: no home link */
	uint32_t lan_ifindex; /* 0: no home link */
	uint8_t lan_mac[6];
} network;

/* False: see *e; network_close() then, too. */
bool network_open(network *n, const server_conf *c, err *e);
void network_close(network *n); /* the tunnel device takes its routes along */

#endif
