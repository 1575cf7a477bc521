/* SPDX-License-Identifier: MIT */
/* datapath.h - packets between clients' sockets, IP-in-IP and the core, in bursts: what a socket has goes into the
 * core, what the core queued goes out at the end of the burst, or earlier when a queue is full. Owns the sockets
 * and the queues. */
#ifndef HW_RELAY_DATAPATH_H
#define HW_RELAY_DATAPATH_H

#include "conf.h"
#include "io/loop/loop.h"
#include "io/net/ipip.h"
#include "io/net/udp.h"

struct datapath;
typedef struct client_socket {
	struct datapath *owner;
	uint32_t name; /* its index */
	udp_sock *udp;
	io_watch *watch;
} client_socket;

typedef struct datapath {
	const relay_file *conf; /* these three are borrowed */
	const logger *log;
	relay_core *core;
	client_socket sockets[RELAY_LISTENS];
	unsigned n_sockets;
	udp_rx *rx;
	ipip_sock *ipip;
	io_watch *ipip_watch;
	dgramq out, in; /* to clients, to home */
	uint64_t not_sent;
	rate_limit trouble; /* log lines about the system's refusals */
} datapath;

/* The sockets, and the queues that the core needs from its beginning. */
bool datapath_init(datapath *d, const relay_file *c, const logger *log, err *e);
bool datapath_start(datapath *d, io_loop *l, relay_core *core, err *e);
void datapath_flush(datapath *d);
void datapath_free(datapath *d);

#endif
