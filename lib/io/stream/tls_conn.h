/* SPDX-License-Identifier: MIT */
/* tls_conn.h - TLS over one socket, which the owner watches. Private to lib/io. */
#ifndef HW_IO_STREAM_TLS_CONN_H
#define HW_IO_STREAM_TLS_CONN_H

#include "io/stream/socket_bio.h"
#include "io/stream/tls.h"
#include <openssl/ssl.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct tls_conn {
	tls_ctx *ctx;
	SSL *ssl;
	char *name; /* of the server; NULL: we are */
	socket_bio socket;
	bool ready;                 /* the handshake is over */
	bool wants_write;           /* it has to write before it can go on */
	unsigned handshake_records; /* that came after the handshake */
	const char *why;            /* it broke; static */
	/* Why the server was not shown our certificate; static. NULL: it was, or did not ask. */
	const char *withheld;
} tls_conn;

/* Of reading and writing, besides a count of octets. */
enum { TLS_EOF = 0, TLS_BLOCKED = -1, TLS_BROKEN = -2 };

/* name NULL: the accepting side. NULL: see *e. */
tls_conn *tls_conn_new(tls_ctx *ctx, int fd, const char *name, err *e);
/* Without a goodbye; its session can still be resumed. NULL is fine. */
void tls_conn_free(tls_conn *t);
int tls_conn_handshake(tls_conn *t); /* 1: done; TLS_BLOCKED; TLS_BROKEN: t->why */
ssize_t tls_conn_read(tls_conn *t, uint8_t *p, size_t n);
ssize_t tls_conn_write(tls_conn *t, const uint8_t *p, size_t n);
bool tls_conn_has_pending(const tls_conn *t); /* octets that have left the socket */
void tls_conn_say_goodbye(tls_conn *t);
const char *tls_conn_unverified(const tls_conn *t);

#endif
