/* SPDX-License-Identifier: MIT */
/* tls_ctx.h - what both ends' TLS settings have in common. Private to lib/io. */
#ifndef HW_IO_STREAM_TLS_CTX_H
#define HW_IO_STREAM_TLS_CTX_H

#include "io/stream/tls.h"
#include "io/stream/tls_session.h"

struct tls_ctx {
	unsigned users;
	SSL_CTX *ssl; /* whose application data is this */
	BIO_METHOD *bio;
	tls_sessions sessions; /* of a client; a server has none */
};

enum { TLS_ALPN_LEN = 9 };
extern const uint8_t tls_alpn[TLS_ALPN_LEN]; /* http/1.1, as RFC 7301 3.1 has it */

tls_ctx *tls_ctx_new(const SSL_METHOD *m, err *e);
tls_ctx *tls_ctx_use(tls_ctx *t); /* give back with tls_ctx_free() */
/* For OpenSSL: a key's passphrase is not asked for. */
int tls_no_passphrase(char *out, int room, int writing, void *ctx);

#endif
