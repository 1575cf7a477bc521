/* SPDX-License-Identifier: MIT */
/* request.h - the requests of the three methods (docs/protocol.md, HTTP carriers). */
#ifndef HW_CORE_CARRIER_REQUEST_H
#define HW_CORE_CARRIER_REQUEST_H

#include "core/carrier/auth.h"

enum { CARRIER_REQUEST_MAX = 4096, CARRIER_WS_KEY = 24, CARRIER_SESSION = 32 };

/* Each returns its length; 0: it does not fit, or there are no random numbers. */
size_t carrier_request_connect_udp(const carrier_mux *m, char out[CARRIER_REQUEST_MAX]);
/* Makes a new key. */
size_t carrier_request_websocket(const carrier_mux *m, char key[CARRIER_WS_KEY + 1],
				 char out[CARRIER_REQUEST_MAX]);

typedef struct carrier_plain_request {
	const carrier_mux *mux;
	const char *session;
	bool post; /* with a body of `body` octets; else GET */
	size_t body;
	unsigned wait_ms; /* the answer to a GET is to end so long after its first datagram;
				       0: when it is full */
	const carrier_proxy *proxy; /* in absolute-form, to this one; NULL: none */
	carrier_auth *auth;         /* for it */
} carrier_plain_request;
/* *had_line: it has a line of credentials for the proxy. */
size_t carrier_request_plain(const carrier_plain_request *q, char out[CARRIER_REQUEST_MAX],
			     bool *had_line);
bool carrier_request_new_session(char session[CARRIER_SESSION + 1]);

#endif
