/* SPDX-License-Identifier: MIT */
/* auth.h - a client's response to a proxy's challenge: Basic (RFC 7617) and Digest (RFC 7616: MD5,
 * SHA-256, their -sess forms, qop auth). A challenge is hostile text: lengths are bounded, the
 * strongest scheme that is supported is taken. Secrets are the caller's and are not kept. */
#ifndef HW_CORE_HTTP_AUTH_H
#define HW_CORE_HTTP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_AUTH_FIELD = 256, HTTP_AUTH_CNONCE = 48, HTTP_AUTH_VALUE = 2048 };

typedef enum http_auth_scheme {
	HTTP_AUTH_NONE, /* none that is supported */
	HTTP_AUTH_BASIC,
	HTTP_AUTH_DIGEST,
} http_auth_scheme;

typedef struct http_challenge {
	http_auth_scheme scheme;
	char realm[HTTP_AUTH_FIELD], nonce[HTTP_AUTH_FIELD], opaque[HTTP_AUTH_FIELD];
	bool sha256, sess, qop_auth, userhash, stale;
	bool has_algorithm;            /* then the response names it, too */
	char cnonce[HTTP_AUTH_CNONCE]; /* ours; "": the first answer makes one */
	uint32_t count;                /* of requests under this nonce */
} http_challenge;

/* Reads one value of WWW-Authenticate or Proxy-Authenticate, which may hold several challenges, and takes
 * over the strongest if it is stronger than what *c has (Basic, Digest without qop, with; SHA-256 before
 * MD5; of equals the first). One that is malformed, or asks for what is not supported, is passed over. Begin
 * with a zeroed *c for each response. False: nothing taken. */
bool http_challenge_take(http_challenge *c, const char *value, size_t n);

typedef struct http_credentials {
	const char *user, *password;
	const char *method, *uri; /* of the request it is for */
} http_credentials;
/* Writes the value of (Proxy-)Authorization. False: the challenge can't be met (a colon in the user's name
 * for Basic, control characters), or no room; out is "". Counts. */
bool http_auth_respond(http_challenge *c, const http_credentials *w, char out[HTTP_AUTH_VALUE]);

#endif
