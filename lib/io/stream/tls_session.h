/* SPDX-License-Identifier: MIT */
/* tls_session.h - what resumes TLS sessions of a client with the last few servers. Private to lib/io. */
#ifndef HW_IO_STREAM_TLS_SESSION_H
#define HW_IO_STREAM_TLS_SESSION_H

#include <openssl/ssl.h>

enum { TLS_SESSIONS = 4, TLS_NAME = 256 };

typedef struct tls_sessions { /* zeros: none */
	struct {
		char name[TLS_NAME]; /* of the server */
		SSL_SESSION *session;
	} saved[TLS_SESSIONS];
	unsigned next;
} tls_sessions;

void tls_session_save(tls_sessions *t, const char *name, SSL_SESSION *s); /* takes it over */
SSL_SESSION *tls_session_take(tls_sessions *t, const char *name); /* the caller's; NULL: none */
void tls_sessions_free(tls_sessions *t);

#endif
