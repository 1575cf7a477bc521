/* SPDX-License-Identifier: MIT */
/* ipip.h - IP-in-IP (protocol 4) by a raw socket: batches in, batches out. The codec is proto/ipip.h. */
#ifndef HW_IO_NET_IPIP_H
#define HW_IO_NET_IPIP_H

#include "core/packet/dgram.h"
#include "core/packet/dgramq.h"
#include "proto/ipip.h"

typedef struct ipip_sock ipip_sock;
/* local: IPv4 address to receive on; len 0: any of ours. Needs CAP_NET_RAW. */
ipip_sock *ipip_open(const ip_addr *local, err *e);
void ipip_close(ipip_sock *s);
int ipip_fd(const ipip_sock *s);

/* One recvmmsg; calls each() for every good packet: from, local and local_port of the inner header, sock 0,
 * p the UDP payload, valid until the next call. What ipip_get() refuses is counted and dropped. Returns
 * packets read, 0: nothing there, -errno. *more: call again soon. */
int ipip_recv(ipip_sock *s, void (*each)(void *ctx, const dgram_in *d), void *ctx, bool *more);

/* Sends the runs of q whose sock lies in first ... last, each segment as a packet of its own, without copying:
 * route.from:from_port to route.to in both headers. Back-pressure, return value and *last_errno as
 * udp_send(). */
unsigned ipip_send(ipip_sock *s, uint32_t first, uint32_t last, const dgramq *q, int *last_errno);

uint64_t ipip_refused(const ipip_sock *s); /* malformed or inconsistent packets, since the start */

#endif
