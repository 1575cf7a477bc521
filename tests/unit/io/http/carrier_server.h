/* SPDX-License-Identifier: MIT */
/* carrier_server.h - a multiplexer as a test wants it, or a proxy in front of it, on the test's own loop.
 * A tunnel sends back what it gets. */
#ifndef HW_TESTS_CARRIER_SERVER_H
#define HW_TESTS_CARRIER_SERVER_H

#include "core/http/framing.h"
#include "core/http/http.h"
#include "io/stream/stream.h"

typedef struct server_script {
	bool connect_udp, websocket, plain; /* what it takes; the rest gets 404 */
	bool close_upgrade;                 /* hangs up instead of answering one */
	bool wrong_accept;                  /* a WebSocket's answer to another key */
	const char *raw;                    /* answers every request with these octets */
	bool silent;                        /* takes connections and says nothing */
	tls_ctx *tls;
	bool proxy; /* takes CONNECT, and is the mux itself after it */
	/* As SOCKS, 5 or 4: */
	unsigned socks;
	const char *user, *password; /* it asks for these; NULL: none */
	unsigned socks_reply;        /* 0: granted */
	/* Plain: */
	bool close_posts;   /* Connection: close with every answer to a POST */
	unsigned end_after; /* ends the answer to a GET after so many octets; 0: never */
} server_script;

enum { SERVER_PEERS = 512, SERVER_LOG = 4096 };

typedef struct server_peer {
	struct server *server;
	stream *stream;
	http_parser *http;
	framing *framing;     /* of a tunnel, or of a POST's body */
	bool tunnel, through; /* behind CONNECT or SOCKS */
	unsigned socks_step;
	const http_head *head;
	bool stop, close;
	size_t sent; /* of a GET's answer */
} server_peer;

typedef struct server {
	io_loop *loop;
	server_script script;
	int fd;
	endpoint at;
	io_watch *watch;
	server_peer peers[SERVER_PEERS];
	unsigned n_peers;
	server_peer *down;    /* the GET that is held */
	char log[SERVER_LOG]; /* the first line of each request, and what was asked of SOCKS */
	unsigned posts, gets, echoed;
	unsigned heard;
	uint32_t awaited;    /* a datagram that begins with it is looked out for */
	unsigned awaited_at; /* so many had come with it; 0: it has not come */
} server;
/* Listens at 127.0.0.LAST; port 0: any. */
bool server_open(server *s, io_loop *l, const server_script *script, uint8_t last, uint16_t port);
void server_close(server *s);
void server_hang_up(server *s); /* on everybody */
bool server_saw(const server *s, const char *text);

/* Between its files: a line for the log; one step of SOCKS, false: it is refused. */
void server_note(server *s, const char *a, const char *b);
bool server_socks(server_peer *p, const uint8_t *d, size_t n);

#endif
