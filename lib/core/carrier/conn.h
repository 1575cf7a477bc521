/* SPDX-License-Identifier: MIT */
/* conn.h - one connection to the multiplexer, as far as HTTP may be spoken on it: straight, through a proxy by
 * CONNECT, through SOCKS; or to a proxy that refuses CONNECT and is sent requests in absolute-form, where the
 * multiplexer speaks plain HTTP. The connection on which CONNECT is refused fails, and notes it in the route.
 * A challenge is answered over a fresh connection: many proxies close after a 407. */
#ifndef HW_CORE_CARRIER_CONN_H
#define HW_CORE_CARRIER_CONN_H

#include "core/carrier/auth.h"
#include "core/carrier/connect.h"
#include "core/carrier/env.h"

typedef struct carrier_route { /* of all connections of an attempt, which they share */
	const carrier_conf *conf;
	const carrier_env *env;
	const carrier_proxy *proxy; /* NULL: none */
	endpoint to;                /* the multiplexer or the proxy */
	bool absolute;              /* the proxy refuses CONNECT: requests in absolute-form */
	carrier_auth auth;
} carrier_route;

typedef enum carrier_conn_state {
	CONN_CLOSED,
	CONN_OPENING,
	CONN_ASKING_PROXY, /* CONNECT is sent */
	CONN_STARTING_TLS,
	CONN_OPEN, /* HTTP may be spoken */
} carrier_conn_state;

typedef struct carrier_conn {
	carrier_route *route;
	unsigned number; /* in the environment */
	carrier_conn_state state;
	carrier_connect connect;
} carrier_conn;

void carrier_conn_init(carrier_conn *c, carrier_route *r, unsigned number);
/* Begins. CARRIER_FAILED, here and below: *e, and it is to be closed. */
carrier_result carrier_conn_open(carrier_conn *c, carrier_error *e);
void carrier_conn_close(carrier_conn *c);

/* Events until it is CARRIER_READY. */
carrier_result carrier_conn_opened(carrier_conn *c, carrier_error *e);
carrier_result carrier_conn_octets(carrier_conn *c, uint8_t *p, size_t n, carrier_error *e);
/* Another end closed it, or it could not be opened (what NULL: without a reason). */
void carrier_conn_closed(carrier_conn *c, const char *what, carrier_error *e);

/* Once it is CARRIER_READY. */
void carrier_conn_write(const carrier_conn *c, const void *p, size_t n);
bool carrier_conn_can_write(const carrier_conn *c); /* it is not full */
void carrier_conn_finish(carrier_conn *c);          /* closes it after what was written */

#endif
