/* SPDX-License-Identifier: MIT */
/* session.h - a tunnel of plain requests has a name that its client made up, of at least 128 random bits: whoever
 * has the name is the client. A session lives while requests are members of it, and a minute longer. One of
 * them, the reader, gets the datagrams from the target. */
#ifndef HW_CORE_MUX_SESSION_H
#define HW_CORE_MUX_SESSION_H

#include "base/map.h"
#include "core/mux/request.h"
#include "core/mux/tunnel.h"

typedef struct mux_session mux_session;

typedef struct mux_sessions {
	mux_context *cx;
	mux_tunnels *tunnels;
	map *by_name;
	mux_session *first;
} mux_sessions;

typedef struct mux_member mux_member;
struct mux_member { /* a request to a session; begin zeroed but for the timer's kind */
	mux_timer
		timer; /* first: its address is the member's. Set to the present, a reader is one no more */
	mux_session *session; /* NULL: none, or it is over */
	mux_member *prev, *next;
};

bool mux_sessions_init(mux_sessions *all, mux_context *cx, mux_tunnels *t,
		       uint64_t seed);      /* false: no memory */
void mux_sessions_close(mux_sessions *all); /* ends all sessions */
void mux_sessions_free(mux_sessions *all);

/* The one that the request names, or a new one, to be joined. NULL: *status is the answer. */
mux_session *mux_session_get(mux_sessions *all, const mux_request *q, const mux_client *client,
			     unsigned *status);
void mux_session_join(mux_session *s, mux_member *m);
void mux_session_leave(mux_member *m); /* it is over; nothing if it is not in one */
/* There is one reader, the last that asked. */
void mux_session_set_reader(mux_session *s, mux_member *m, mux_outlet *o);
mux_member *mux_session_reader(const mux_session *s); /* or NULL */
mux_tunnel *mux_session_tunnel(const mux_session *s);

void mux_session_end(mux_session *s, const char *why); /* for the log */
mux_session *mux_session_of_timer(mux_timer *timer);
void mux_session_expire(mux_session *s); /* its timer has expired */

#endif
