/* SPDX-License-Identifier: MIT */
/* exchange.h - one request to a session and its answer, by HTTP or FastCGI (docs/protocol.md, HTTP carriers). A
 * POST's body is datagrams to the target, each behind its length; a GET is held, and its answer's body is
 * datagrams from the target. Its connection reads the request, writes what surrounds the answer's body, and
 * is notified by the exchange's timer that the answer ends. */
#ifndef HW_CORE_MUX_EXCHANGE_H
#define HW_CORE_MUX_EXCHANGE_H

#include "core/mux/conn.h"

typedef struct mux_exchange {
	mux_member member; /* first: its address is the exchange's */
	mux_conn *conn;    /* NULL: it was dropped, or there is none yet */
	ip_addr from;
	mux_outlet outlet; /* of a GET's answer */
	bool has_begun;    /* that answer has datagrams in it */
	unsigned wait_ms;
	framing *up; /* of a POST's body */
	unsigned status;
} mux_exchange;

void mux_exchange_begin(mux_exchange *x, mux_conn *c, const mux_request *q,
			const mux_client *client);
bool mux_exchange_is_open(const mux_exchange *x); /* begun, and not dropped */
/* The status that answers it; 0: a POST is to be read on, a GET to be answered by a stream. */
unsigned mux_exchange_status(const mux_exchange *x);

void mux_exchange_data(mux_exchange *x, uint8_t *p, size_t n);
unsigned mux_exchange_finish(mux_exchange *x); /* the end of a POST; returns the answer's status */

/* The answer's head was written: datagrams follow. */
void mux_exchange_stream(mux_exchange *x, mux_wrap wrap, uint16_t fcgi_request);
void mux_exchange_writable(mux_exchange *x);
void mux_exchange_note_output(mux_session *s); /* to its reader, if it has one */

mux_exchange *mux_exchange_of_timer(mux_timer *timer);
/* Its timer has expired, the answer is over: ends the body. What surrounds it is the connection's. */
void mux_exchange_end_stream(mux_exchange *x);
void mux_exchange_drop(mux_exchange *x); /* nothing if it is not open */

#endif
