/* SPDX-License-Identifier: MIT */
/* fcgi.h - FastCGI records as a web server sends them to a responder (FastCGI Specification 1.0, 3.3 to
 * 6.2): record heads, BeginRequest, name-value pairs, EndRequest. Pure codec. */
#ifndef HW_PROTO_FCGI_H
#define HW_PROTO_FCGI_H

#include "base/wire.h"

enum {
	FCGI_VERSION = 1,
	FCGI_HEAD_LEN = 8,
	FCGI_CONTENT_MAX = 65535,
	FCGI_BEGIN_REQUEST = 1,
	FCGI_ABORT_REQUEST = 2,
	FCGI_END_REQUEST = 3,
	FCGI_PARAMS = 4,
	FCGI_STDIN = 5,
	FCGI_STDOUT = 6,
	FCGI_STDERR = 7,
	FCGI_DATA = 8,
	FCGI_GET_VALUES = 9,
	FCGI_GET_VALUES_RESULT = 10,
	FCGI_UNKNOWN_TYPE = 11,
	FCGI_RESPONDER = 1, /* role */
	FCGI_KEEP_CONN = 1, /* flag */
	FCGI_REQUEST_COMPLETE = 0,
	FCGI_CANT_MPX_CONN = 1,
	FCGI_OVERLOADED = 2,
	FCGI_UNKNOWN_ROLE = 3,
};

typedef struct fcgi_head {
	uint8_t type;
	uint16_t request; /* 0: about the connection itself */
	uint16_t len;     /* of the content */
	uint8_t padding;  /* octets after the content */
} fcgi_head;
/* 1: read. 0: more octets are needed, r is where it was. -1: another version. */
int fcgi_head_get(wire_rd *r, fcgi_head *out);
void fcgi_head_put(wire_wr *w, const fcgi_head *h);

bool fcgi_begin_get(wire_rd *content, uint16_t *role, uint8_t *flags);
void fcgi_end_put(wire_wr *w, uint16_t request, uint32_t app_status, uint8_t protocol_status);

/* The next pair of a whole PARAMS stream. 1: read; 0: the end; -1: cut or too long. Borrowed. */
int fcgi_pair_get(wire_rd *r, wire_bytes *name, wire_bytes *value);
void fcgi_pair_put(wire_wr *w, wire_bytes name, wire_bytes value);

#endif
