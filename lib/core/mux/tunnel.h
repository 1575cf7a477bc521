/* SPDX-License-Identifier: MIT */
/* tunnel.h - a UDP socket towards one target, and the datagrams between it and a client. Of what the client sends, what
 * could be ours (entry.h) leaves within its budget (budget.h) by the end of the event, the datagrams of one event in
 * one batch; for the other way see downlink.h. Who opened the tunnel frees it. */
#ifndef HW_CORE_MUX_TUNNEL_H
#define HW_CORE_MUX_TUNNEL_H

#include "core/mux/client.h"
#include "core/mux/downlink.h"
#include "core/mux/targets.h"

typedef enum mux_tunnel_kind {
	MUX_TUNNEL_CONNECT_UDP,
	MUX_TUNNEL_WEBSOCKET,
	MUX_TUNNEL_PLAIN,
	MUX_TUNNEL_N_KINDS
} mux_tunnel_kind;

typedef struct mux_tunnel_counts {
	uint64_t tunnels; /* since the start */
	uint64_t up_packets, up_bytes;
	uint64_t dropped_foreign;    /* could not be ours */
	uint64_t dropped_unanswered; /* beyond the budget of one that carries no association */
	uint64_t not_sent;           /* the system refused */
	unsigned open[MUX_TUNNEL_N_KINDS];
} mux_tunnel_counts;

/* What all of them share. */
typedef struct mux_tunnels {
	mux_context *cx;
	mux_guard *guard;
	mux_targets targets;
	mux_downlinks down;
	mux_tunnel_counts counts;
	dgramq out;         /* empty between events */
	mux_tunnel *sender; /* of what is in there */
} mux_tunnels;

bool mux_tunnels_init(mux_tunnels *all, mux_context *cx, mux_guard *g); /* false: no memory */
void mux_tunnels_free(mux_tunnels *all);
void mux_tunnels_flush(mux_tunnels *all); /* at the end of an event */

/* owner: a mux_session of a MUX_TUNNEL_PLAIN, a mux_conn of the others, whose place is `conn`. NULL: *status answers the
 * request: 429, 503 or 504. */
mux_tunnel *mux_tunnel_new(mux_tunnels *all, mux_tunnel_kind kind, const mux_target *to,
			   const mux_client *client, void *owner, mux_place *conn,
			   unsigned *status);
void mux_tunnel_free(mux_tunnel *t); /* NULL is fine */
mux_tunnel_kind mux_tunnel_kind_of(const mux_tunnel *t);
void *mux_tunnel_owner(const mux_tunnel *t);

/* Where its datagrams go from here on; NULL: nobody asks for them, they wait. One that stays full for too long
 * is a reader that is stuck. */
void mux_tunnel_set_outlet(mux_tunnel *t, mux_outlet *o);
void mux_tunnel_writable(mux_tunnel *t);        /* the outlet may not be full any more */
bool mux_tunnel_is_proven(const mux_tunnel *t); /* it has carried an association */
/* Octets from the client; the datagrams in them go to the target. As many of them as the connection's turn allows:
 * *used. A WebSocket's pings are answered by one pong, to the last (RFC 6455 5.5.3), as soon as the outlet takes it. */
framing_result mux_tunnel_send(mux_tunnel *t, uint8_t *p, size_t n, size_t *used, const char **why);
/* The same by a framing of the caller's, and all of them. */
framing_result mux_tunnel_send_all(mux_tunnel *t, framing *f, uint8_t *p, size_t n,
				   const char **why);
/* The message that ends the stream of datagrams, if its framing has one; code: a WebSocket's. */
void mux_tunnel_send_close(mux_tunnel *t, uint16_t code);

/* A datagram from the target. After those of one reading: mux_tunnel_received() with its result, how many there
 * were or -errno. */
void mux_tunnel_input(mux_tunnel *t, const uint8_t *p, size_t n);
void mux_tunnel_received(mux_tunnel *t, int result);

void mux_tunnel_give_up(mux_tunnel *t); /* its place was given up: it ends by its timer */
/* Its timer has expired. Returns why the tunnel is to end, or NULL. */
mux_tunnel *mux_tunnel_of_timer(mux_timer *timer);
const char *mux_tunnel_expire(mux_tunnel *t);

#endif
