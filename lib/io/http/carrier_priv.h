/* SPDX-License-Identifier: MIT */
/* carrier_priv.h - what the files of a carrier share.
 *
 * Theory of operation. A carrier has ways (carrier_way.c): each address of the mux, and each proxy. A
 * way makes connections (carrier_conn.c: TCP, the proxy's part, TLS) and tries its methods over them
 * one after the other. The first way that is up wins (carrier.c, by core/http/dial.h), the others are closed.
 * What then flows (carrier_data.c) is framed into one buffer and goes to the winner's connection, or
 * waits in a fair queue. A way by plain requests (carrier_plain.c) needs two connections.
 * Everything that the loop calls is wrapped in enter and leave: a carrier that is closed by one of its
 * own events is freed by the outermost leave. */
#ifndef HW_IO_HTTP_CARRIER_PRIV_H
#define HW_IO_HTTP_CARRIER_PRIV_H

#include "core/http/dial.h"
#include "core/http/fairq.h"
#include "core/http/framing.h"
#include "io/http/carrier.h"
#include "core/http/http.h"
#include "io/http/proxy.h"
#include "io/stream/stream.h"

/* How telling a reason is: of several ways that failed, the highest is told. */
typedef enum why_rank {
	WHY_NONE,
	WHY_SILENT,      /* nothing came */
	WHY_UNREACHABLE, /* no connection, or no TLS */
	WHY_ANSWER,      /* somebody answered, but not with a tunnel */
	WHY_PROXY,       /* the proxy refuses */
	WHY_PORTAL,
	WHY_CREDENTIALS,
} why_rank;

typedef struct why_text {
	why_rank rank;
	char text[256];
} why_text;
void why_set(why_text *w, why_rank rank, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* --- carrier_conn.c: one connection to the mux, as far as HTTP may be spoken on it --- */

typedef struct conn_route { /* how a way leads to the mux; lives as long as the way */
	carrier *owner;
	io_loop *loop;
	const carrier_conf *conf;
	const carrier_proxy *proxy; /* NULL: none */
	endpoint to;                /* of the TCP connection */
	bool absolute; /* the proxy refuses CONNECT: it is sent requests in absolute-form */
	proxy_auth auth;
} conn_route;

typedef struct conn conn;
typedef struct conn_events { /* from the loop; each may free the connection */
	void *ctx;
	void (*open)(void *ctx, stream *s); /* the stream is the callee's, who sets its events */
	void (*failed)(void *ctx, const why_text *why);
} conn_events;
conn *conn_open(conn_route *r, const conn_events *ev, why_text *why); /* NULL: *why */
void conn_free(conn *c);                                              /* NULL is fine */

/* --- carrier_request.c: what is asked, and what an answer means --- */

enum { REQUEST_MAX = 4096, WS_KEY_LEN = 24, SESSION_LEN = 32 };

wire_wr request_connect_udp(const carrier_mux *m, char out[REQUEST_MAX]);
/* Makes a new key. */
wire_wr request_websocket(const carrier_mux *m, char key[WS_KEY_LEN + 1], char out[REQUEST_MAX]);
bool request_new_session(char session[SESSION_LEN + 1]);
/* A plain request: POST (up) with a body of that length, or GET (down). */
typedef struct plain_request {
	conn_route *route;
	const char *session;
	bool up;
	size_t body;
	unsigned
		wait_ms; /* of a GET: to be ended so long after its first datagram; 0: when it is full */
	bool had_line; /* out: of credentials for the proxy */
} plain_request;
wire_wr request_plain(plain_request *q, char out[REQUEST_MAX]);

bool answer_is_connect_udp(const http_head *h);
bool answer_is_websocket(const http_head *h, const char *key);
bool answer_is_html(const http_head *h);
/* What an answer that is no tunnel says about who gave it. */
void answer_why(const http_head *h, why_text *why);

/* --- carrier_plain.c: the tunnel of plain requests --- */

typedef struct plain plain;
typedef struct plain_events { /* from the loop; only `failed` may free it */
	void *ctx;
	void (*begin)(void *ctx); /* an answer to a GET begins; the first time the tunnel is up */
	void (*body)(void *ctx, uint8_t *p, size_t n);
	void (*ready)(void *ctx);                       /* plain_takes() has become true */
	void (*failed)(void *ctx, const why_text *why); /* once */
} plain_events;
plain *plain_new(conn_route *r, const plain_events *ev, why_text *why);
void plain_free(plain *p);        /* NULL is fine */
bool plain_takes(const plain *p); /* a request may be sent now */
/* Sends it as one request; buf has room for REQUEST_MAX octets before its body. */
void plain_send(plain *p, uint8_t *body, size_t n);
stream *plain_stream(const plain *p); /* of the GET, or else the POST; NULL: neither is there */

/* --- carrier_way.c --- */

typedef enum way_state {
	WAY_IDLE,
	WAY_CONNECTING,
	WAY_ASKED, /* for a tunnel, by an upgrade */
	WAY_PLAIN, /* its first GET is out */
	WAY_UP,
	WAY_N_STATES
} way_state;

typedef struct way {
	carrier *owner;
	unsigned index;
	way_state state;
	carrier_method first, method; /* to begin with; now */
	bool once;                    /* not the methods after the first: another way tries them */
	conn_route route;
	conn *conn;
	stream *stream;    /* of a tunnel, or while asking for one */
	http_parser *http; /* of the answer */
	const http_head *head;
	char key[WS_KEY_LEN + 1];
	uint64_t due_ms; /* the answer is waited for until then; UINT64_MAX: no limit */
	framing *framing;
	plain *plain;
	why_text why; /* the best reason so far */
} way;
void way_begin(way *w);
void way_end(way *w);    /* closes at once */
void way_finish(way *w); /* says goodbye */
void way_tick(way *w, uint64_t now_ms);
void way_info(const way *w, carrier_info *out);
bool way_takes(const way *w); /* octets may be written now */

/* --- carrier.c --- */

enum { CARRIER_QUEUE = 4096 }; /* packets: 230 ms of 200 Mbit/s */

struct carrier {
	io_loop *loop;
	carrier_conf conf;
	carrier_events ev;
	io_timer *timer;
	dial dial;
	way *ways;
	unsigned n_ways;
	way *won;
	unsigned busy; /* callbacks under way */
	bool dead, down;
	why_text why;
	/* carrier_data.c: */
	fairq *queue;
	uint64_t lost; /* not even queued */
	uint8_t *
		out; /* gathered and framed, from REQUEST_MAX on: before it there is room for a head */
	size_t out_n;
	uint8_t reply[256]; /* of the framing, not yet written */
	size_t reply_n;
};

void carrier_enter(carrier *c);
void carrier_leave(carrier *c);
void carrier_way_up(carrier *c, way *w);
void carrier_way_failed(carrier *c, way *w, const why_text *why);

/* carrier_data.c */
bool carrier_data_new(carrier *c);
void carrier_data_free(carrier *c);
void carrier_received(carrier *c, way *w, uint8_t *p, size_t n);
void carrier_writable(carrier *c);

#endif
