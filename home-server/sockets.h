/* SPDX-License-Identifier: MIT */
/* sockets.h - what the daemon is reached by: UDP sockets, of which the core has the index, and with relays one for
 * IP-in-IP. */
#ifndef HW_SERVER_SOCKETS_H
#define HW_SERVER_SOCKETS_H

#include "conf.h"
#include "io/net/ipip.h"
#include "io/net/udp.h"

typedef struct sockets {
	const logger *log; /* borrowed */
	udp_sock *udp[CONF_LISTENS];
	unsigned n;
	ipip_sock *ipip;    /* NULL: no relays */
	uint64_t not_sent;  /* datagrams that they did not take */
	rate_limit trouble; /* log lines about that */
} sockets;

/* False: see *e; sockets_close() then, too. */
bool sockets_open(sockets *s, const server_conf *c, const logger *log, err *e);
/* If c has relays, and it isn't open. */
bool sockets_open_ipip(sockets *s, const server_conf *c, err *e);
void sockets_send(sockets *s, const dgramq *q);
void sockets_close(sockets *s);

#endif
