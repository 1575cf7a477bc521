/* SPDX-License-Identifier: MIT */
/* regload_net.h - one UDP socket that speaks from thousands of addresses: every datagram names its
 * source (IP_PKTINFO), of each one received the address that it was sent to is known. The addresses must be
 * local
 * ("ip route add local PREFIX dev lo" makes a whole prefix so). Batches by sendmmsg and recvmmsg.
 */
#ifndef HW_REGLOAD_NET_H
#define HW_REGLOAD_NET_H

#include "base/addr.h"
#include "proto/mip.h"

enum { NET_BATCH = 64 };
typedef struct net_dgram {
	ip_addr ours; /* source when sending, destination when received */
	size_t n;
	uint8_t p[MIP_MAX_MESSAGE];
} net_dgram;
typedef struct net net;

net *net_open(const endpoint *server, uint16_t port, err *e); /* NULL: see *e */
void net_close(net *n);
int net_fd(const net *n);
net_dgram *net_slot(net *n); /* the next to fill in; NULL: flush first */
void net_commit(net *n);     /* the slot is filled */
bool net_flush(net *n, err *e);
/* Waits at most timeout_ms; returns how many came, in *out (borrowed until the next call). */
unsigned net_receive(net *n, int timeout_ms, const net_dgram **out);

#endif
