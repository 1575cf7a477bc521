/* SPDX-License-Identifier: MIT */
/* proxy_socks.h - a TCP connection through a SOCKS server, version 4 or 5, by libsocksd. The socket is bound
 * to the uplink's device and address. */
#ifndef HW_IO_HTTP_PROXY_SOCKS_H
#define HW_IO_HTTP_PROXY_SOCKS_H

#include "core/carrier/conf.h"
#include "core/carrier/error.h"
#include "io/loop/loop.h"

typedef struct proxy_socks_events { /* one of them, once, from the loop; it may free what asked */
	void *ctx;
	void (*connected)(void *ctx, int fd); /* the descriptor is the callee's */
	/* CARRIER_UNREACHABLE: no connection to the server, or it was lost; CARRIER_REFUSED: it does not
	 * connect to there; CARRIER_CREDENTIALS: it asks for a user name and a password, or others. why: a
	 * phrase that names it. */
	void (*refused)(void *ctx, carrier_error_rank rank, const char *why);
} proxy_socks_events;

typedef struct proxy_socks proxy_socks;
/* Everything but the events is borrowed. NULL: see *e. */
proxy_socks *proxy_socks_open(io_loop *l, const carrier_proxy *p, const carrier_mux *m,
			      const uplink *up, const proxy_socks_events *ev, err *e);
void proxy_socks_free(proxy_socks *p); /* NULL is fine; safe inside its own events */

#endif
