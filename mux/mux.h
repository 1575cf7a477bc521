/* SPDX-License-Identifier: MIT */
/* mux.h - the running multiplexer.
 *
 * Theory of operation. A listener (listener.c) accepts connections. One of HTTP (conn.c, conn_http.c)
 * reads requests and answers them, as a dull web server does, until one turns the connection into a
 * tunnel (conn_tunnel.c), or belongs to a session of plain requests (session.c, plain.c), which has a tunnel
 * of its own. One of FastCGI (fcgi.c, fcgi_request.c) has sessions only. A tunnel (tunnel.c) is one UDP
 * socket, connected to a configured target (target.c knows which are down): what its owner hands over goes
 * there, what comes from there is framed and given to the owner, or waits in a short queue (waiting.c) while
 * the owner can't take it. */
#ifndef HW_MUX_MUX_H
#define HW_MUX_MUX_H

#include "answer.h"
#include "base/map.h"
#include "base/timerq.h"
#include "conf.h"
#include "core/http/fairq.h"
#include "core/http/framing.h"
#include "io/daemon/control.h"
#include "io/loop/loop.h"
#include "io/stream/stream.h"
#include "io/net/udp.h"
#include "request.h"

typedef struct mux mux;
typedef struct tunnel tunnel;
typedef struct session session;
typedef struct conn conn;
typedef struct fcgi fcgi;

/* --- due.c: due times of many things by one timer --- */

typedef struct due {
	timer_entry entry; /* first: its address is the due's */
	io_call *fire;
	void *ctx;
} due;
bool due_open(mux *m, err *e);
void due_close(mux *m);
void due_set(mux *m, due *d, uint64_t at_ms); /* UINT64_MAX: never */
void due_in(mux *m, due *d, uint64_t ms);

/* --- what is counted --- */

typedef enum tunnel_kind {
	TUNNEL_CONNECT_UDP,
	TUNNEL_WEBSOCKET,
	TUNNEL_PLAIN,
	TUNNEL_N_KINDS
} tunnel_kind;
const char *tunnel_kind_name(tunnel_kind k);

typedef struct mux_counts {
	uint64_t connections, requests, tunnels; /* since the start */
	uint64_t up_packets, up_bytes, down_packets, down_bytes;
	uint64_t dropped_slow;       /* waited too long for a slow reader */
	uint64_t dropped_unanswered; /* to a target that has never answered */
	uint64_t not_sent;           /* the system refused */
	uint64_t malformed;          /* connections and tunnels that ended for what came */
	uint64_t target_down, timeouts;
	unsigned open_connections, open_tunnels[TUNNEL_N_KINDS];
} mux_counts;

typedef struct mux_listener {
	mux *m;
	listen_kind kind;
	int fd;
	io_watch *watch;
} mux_listener;

enum { MUX_DOWN = MUX_TARGETS };
typedef struct target_down { /* a target that can't be reached: nobody tries before then */
	endpoint at;
	uint64_t until_ms;
	bool told; /* the log */
} target_down;

/* Room before and behind what a tunnel gives its owner, for chunk lines and record heads. */
enum { BATCH_ROOM = 64, BATCH_MAX = STREAM_WRITE_MAX - 2 * BATCH_ROOM };

struct mux {
	mux_file *conf;
	logger log;
	io_loop *loop;
	mux_listener listeners[MUX_LISTENS];
	unsigned n_listeners;
	due accept_again; /* after running out of descriptors */
	tls_ctx *tls;
	mux_guard *guard;
	udp_rx *rx;
	dgramq out; /* empty between events */
	uint8_t batch[BATCH_ROOM +
		      STREAM_WRITE_MAX]; /* framed datagrams on their way to an owner */
	timerq dues;
	io_timer *timer;
	conn *conns;
	fcgi *fcgis;
	map *sessions;
	session *session_list;
	unsigned waiting_more; /* room for packets that is not everybody's (waiting.c) */
	target_down down[MUX_DOWN];
	unsigned n_down;
	control *control;
	io_signal *on_term, *on_int, *on_hup;
	due sweep, drained;
	uint64_t drain_end_ms; /* 0: does not drain */
	mux_counts counts;
	rate_limit trouble; /* log lines that strangers can cause */
};

uint64_t mux_now(void);
/* A line that a stranger caused: rate-limited. */
void mux_note(mux *m, const ip_addr *from, const char *what, const char *why);

/* Who asks: a source that the guard counts already, or (behind a proxy) just an address. */
typedef struct mux_client {
	mux_source *source; /* NULL: not counted */
	ip_addr from;
} mux_client;

