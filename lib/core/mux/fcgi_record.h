/* SPDX-License-Identifier: MIT */
/* fcgi_record.h - the records of a FastCGI connection (FastCGI Specification 1.0, 3.3), read as their octets
 * come. A record's content is handed over piece by piece where it lies; only what must be whole, which is
 * short, is gathered. */
#ifndef HW_CORE_MUX_FCGI_RECORD_H
#define HW_CORE_MUX_FCGI_RECORD_H

#include "core/mux/env.h"
#include "proto/fcgi.h"

enum { MUX_FCGI_WHOLE_MAX = 256 };

typedef struct mux_fcgi_reader { /* begin zeroed */
	uint8_t small
		[MUX_FCGI_WHOLE_MAX]; /* a head, or the content of a record that must be whole */
	size_t small_n;
	fcgi_head head; /* of the record whose content is being read */
	size_t left;    /* of its content */
	uint8_t padding;
} mux_fcgi_reader;

typedef enum mux_fcgi_event {
	MUX_FCGI_MORE,   /* all octets are used up */
	MUX_FCGI_BROKEN, /* not FastCGI; no more may be read */
	MUX_FCGI_WHOLE, /* a record that begins a request or is about the connection, with its content */
	MUX_FCGI_CONTENT, /* some content of another record */
	MUX_FCGI_EMPTY,   /* another record, without content: the end of a stream, or an abort */
} mux_fcgi_event;

typedef struct mux_fcgi_piece {
	uint8_t type;
	uint16_t request;
	uint8_t *p; /* valid until the reader goes on */
	size_t n;
} mux_fcgi_piece;

/* Moves *p and *n on behind what it has used. */
mux_fcgi_event mux_fcgi_read(mux_fcgi_reader *r, uint8_t **p, size_t *n, mux_fcgi_piece *out);

void mux_fcgi_put_head(uint8_t out[FCGI_HEAD_LEN], uint8_t type, uint16_t request, size_t n);
/* Writes a record with a content of at most MUX_ANSWER_MAX octets. */
void mux_fcgi_put(const mux_env *env, void *link, uint8_t type, uint16_t request,
		  const void *content, size_t n);
void mux_fcgi_put_end(const mux_env *env, void *link, uint16_t request, uint8_t protocol_status);

#endif
