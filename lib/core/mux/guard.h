/* SPDX-License-Identifier: MIT */
/* guard.h - bounds what one source can make a multiplexer hold, and how much it can make it flood a target. Nobody
 * is authenticated here, so the bounds are for each source: connections, their rate, tunnels; and the datagrams and
 * octets that a tunnel, and all tunnels of a source, may send before the tunnel carries an association, which is when
 * ESP has come back. A source is an IPv4 address, or an IPv6 /64, which is what one customer gets (RFC 6177). Each
 * call takes constant time, except that a table doubles as sources come. */
#ifndef HW_CORE_MUX_GUARD_H
#define HW_CORE_MUX_GUARD_H

#include "base/addr.h"
#include "core/mux/budget.h"
#include "core/mux/room.h"

enum { MUX_GUARD_FORGET_MS = 60000 }; /* a source with nothing open is kept for so long */

typedef struct mux_guard_limits { /* for each source; 0: no limit */
	unsigned connections;     /* open at once */
	unsigned tunnels;         /* open at once */
	mux_allowance accept;     /* new connections; rate 0: no limit */
	mux_budget_limits send;   /* before a tunnel carries an association */
	unsigned sources;         /* known at once, in all */
} mux_guard_limits;
mux_guard_limits mux_guard_defaults(void); /* docs/operation.md has them */

typedef enum mux_verdict {
	MUX_OK,
	MUX_CONNECTIONS, /* too many open from there */
	MUX_RATE,        /* too many new ones from there */
	MUX_TUNNELS,     /* too many open from there */
	MUX_SOURCES,     /* too many sources, each with something open; or no memory */
	MUX_FULL,        /* too many of all sources (room.h) */
	MUX_N_VERDICTS
} mux_verdict;
const char *mux_verdict_text(mux_verdict v); /* a phrase for the log */

typedef struct mux_guard mux_guard;
typedef struct mux_source mux_source; /* belongs to the guard; lives while something is counted */

mux_guard *mux_guard_new(const mux_guard_limits *l,
			 uint64_t seed); /* seed: random. NULL: no memory */
void mux_guard_free(mux_guard *g);       /* NULL is fine; no source may be used any more */

/* A connection was accepted: MUX_OK: *s, counted until mux_guard_disconnect(). Else close it; *s is NULL. */
mux_verdict mux_guard_connect(mux_guard *g, uint64_t now_ms, const ip_addr *from, mux_source **s);
void mux_guard_disconnect(mux_guard *g, uint64_t now_ms, mux_source *s);
/* It asks for a tunnel: MUX_OK or MUX_TUNNELS; counted until the end, which may come after the
 * connection's. Call it while the connection, or another tunnel, is counted. */
mux_verdict mux_guard_tunnel_begin(mux_guard *g, mux_source *s);
void mux_guard_tunnel_end(mux_guard *g, uint64_t now_ms, mux_source *s);

/* It, or a tunnel of it, was refused for want of room. */
void mux_guard_note_full(mux_guard *g);

/* Its share of what all sources have; lives as the source does. */
typedef enum mux_share_kind {
	MUX_SHARE_CONNECTIONS,
	MUX_SHARE_TUNNELS,
	MUX_N_SHARES
} mux_share_kind;
mux_share *mux_source_share(mux_source *s, mux_share_kind k);

/* Takes what a datagram of n octets, of a tunnel of s, needs to go to the target now (budget.h). False: drop it. */
bool mux_guard_take_send(const mux_guard *g, mux_source *s, mux_budget *b, uint64_t now_ms,
			 mux_entry kind, size_t n);

/* Forgets the sources whose time is over; call it every minute or so. New connections do a part of it, too. */
void mux_guard_expire(mux_guard *g, uint64_t now_ms);
size_t mux_guard_sources(const mux_guard *g);
uint64_t mux_guard_refused(const mux_guard *g, mux_verdict v); /* how many times */

#endif