/* --- listener.c --- */
bool listeners_open(mux *m, err *e);
void listeners_close(mux *m);
tls_ctx *mux_load_tls(const mux_file *c, const logger *log,
		      err *e); /* NULL without error: no https */

/* --- target.c --- */
bool target_says_down(int why);                                   /* does this error mean that? */
bool target_is_down(mux *m, const endpoint *at, uint64_t now_ms); /* found out a moment ago */
void target_note_down(mux *m, const endpoint *at, uint64_t now_ms, int why);
void target_note_up(mux *m, const endpoint *at, uint64_t now_ms); /* a datagram came */

/* --- tunnel.c --- */

typedef struct tunnel_owner {
	void *ctx;
	bool (*full)(void *ctx); /* write() must not be called now */
	/* Framed datagrams, at most BATCH_MAX octets, with BATCH_ROOM before and behind. */
	void (*write)(void *ctx, uint8_t *p, size_t n);
	/* What the framing answers, ahead of datagrams; NULL: it never does. */
	void (*reply)(void *ctx, const uint8_t *p, size_t n);
	/* When it takes less than it is sent: the oldest datagram has waited for so long. NULL: no matter. */
	void (*waits)(void *ctx, uint64_t wait_ms);
	/* It is over; from the loop. The owner frees it. */
	void (*lost)(void *ctx, const char *why);
} tunnel_owner;
/* NULL: *status is the answer: 429, 503, 504. */
tunnel *tunnel_new(mux *m, tunnel_kind k, const mux_target *to, const mux_client *who,
		   const tunnel_owner *o, unsigned *status);
void tunnel_free(tunnel *t); /* NULL is fine */
framing *tunnel_framing(tunnel *t);
/* Octets from the client; they go to the target at once. */
framing_result tunnel_up(tunnel *t, framing *f, uint8_t *p, size_t n, const char **why);
void tunnel_writable(tunnel *t); /* full() is not true any more */
/* Is the owner stuck for being full (and not because nobody asks)? */
void tunnel_watch_reader(tunnel *t, bool watched);

/* --- waiting.c --- */

typedef struct waiting {
	fairq *q; /* NULL: nothing waits */
	unsigned more;
	uint64_t last_ms;
} waiting;
void waiting_put(mux *m, waiting *w, uint64_t now_ms, const uint8_t *p, size_t n);
uint64_t
waiting_over_ms(const waiting *w); /* when all of it is too old; UINT64_MAX: nothing waits */
void waiting_end(mux *m, waiting *w);

/* --- session.c, plain.c: the carrier of plain requests, for HTTP and FastCGI --- */

typedef struct exchange exchange;
typedef struct exchange_ops { /* of the connection that the request came by */
	void (*answer)(exchange *x, unsigned status);     /* the whole answer; to be called once */
	void (*head)(exchange *x);                        /* of an answer that is a stream */
	void (*piece)(exchange *x, uint8_t *p, size_t n); /* of it; room as a tunnel's owner has */
	void (*end)(
		exchange *x); /* of that answer. The exchange is over: not to be touched again */
	bool (*full)(const exchange *x);
} exchange_ops;

struct exchange { /* one request to a session; belongs to its connection */
	mux *m;
	const exchange_ops *ops;
	session *s;            /* NULL: none, or it is over */
	exchange *prev, *next; /* others of the session */
	ip_addr from;          /* who asks */
	framing *up;           /* of a POST's body */
	unsigned status;       /* what a POST will be answered at its end */
	bool is_down, begun;
	due end;
	unsigned wait_ms;
	uint64_t sent;
};

session *session_get(mux *m, const request *q, const mux_client *who, unsigned *status);
void session_join(session *s, exchange *x);
void session_leave(exchange *x);                     /* nothing if it has none */
exchange *session_set_down(session *s, exchange *x); /* the one before, or NULL */
tunnel *session_tunnel(session *s);
void sessions_close(mux *m);

/* The head of such a request is there; then its body, and its end. */
void plain_begin(exchange *x, const request *q, const mux_client *who);
void plain_data(exchange *x, uint8_t *p, size_t n);
void plain_end(exchange *x);
void plain_writable(exchange *x);
void plain_drop(exchange *x); /* the connection is gone, or the answer was given */
void plain_write(exchange *x, uint8_t *p, size_t n);
void plain_lost(exchange *x); /* its session is over */

/* --- conn.c, fcgi.c --- */
void conn_new(mux *m, listen_kind k, int fd, const mux_client *who);
void conns_close(mux *m, bool goodbye);
void fcgi_new(mux *m, int fd, const ip_addr *from);
void fcgis_close(mux *m);

/* --- mux_control.c --- */
bool mux_control_open(mux *m, const char *path, err *e);

#endif
