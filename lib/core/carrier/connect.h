/* SPDX-License-Identifier: MIT */
/* connect.h - HTTP CONNECT (RFC 9110 9.3.6): what is asked of a proxy on one connection, and what its answer
 * means. */
#ifndef HW_CORE_CARRIER_CONNECT_H
#define HW_CORE_CARRIER_CONNECT_H

#include "core/carrier/auth.h"
#include "core/http/http.h"

typedef struct carrier_connect {
	http_parser *http;
	const http_head *head; /* of the answer */
	bool had_line;         /* of credentials, in the request */
} carrier_connect;

enum { CARRIER_CONNECT_MAX = 4096 };
/* Writes the request and waits for the answer to it. Returns its length; 0: no memory. */
size_t carrier_connect_begin(carrier_connect *c, const carrier_mux *m, const carrier_proxy *p,
			     carrier_auth *a, char out[CARRIER_CONNECT_MAX]);
void carrier_connect_end(carrier_connect *c);

typedef enum carrier_connect_result {
	CONNECT_PENDING,
	CONNECT_ACCEPTED,  /* the connection leads to the multiplexer */
	CONNECT_CHALLENGE, /* to be repeated with credentials, over a fresh connection */
	CONNECT_FAILED,    /* *e */
} carrier_connect_result;
carrier_connect_result carrier_connect_octets(carrier_connect *c, const carrier_proxy *p,
					      carrier_auth *a, uint8_t *data, size_t n,
					      carrier_error *e);

#endif
