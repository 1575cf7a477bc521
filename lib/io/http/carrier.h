/* SPDX-License-Identifier: MIT */
/* carrier.h - the client's end of an HTTP tunnel to a multiplexer: core/carrier/core.h with its sockets, TLS,
 * SOCKS by libsocksd, and clock. Goes through proxies where necessary. Datagrams in, datagrams out; between
 * them a short fair queue. What leaves here is bound to the uplink and never enters the tunnel. */
#ifndef HW_IO_HTTP_CARRIER_H
#define HW_IO_HTTP_CARRIER_H

#include "base/log.h"
#include "core/carrier/hint.h"
#include "io/loop/loop.h"
#include "io/stream/tls.h"

typedef struct carrier_info { /* what succeeded */
	carrier_method method;
	endpoint local, remote; /* of the TCP connection: remote is the multiplexer, or the proxy */
	const char *proxy;      /* its name; NULL: none */
	/* TLS: why the multiplexer's certificate was not verified, though accepted; NULL: it was. */
	const char *unverified;
} carrier_info;

typedef struct carrier_events { /* each may close the carrier */
	void *ctx;
	const logger *log; /* gets failed attempts, at debug level */
	void (*up)(void *ctx, const carrier_info *i);
	/* It can't be reached, or was and is lost. A carrier that is down stays so: close it. why: the error
	 * that explains most of all attempts'. */
	void (*down)(void *ctx, const char *why);
	/* A proxy asks for other credentials, while other attempts go on: the user should see it now. May be
	 * NULL, and does not close the carrier. */
	void (*credentials)(void *ctx, const char *why);
	void (*datagram)(void *ctx, uint8_t *p, size_t n); /* may be modified */
	void (*batch_end)(void *ctx); /* all datagrams of one reading were handed over */
} carrier_events;

typedef struct carrier carrier;
/* tls: for https; like the multiplexer of *c it is borrowed while the carrier lives. NULL: see *e. */
carrier *carrier_open(io_loop *l, const carrier_conf *c, tls_ctx *tls, const carrier_events *ev,
		      err *e);
void carrier_close(carrier *c); /* NULL is fine; safe inside its own callbacks */
/* Queues or sends; what is too much is dropped, oldest first. flow: a hash that is equal for packets of
 * one connection inside. Call carrier_flush() after the last of a batch. */
void carrier_send(carrier *c, uint32_t flow, const uint8_t *p, size_t n);
void carrier_flush(carrier *c);
bool carrier_is_up(const carrier *c);
uint64_t carrier_dropped(const carrier *c); /* datagrams that waited too long */

#endif
