/* SPDX-License-Identifier: MIT */
/* tls_priv.h - what a stream needs of TLS settings. Private to lib/io. */
#ifndef HW_IO_STREAM_TLS_PRIV_H
#define HW_IO_STREAM_TLS_PRIV_H

#include "io/stream/tls.h"
#include <openssl/ssl.h>

enum { TLS_SESSIONS = 4, TLS_NAME = 256 };

typedef struct tls_saved { /* what resumes a session with a server of that name */
	char name[TLS_NAME];
	SSL_SESSION *session;
} tls_saved;

struct tls_ctx {
	unsigned users;
	bool server;
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	tls_saved saved[TLS_SESSIONS]; /* a client's */
	unsigned next;
};

tls_ctx *tls_ctx_new(bool server, err *e);
int tls_no_passphrase(char *out, int room, int writing, void *ctx); /* a key is not asked for one */
tls_ctx *tls_ctx_use(tls_ctx *t);                            /* give back with tls_ctx_free() */
bool tls_failed(err *e, const char *what, const char *file); /* false; with OpenSSL's reason */

void tls_session_save(tls_ctx *t, const char *name, SSL_SESSION *s); /* takes it over */
SSL_SESSION *tls_session_take(tls_ctx *t, const char *name);         /* the caller's; NULL: none */
void tls_sessions_free(tls_ctx *t);

/* The phrase for a verification that failed; for a handshake that did, from OpenSSL's error queue. Both
 * live for good. */
const char *tls_verify_phrase(long why);
const char *tls_error_phrase(void);

#endif
