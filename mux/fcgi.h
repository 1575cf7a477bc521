/* SPDX-License-Identifier: MIT */
/* fcgi.h - a web server's connection by FastCGI: fcgi.c reads its records, fcgi_request.c has the requests
 * on it, several at a time. */
#ifndef HW_MUX_FCGI_H
#define HW_MUX_FCGI_H

#include "mux.h"
#include "proto/fcgi.h"

enum { FCGI_REQUESTS = 64, FCGI_PARAMS_MAX = 16 * 1024, FCGI_SMALL = 256 };

typedef struct fcgi_request fcgi_request;
struct fcgi_request {
	fcgi *f;
	fcgi_request *next;
	uint16_t id;
	bool keep;                     /* the connection, after this one */
	bool routed, exchanging, done; /* PARAMS are complete; x is in use; END_REQUEST was sent */
	uint8_t *params;
	size_t params_n;
	unsigned status; /* to be answered; 0: the exchange answers */
	request q;
	exchange x;
};

struct fcgi {
	mux *m;
	fcgi *prev, *next;
	stream *s;
	ip_addr from;
	uint64_t heard_ms;
	due due;
	fcgi_request *requests;
	unsigned n_requests;
	uint8_t small[FCGI_SMALL]; /* a record's head, or the content of one that must be whole */
	size_t small_n;
	fcgi_head head; /* of the record whose content is being read */
	size_t left, padding;
	bool in_record, over, dirty; /* dirty: some request is done */
};

/* fcgi.c */
void fcgi_put(fcgi *f, uint8_t type, uint16_t id, const void *content, size_t n);

/* fcgi_request.c. What is done stays until fcgi_sweep(). */
fcgi_request *fcgi_find(fcgi *f, uint16_t id);
void fcgi_begin(fcgi *f, uint16_t id, const uint8_t *content, size_t n);
void fcgi_abort(fcgi_request *r);
void fcgi_params(fcgi_request *r, const uint8_t *p, size_t n);
void fcgi_params_end(fcgi_request *r);
void fcgi_stdin(fcgi_request *r, uint8_t *p, size_t n);
void fcgi_stdin_end(fcgi_request *r);
void fcgi_sweep(fcgi *f);
void fcgi_drop_all(fcgi *f);

#endif
