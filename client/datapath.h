/* SPDX-License-Identifier: MIT */
/* datapath.h - packets between the TUN, the core and the sockets, in bursts: what came in goes into the core, what
 * the core queued goes out at the end of the burst, or earlier when a queue is full. Owns the queues. */
#ifndef HW_CLIENT_DATAPATH_H
#define HW_CLIENT_DATAPATH_H

#include "io/loop/loop.h"
#include "io/net/tun.h"
#include "sockets.h"

typedef struct datapath {
	client_core *core; /* these three are borrowed */
	sockets *sockets;
	tun *tun;
	dgramq tx;
	join in;
	uint8_t *tun_buf; /* TUN_READ_MAX */
	io_watch *tun_watch;
	bool paused; /* the TUN: the core has no path for its packets */
} datapath;

/* The queues, which the core needs from its beginning. */
bool datapath_init(datapath *d, tun *t, sockets *s, err *e);
bool datapath_start(datapath *d, io_loop *l, client_core *core, err *e);
void datapath_free(datapath *d);

/* A datagram that a socket received; its buffer stays until datapath_write_tun(). */
void datapath_deliver(datapath *d, core_time now, const dgram_in *in);
void datapath_write_tun(datapath *d);
/* Sends all that is queued, in both directions; reports to the core which sockets failed. */
void datapath_flush(datapath *d);
/* Leaves packets in the TUN's queue as long as the core wants none. */
void datapath_pause_tun(datapath *d, core_time now);

#endif
