/* SPDX-License-Identifier: MIT */
/* conn.h - what connections of HTTP and of FastCGI have in common. */
#ifndef HW_CORE_MUX_CONN_H
#define HW_CORE_MUX_CONN_H

#include "core/mux/session.h"

typedef enum mux_conn_kind { MUX_CONN_HTTP, MUX_CONN_FCGI } mux_conn_kind;

typedef struct mux_conn mux_conn;

typedef struct mux_conns {
	mux_context *cx;
	mux_guard *guard;
	mux_tunnels *tunnels;
	mux_sessions *sessions;
	mux_conn *first;
	unsigned open;
	uint64_t requests; /* since the start */
} mux_conns;

struct mux_conn {
	mux_timer timer; /* first: its address is the connection's */
	mux_conn_kind kind;
	mux_conns *all;
	void *link; /* of the environment; NULL: given back */
	mux_turn turn;
	mux_place place; /* among all connections */
	mux_conn *prev, *next;
};

/* share: its source's, of connections; NULL: of somebody who is trusted. */
void mux_conn_init(mux_conn *c, mux_conns *all, mux_conn_kind kind, mux_share *share, void *link);
void mux_conn_finish(
	mux_conn *c);           /* gives the link back: closed when all that was written is sent */
void mux_conn_end(mux_conn *c); /* gives it back at once if it was not; no timer, off the list */
void mux_conn_count_request(mux_conn *c);
void mux_conn_write(mux_conn *c, const void *p, size_t n);
bool mux_conn_is_full(const mux_conn *c);

#endif
