/* SPDX-License-Identifier: MIT */
/* core.h - the multiplexer as a machine without sockets: connections of web clients and of web servers in front,
 * the requests that come by them, and the tunnels to targets that these open.
 *
 * Theory of operation. A connection of HTTP (http_conn.h, http_request.h) is answered as by a web server, until a
 * request turns it into a tunnel or is a part of a session. One of FastCGI (fcgi_conn.h, fcgi_request.h) has
 * requests of sessions only. A session (session.h, exchange.h) is a tunnel that several requests share. A tunnel
 * (tunnel.h) is a UDP socket towards a target; it writes what comes from there to its outlet (outlet.h), a
 * connection, or keeps it for a short time (waiting.h) while that is full. Each of these uses the ones named after
 * it and none before; what is over is reported by a timer (timers.h), and core.c hands it to whom it belongs.
 *
 * Connections take turns (turns.h): however much one sends, others wait for a bounded time. What all sources may have
 * together is bounded too (room.h, context.h).
 *
 * Every call takes the time; afterwards mux_core_next_timer_ms() says when mux_core_tick() is to be called. */
#ifndef HW_CORE_MUX_CORE_H
#define HW_CORE_MUX_CORE_H

#include "core/mux/conn.h"

typedef struct mux_core mux_core;

typedef struct mux_core_options {
	mux_env env;
	const mux_config *config; /* borrowed, as the next one is; its limits are taken now */
	logger log;
	core_time now;
	uint64_t seeds[2]; /* random */
} mux_core_options;

mux_core *mux_core_new(const mux_core_options *o); /* NULL: no memory */
void mux_core_free(mux_core *m); /* NULL is fine; gives all links and sockets back */
/* From here on another configuration. Tunnels keep their targets, the guard its limits. */
void mux_core_configure(mux_core *m, const mux_config *config, log_level level);

/* A connection was accepted. NULL: refused, the link is not used. Else the link is the core's until it gives it
 * back by env.finish() or env.abort(), and the mux_conn is not to be named any more then. */
mux_conn *mux_core_accept(mux_core *m, core_time now, mux_conn_kind kind, const ip_addr *from,
			  void *link);
void mux_core_opened(mux_core *m, core_time now, mux_conn *c); /* TLS, if any, is up */
void mux_core_octets(mux_core *m, core_time now, mux_conn *c, uint8_t *p, size_t n); /* modified */
void mux_core_writable(mux_core *m, core_time now, mux_conn *c);
/* The other end sends no more (why NULL), or the connection is dead. */
void mux_core_closed(mux_core *m, core_time now, mux_conn *c, const char *why);

/* A tunnel's socket was read: its datagrams one by one, then how many messages it had or -errno. The second may
 * close that socket, the first does not. */
void mux_core_datagram(mux_core *m, core_time now, mux_tunnel *t, const uint8_t *p, size_t n);
void mux_core_received(mux_core *m, core_time now, mux_tunnel *t, int result);

void mux_core_tick(mux_core *m, core_time now);
uint64_t mux_core_next_timer_ms(const mux_core *m); /* UINT64_MAX: none */
/* Ends everything in an orderly way: answers are completed, the other end of a WebSocket is notified. */
void mux_core_drain(mux_core *m, core_time now);

typedef struct mux_counts {
	mux_tunnel_counts tunnels;
	uint64_t connections, requests; /* since the start */
	uint64_t malformed, timeouts, target_down;
	uint64_t down_packets, down_bytes;
	uint64_t dropped_slow; /* datagrams that waited too long for a slow reader */
	uint64_t refused[MUX_N_VERDICTS];
	uint64_t given_up_connections, given_up_tunnels; /* for want of room */
	unsigned open_connections, sources;
	unsigned unproven_connections, unproven_tunnels; /* of those open */
	uint64_t memory;                                 /* octets, estimated */
} mux_counts;
mux_counts mux_core_counts(const mux_core *m);

#endif
