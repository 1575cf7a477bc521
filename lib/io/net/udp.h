/* SPDX-License-Identifier: MIT */
/* udp.h - UDP sockets in batches: recvmmsg with receive offload (UDP_GRO), sendmmsg with
 * segmentation offload (UDP_SEGMENT); each falls back by itself where the kernel refuses.
 * Datagrams leave with DF and without the kernel's own path-MTU guess (IP_PMTUDISC_PROBE): the
 * core finds the MTU. */
#ifndef HW_IO_NET_UDP_H
#define HW_IO_NET_UDP_H

#include "base/log.h"
#include "core/packet/dgram.h"
#include "core/packet/dgramq.h"

typedef struct udp_options {
	endpoint local;     /* any address and port 0 are fine */
	const char *device; /* SO_BINDTODEVICE: what leaves stays off the tunnel; NULL: any */
	uint32_t mark;      /* SO_MARK, by which routing rules know the socket; 0: none */
	bool reuse;         /* SO_REUSEADDR */
} udp_options;
typedef struct udp_sock udp_sock;
udp_sock *udp_open(const udp_options *o, err *e);
void udp_close(udp_sock *s);
int udp_fd(const udp_sock *s);
endpoint udp_local(const udp_sock *s);

typedef struct udp_rx udp_rx; /* receive buffers, shared by all sockets of a loop */
udp_rx *udp_rx_new(err *e);
void udp_rx_free(udp_rx *rx);
/* One recvmmsg; calls each() for every datagram (segments of an offloaded batch one by one, sock
 * = `name`). Buffers stay valid until the next call. Returns messages read, 0: nothing there,
 * -errno: the socket's error (ECONNREFUSED, ENETDOWN ...), which is not fatal. *more: call again
 * soon. */
int udp_recv(udp_sock *s, udp_rx *rx, uint32_t name, void (*each)(void *ctx, const dgram_in *d),
	     void *ctx, bool *more);
/* Sends the runs of q that name this socket, in order, one sendmmsg where possible. A full
 * socket is waited for a moment (back-pressure), then the rest is dropped. Returns datagrams
 * dropped; the last errno other than that goes to *last_errno (0: none; EMSGSIZE: longer than
 * the link). */
unsigned udp_send(udp_sock *s, uint32_t name, const dgramq *q, int *last_errno);

#endif
