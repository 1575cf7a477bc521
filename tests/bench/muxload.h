/* SPDX-License-Identifier: MIT */
/* muxload.h - thousands of https tunnels into one multiplexer, by a client that shares nothing with
 * ours: OpenSSL, epoll, and RFC 9298 and 9297 as they are written. Their target is here too. */
#ifndef HW_MUXLOAD_H
#define HW_MUXLOAD_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPLY_MAX = 1024, PAYLOAD = 100 };

typedef enum tunnel_state {
	TUNNEL_NONE,
	TUNNEL_CONNECTING,
	TUNNEL_HANDSHAKE,
	TUNNEL_ASKING, /* the request is sent, the answer not yet complete */
	TUNNEL_OPEN
} tunnel_state;

typedef struct tunnel {
	SSL *ssl;
	int fd;
	tunnel_state state;
	bool answered;   /* the datagram sent through it came back */
	uint16_t in_len; /* of `in` */
	uint8_t in[REPLY_MAX];
} tunnel;

typedef struct load {
	struct sockaddr_in mux, echo;
	const char *name; /* in the multiplexer's certificate, and Host */
	const char *path;
	uint32_t first, sources; /* connection i comes from address first + i % sources */
	SSL_CTX *ctx;
	X509 *known; /* the certificate that was verified: any other is refused */
	SSL_SESSION *session;
	bool resume;
	int epoll, echo_fd;
	tunnel *t;
	uint32_t n_max, next_source;
	/* of one order */
	uint32_t opened, failed, resumed, answered, wrong;
	char why[160]; /* the first failure */
} load;

/* muxload_tls.c */
bool tls_prepare(load *l, const char *ca);
void tls_done(load *l);
SSL *tls_begin(load *l, int fd); /* NULL: *why */
void failure(load *l, const char *what);

/* muxload_tunnel.c */
bool tunnel_start(load *l, tunnel *t);
void tunnel_on_event(load *l, tunnel *t);
void tunnel_close(load *l, tunnel *t);
/* Sends a datagram of its own number; false: it is lost already. */
bool tunnel_send(load *l, tunnel *t);
size_t capsule_put(uint8_t *out, const uint8_t *payload, size_t n);
/* How long the first capsule is, 0: not complete; *at and *n: its UDP payload, *n 0: none. */
size_t capsule_get(const uint8_t *in, size_t len, const uint8_t **at, size_t *n);

/* muxload_echo.c: the target */
bool echo_open(load *l);
void echo_serve(load *l);

#endif
