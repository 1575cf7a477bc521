/* SPDX-License-Identifier: MIT */
/* udp_sockets.h - the UDP sockets of direct paths and of paths by relays, bound to an uplink's address and device,
 * so that the tunnel's own packets never enter the tunnel, whatever the routes are. */
#ifndef HW_CLIENT_UDP_SOCKETS_H
#define HW_CLIENT_UDP_SOCKETS_H

#include "datapath.h"
#include "io/net/udp.h"

typedef struct udp_sockets {
	io_loop *loop; /* these three are borrowed */
	sockets *sockets;
	datapath *data;
	udp_rx *rx;
} udp_sockets;

bool udp_sockets_init(udp_sockets *u, io_loop *l, sockets *s, datapath *d, err *e);
void udp_sockets_free(udp_sockets *u); /* after sockets_close_all() */
/* Its name; 0: see *e. */
uint32_t udp_sockets_open(udp_sockets *u, const uplink *up, err *e);

#endif
