/* SPDX-License-Identifier: MIT */
/* carrier_plain.h - what the two files of plain requests share: carrier_plain.c decides, carrier_side.c asks
 * and reads answers, on one connection. Private to lib/io. */
#ifndef HW_IO_HTTP_CARRIER_PLAIN_H
#define HW_IO_HTTP_CARRIER_PLAIN_H

#include "io/http/carrier_priv.h"

enum { GATHER_MS = 30 }; /* a GET's, where answers are kept back until they are whole */

typedef struct side {
	plain *owner;
	bool up; /* POST, else GET */
	conn *conn;
	stream *stream;
	http_parser *http;
	unsigned in_flight; /* requests unanswered */
	bool kept;          /* the last answer on this connection left it open */
	unsigned served;    /* answers that this connection had */
	bool had_line, ended, refused;
	const http_head *head;
	unsigned failures;
	uint64_t due_ms;   /* to be connected then */
	uint64_t asked_ms; /* the last request left then */
} side;

struct plain {
	conn_route *route;
	plain_events ev;
	char session[SESSION_LEN + 1];
	side post, get;
	io_timer *timer;
	uint64_t head_ms;   /* the GET should have an answer then */
	bool late;          /* it has none */
	uint64_t posted_ms; /* a POST was answered then; 0: none */
	unsigned pace_ms;   /* 0: none */
	uint64_t ready_ms;  /* the next POST may go then */
	bool single;        /* a connection takes one POST, whatever the answer says */
	bool begun, gathers, over;
};

/* --- carrier_side.c --- */
bool side_connect(side *s, why_text *why); /* goes on from the loop */
void side_drop(side *s);
/* A request; body: with REQUEST_MAX octets of room before it; NULL: a GET. */
void side_ask(side *s, uint8_t *body, size_t n);

/* --- carrier_plain.c: what came of it. Each but the first may be the end of all. --- */
void side_begun(side *s);   /* an answer that is fine begins */
void side_opened(side *s);  /* requests may be sent */
void side_ended(side *s);   /* an answer was read to its end */
void side_refused(side *s); /* by s->head */
void side_closed(side *s, const char *what);
void side_failed(side *s, const why_text *why);

#endif
