/* SPDX-License-Identifier: MIT */
/* conn.h - a connection of HTTP: conn.c has its life and its time-outs, conn_http.c its requests,
 * conn_tunnel.c what it is after an upgrade. */
#ifndef HW_MUX_CONN_H
#define HW_MUX_CONN_H

#include "core/http/http.h"
#include "mux.h"

typedef enum conn_wait { WAIT_NOTHING, WAIT_REQUEST, WAIT_HEAD, WAIT_BODY } conn_wait;

struct conn {
	mux *m;
	conn *prev, *next;
	stream *s;
	http_parser *http; /* NULL: a tunnel */
	mux_client who;
	due due;
	conn_wait wait;
	/* the request that is being read or answered: */
	request q;
	unsigned minor;
	bool head_only, close, answered, in_body;
	bool over;   /* the last answer was given: to be closed */
	bool held;   /* its answer goes on; what comes meanwhile waits in `later` */
	bool resume; /* it was: go on with what came */
	exchange x;
	bool exchanging; /* x is in use */
	bool in_vain;    /* the body being read is of datagrams that nobody takes */
	uint8_t *later;
	size_t later_n;
	tunnel *t; /* NULL: no tunnel yet */
	tunnel_kind kind;
};

/* conn.c */
void conn_free(conn *c);   /* at once */
void conn_finish(conn *c); /* with a goodbye */
void conn_set_wait(conn *c, conn_wait w);
void conn_look(
	conn *c); /* after anything was read or answered: what is waited for now; may end it */

/* conn_http.c */
bool conn_http_new(conn *c);
void conn_http_data(conn *c, uint8_t *p, size_t n); /* may end it */
void conn_http_resume(conn *c);                     /* likewise */
void conn_answer(conn *c, unsigned status);

/* conn_tunnel.c */
unsigned conn_upgrade(conn *c, const http_head *h, const mux_client *who); /* 0, or the answer */
void conn_tunnel_data(conn *c, uint8_t *p, size_t n);                      /* may end it */
void conn_tunnel_goodbye(conn *c, uint16_t code);

#endif
