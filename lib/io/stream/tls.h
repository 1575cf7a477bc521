/* SPDX-License-Identifier: MIT */
/* tls.h - TLS settings for carriers, both ends (OpenSSL inside): 1.2 at least, 1.3 preferred, ALPN
 * http/1.1, session resumption. A context is shared by many streams and lives until the last of them is
 * gone (counted). */
#ifndef HW_IO_STREAM_TLS_H
#define HW_IO_STREAM_TLS_H

#include "base/err.h"
#include <stdbool.h>

typedef struct tls_ctx tls_ctx;

typedef struct tls_server_conf {
	const char *certificate; /* PEM file: the chain, our own first */
	const char *key;         /* PEM file, for private_check() */
	const char *
		client_ca; /* PEM file: clients must show a certificate of it; NULL: none is asked */
	const char *user;  /* who may read the key as well; NULL: PRIVATE_DAEMON_USER */
} tls_server_conf;
/* NULL: *e names the file. An expired certificate is accepted, and *warning (if not NULL) set to a phrase:
 * a service that starts is better than one that does not, and its clients report what is wrong. */
tls_ctx *tls_server_new(const tls_server_conf *c, char warning[128], err *e);

typedef struct tls_client_conf {
	const char *ca; /* PEM text or the name of a file; NULL: the system's */
	bool carrier; /* `tls = carrier`: a certificate that does not verify is accepted all the same:
			     what is carried is ESP, which authenticates home end to end */
	const char *certificate,
		*key; /* PEM text or file of our own, for a mux that asks, is verified, and speaks TLS 1.3; NULL: none */
	const char *user; /* who may read that file of the key, too; NULL: PRIVATE_DAEMON_USER */
} tls_client_conf;
tls_ctx *tls_client_new(const tls_client_conf *c, err *e);

void tls_ctx_free(tls_ctx *t); /* NULL is fine; streams that use it keep it alive */

#endif
