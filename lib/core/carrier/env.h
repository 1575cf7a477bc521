/* SPDX-License-Identifier: MIT */
/* env.h - what the shell does for a carrier's core: connections, each named by a number below
 * CARRIER_CONNECTIONS, and the carrier's own events. No function calls back into the core, but that datagrams
 * may be sent inside `up`, `datagram` and `batch_end`. */
#ifndef HW_CORE_CARRIER_ENV_H
#define HW_CORE_CARRIER_ENV_H

#include "base/err.h"
#include "core/carrier/conf.h"
#include "core/carrier/error.h"
#include "core/http/dial.h"
#include <stddef.h>

enum {
	CARRIER_CONNECTIONS = 2 * DIAL_ATTEMPTS,
	CARRIER_WRITE_MAX = 64 * 1024, /* octets of one write */
};

typedef struct carrier_target { /* what a connection leads to */
	endpoint to; /* the multiplexer's address or an HTTP proxy's, bound to the uplink */
	const carrier_proxy *socks; /* by this SOCKS server, in place of `to`; NULL: none */
	bool tls;                   /* with the multiplexer: `opened` comes when it is up */
} carrier_target;

typedef struct carrier_up_event {
	carrier_method method;
	const char *proxy; /* its name; NULL: none */
	unsigned conn;
} carrier_up_event;

typedef struct carrier_env {
	void *ctx;
	/* Begins to open; then carrier_core_opened() or carrier_core_closed(). False: *e. */
	bool (*open)(void *ctx, unsigned conn, const carrier_target *t, err *e);
	/* TLS with the multiplexer over an open connection (through a proxy); then again one of those. */
	bool (*start_tls)(void *ctx, unsigned conn, err *e);
	/* 1 .. CARRIER_WRITE_MAX octets, all taken. Not while is_full(). */
	void (*write)(void *ctx, unsigned conn, const void *p, size_t n);
	bool (*is_full)(void *ctx, unsigned conn); /* until carrier_core_writable() */
	/* Datagrams have waited so long for is_full(): perhaps the connection underestimates its path. */
	void (*note_wait)(void *ctx, unsigned conn, uint64_t wait_ms);
	void (*close)(void *ctx, unsigned conn);  /* at once; no more events; nothing if not open */
	void (*finish)(void *ctx, unsigned conn); /* after what was written; no more events */

	void (*up)(void *ctx, const carrier_up_event *u);
	/* It can't be reached, or was up and is lost. Once, and nothing comes after it. */
	void (*down)(void *ctx, const char *why);
	void (*attempt_failed)(void *ctx, const carrier_error *why); /* others may go on */
	/* May be modified; stays valid until `batch_end`. */
	void (*datagram)(void *ctx, uint8_t *p, size_t n);
	void (*batch_end)(void *ctx);
} carrier_env;

#endif
