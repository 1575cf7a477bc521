/* SPDX-License-Identifier: MIT */
/* tcp.h - TCP sockets as tunnels need them: non-blocking, TCP_NODELAY, and little unsent in the kernel, where
 * it can neither be dropped nor overtaken. */
#ifndef HW_IO_NET_TCP_H
#define HW_IO_NET_TCP_H

#include "base/addr.h"
#include "base/err.h"
#include "core/packet/uplink.h"

/* Octets, not yet sent, that the kernel is given of a connection: 6 ms at 20 Mbit/s. One record of TLS. */
enum { TCP_NOTSENT = 16 * 1024 };

/* A socket that is connecting, bound to the uplink's device, address and mark as far as it has them; NULL: to nothing.
 * -1: see *e. */
int tcp_connect(const endpoint *to, const uplink *up, err *e);
/* A listening socket. -1: see *e. */
int tcp_listen(const endpoint *at, err *e);
/* Both ends of a connection. False: it has none (any more). */
bool tcp_peer(int fd, endpoint *out);
bool tcp_local(int fd, endpoint *out);
int tcp_connect_error(int fd); /* errno of a connection attempt that has ended; 0: connected */
/* TCP_NODELAY, TCP_NOTSENT_LOWAT and BBR, each where the system has it. */
void tcp_tune(int fd);
/* By name; without effect where the system does not allow it. */
void tcp_congestion(int fd, const char *name);

#endif
