/* SPDX-License-Identifier: MIT */
/* datapath.h - packets between the TUN, the core and the sockets, in bursts: what came in goes into the core, what
 * the core queued goes out at the end of the burst, or earlier when a queue is full. Owns the queues. */
#ifndef HW_SERVER_DATAPATH_H
#define HW_SERVER_DATAPATH_H

#include "io/loop/loop.h"
#include "io/net/tun.h"
#include "settings.h"
#include "sockets.h"

struct datapath;
typedef struct receiver { /* of one UDP socket */
	struct datapath *owner;
	uint32_t name; /* the socket's index */
	io_watch *watch;
	bool broken; /* logged once */
} receiver;

typedef struct datapath {
	const settings *settings; /* these five are borrowed */
	sockets *sockets;
	tun *tun;
	io_loop *loop;
	home_core *core;
	receiver receivers[CONF_LISTENS];
	udp_rx *rx;
	io_watch *ipip_watch; /* NULL: no relays */
	io_watch *tun_watch;
	uint8_t *tun_buf; /* TUN_READ_MAX */
	dgramq tx;
	join in;
	uint64_t not_written;   /* packets that the TUN did not take */
	uint64_t not_of_relays; /* IP-in-IP from others */
	rate_limit trouble;     /* log lines about relays */
} datapath;

/* The queues, which the core needs from its beginning. */
bool datapath_init(datapath *d, const settings *s, sockets *k, tun *t, err *e);
bool datapath_start(datapath *d, io_loop *l, home_core *core, err *e);
bool datapath_watch_ipip(datapath *d, err *e); /* if its socket is open, and not watched */
void datapath_free(datapath *d);

void datapath_make_room(datapath *d); /* in both queues, for what one call of the core queues */
void datapath_flush(datapath *d);     /* sends all that is queued, in both directions */

#endif
