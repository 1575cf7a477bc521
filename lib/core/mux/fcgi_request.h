/* SPDX-License-Identifier: MIT */
/* fcgi_request.h - the requests of a FastCGI connection, several at a time. What is done stays in the list until
 * mux_fcgi_requests_sweep(). */
#ifndef HW_CORE_MUX_FCGI_REQUEST_H
#define HW_CORE_MUX_FCGI_REQUEST_H

#include "core/mux/exchange.h"

enum { MUX_FCGI_REQUESTS = 64, MUX_FCGI_PARAMS_MAX = 16 * 1024 };

typedef struct mux_fcgi_request mux_fcgi_request;

typedef struct mux_fcgi_requests { /* of one connection */
	mux_conn *conn;
	ip_addr from; /* the web server */
	mux_fcgi_request *first;
	unsigned n;
	bool has_done;  /* some are done */
	bool is_last;   /* one that is done was the connection's last */
	bool is_broken; /* what came is not FastCGI */
} mux_fcgi_requests;

void mux_fcgi_requests_init(mux_fcgi_requests *all, mux_conn *c, const ip_addr *from);
void mux_fcgi_requests_drop(mux_fcgi_requests *all);

/* What comes for one of them; for a request that is not there it means nothing. */
void mux_fcgi_request_begin(mux_fcgi_requests *all, uint16_t id, const uint8_t *content, size_t n);
void mux_fcgi_request_params(mux_fcgi_requests *all, uint16_t id, const uint8_t *p, size_t n);
void mux_fcgi_request_params_end(mux_fcgi_requests *all, uint16_t id);
void mux_fcgi_request_stdin(mux_fcgi_requests *all, uint16_t id, uint8_t *p, size_t n);
void mux_fcgi_request_stdin_end(mux_fcgi_requests *all, uint16_t id);
void mux_fcgi_request_abort(mux_fcgi_requests *all, uint16_t id);
void mux_fcgi_request_exchange_over(mux_exchange *x); /* the answer that is a stream is over */

void mux_fcgi_requests_end_streams(mux_fcgi_requests *all); /* all such answers */
void mux_fcgi_requests_writable(mux_fcgi_requests *all);
void mux_fcgi_requests_sweep(mux_fcgi_requests *all); /* frees what is done */
/* How long the web server may be silent before the first of them has waited too long; UINT64_MAX: for ever. */
uint64_t mux_fcgi_requests_limit_ms(const mux_fcgi_requests *all);

#endif
