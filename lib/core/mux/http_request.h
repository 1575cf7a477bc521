/* SPDX-License-Identifier: MIT */
/* http_request.h - the request of an HTTP connection that is being read or answered: what it asks for is looked up
 * when its head is there, and answered when it is complete, as a web server does. */
#ifndef HW_CORE_MUX_HTTP_REQUEST_H
#define HW_CORE_MUX_HTTP_REQUEST_H

#include "core/http/http.h"
#include "core/mux/exchange.h"

typedef enum mux_http_next { /* what follows a head */
			     MUX_HTTP_BODY,
			     MUX_HTTP_DATAGRAMS, /* a body of any length */
			     MUX_HTTP_STREAM,    /* nothing, while the answer goes on */
			     MUX_HTTP_TUNNEL,    /* what is not HTTP any more */
} mux_http_next;

typedef struct mux_http_request {
	mux_conn *conn;
	mux_request what;
	mux_exchange exchange;
	mux_tunnel *tunnel; /* of MUX_HTTP_TUNNEL; who takes it over sets it to NULL */
	unsigned minor;
	bool head_only;        /* a HEAD */
	bool close;            /* its answer is the connection's last */
	bool is_answered;      /* it, or the one before while none is read */
	bool in_body;          /* its head was read, its end not yet */
	bool is_last_answered; /* all is answered: the connection is to be closed */
} mux_http_request;

void mux_http_request_init(mux_http_request *r, mux_conn *c);
void mux_http_request_drop(mux_http_request *r);

mux_http_next mux_http_request_begin(mux_http_request *r, const http_head *h,
				     const mux_client *client);
void mux_http_request_body(mux_http_request *r, uint8_t *p, size_t n);
void mux_http_request_end(mux_http_request *r);
/* The answer of MUX_HTTP_STREAM is over. */
void mux_http_request_end_stream(mux_http_request *r);

/* Is the body being read datagrams that a target gets? */
bool mux_http_request_takes_datagrams(const mux_http_request *r);
/* What came is not HTTP, or not allowed: the last answer. */
void mux_http_request_refuse(mux_http_request *r, unsigned status);
/* It was not complete in time: the last answer. */
void mux_http_request_time_out(mux_http_request *r);

#endif
