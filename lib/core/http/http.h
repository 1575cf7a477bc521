/* SPDX-License-Identifier: MIT */
/* http.h - HTTP/1.1 messages as octets come (RFC 9112), parsed by llhttp, strictly: a message whose length
 * is ambiguous is refused. What is kept of a head is bounded. */
#ifndef HW_CORE_HTTP_HTTP_H
#define HW_CORE_HTTP_HTTP_H

#include "base/wire.h"

enum {
	HTTP_TARGET_MAX = 512,
	HTTP_FIELDS = 48,
	HTTP_HEAD_MAX = 8 * 1024, /* octets of a head: more is 431 */
};

typedef struct http_head http_head; /* of one message: allocated while it is read, freed soon */

typedef enum http_side { HTTP_REQUESTS, HTTP_RESPONSES } http_side;

typedef struct http_parser http_parser;
typedef struct http_events {
	void *ctx;
	/* The head is complete. Valid until the next message begins. Return false to stop parsing here:
	 * http_feed() returns with the octets used so far (the head), and the rest is the caller's. */
	bool (*head)(void *ctx, const http_head *h);
	void (*body)(void *ctx, uint8_t *p, size_t n); /* chunked coding is undone */
	void (*end)(void *ctx);                        /* of the message */
} http_events;
http_parser *http_parser_new(http_side side, const http_events *ev); /* NULL: no memory */
/* NULL is fine; safe inside its own events: http_feed() then returns without a refusal. */
void http_parser_free(http_parser *p);

typedef struct http_result {
	size_t used;
	/* 0: fine. Else the status that answers it: 400 malformed, 413, 414, 431, 501 (an unknown
	 * transfer coding), 505; for a response just "not 0". Parsing can't go on. */
	unsigned refuse;
	const char *why; /* a phrase for the log; NULL: fine */
	bool upgraded; /* the message was an upgrade or a CONNECT that was accepted, or head() said stop */
} http_result;
/* used < n without a refusal: it stopped (upgraded), or the message before was the last of this
 * connection (RFC 9112 9.6) and what follows counts for nothing. A request to upgrade that head() lets
 * pass is read as any other request (RFC 9110 7.8: a server may ignore it). */
http_result http_feed(http_parser *p, uint8_t *data, size_t n);
/* The next response belongs to a request whose response has no body whatever its fields say (HEAD), or
 * whose 2xx answer is a tunnel (CONNECT). */
void http_expect(http_parser *p, bool connect);
/* A message of a longer body is refused with 413; for this message when called in head(), else for all
 * that follow. UINT64_MAX, the default: no limit. */
void http_body_max(http_parser *p, uint64_t octets);
bool http_in_message(const http_parser *p); /* a message has begun and not ended */

const char *http_method(const http_head *h);
const char *http_target(const http_head *h); /* as it came: origin-form or absolute-form */
unsigned http_status(const http_head *h);
const char *http_reason(const http_head *h);
const char *http_get(const http_head *h, const char *name); /* its first value; NULL: not there */
/* Every value of a field in turn: begin with *at = 0. NULL: no more. */
const char *http_next(const http_head *h, const char *name, unsigned *at);
/* Is the token in the comma-separated list of that field, any case (RFC 9110 5.6.1)? */
bool http_has_token(const http_head *h, const char *name, const char *token);
bool http_keep_alive(const http_head *h);
unsigned http_minor(const http_head *h); /* of HTTP/1.x */

#endif
