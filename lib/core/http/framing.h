/* SPDX-License-Identifier: MIT */
/* framing.h - datagrams in an octet stream, in three formats: capsules (RFC 9297, RFC 9298), WebSocket messages
 * (RFC 6455), and 16-bit lengths (docs/protocol.md, plain requests). Octets in,
 * datagrams out, and the other way round. The peer is not trusted: a violation ends the stream with one
 * reason. */
#ifndef HW_CORE_HTTP_FRAMING_H
#define HW_CORE_HTTP_FRAMING_H

#include "base/wire.h"

enum {
	FRAMING_DATAGRAM_MAX =
		2000, /* a longer one is dropped (capsule) or ends the stream (the others) */
	FRAMING_OVERHEAD = 16, /* at most so many octets more than the datagram */
	FRAMING_REPLY_MAX = 139,
};

typedef enum framing_kind { FRAMING_CAPSULE, FRAMING_WEBSOCKET, FRAMING_PREFIX } framing_kind;

/* Which end we are: a WebSocket's client masks what it sends, its server must not. */
typedef enum framing_end { FRAMING_CLIENT, FRAMING_SERVER } framing_end;

typedef struct framing framing;
framing *framing_new(framing_kind kind, framing_end end); /* NULL: no memory */
void framing_free(framing *f);                            /* NULL is fine */

typedef struct framing_events { /* none of them may free the framing */
	void *ctx;
	/* A whole datagram, not empty; may be modified, valid during the call. One that lies whole in
	 * what was fed is handed over in place. */
	void (*datagram)(void *ctx, uint8_t *p, size_t n);
	/* To be sent at once, ahead of datagrams not yet written: a pong, the answer to a close, and, before
	 * FRAMING_BROKEN, a WebSocket's close with the reason's code. At most FRAMING_REPLY_MAX octets. */
	void (*reply)(void *ctx, const uint8_t *p, size_t n);
} framing_events;

typedef enum framing_result {
	FRAMING_OK,
	FRAMING_CLOSED, /* by the peer, in an orderly way; `why` is not set */
	FRAMING_BROKEN, /* against the protocol: *why is one short phrase for the log */
} framing_result;
/* Feeds octets (modified in place); after anything but FRAMING_OK no more may be fed. Unknown capsules
 * are skipped (RFC 9297 3.2), datagrams with a context identifier other than 0 are dropped (RFC 9298 4);
 * memory is bounded by one datagram. */
framing_result framing_feed(framing *f, uint8_t *p, size_t n, const framing_events *ev,
			    const char **why);
/* The same, but stops in front of the first head when *heads are used up: *used octets were fed, and the rest is to be
 * fed later. *heads is what is left of them. */
framing_result framing_feed_some(framing *f, uint8_t *p, size_t n, unsigned *heads, size_t *used,
				 const framing_events *ev, const char **why);

/* Writes the framed datagram; out has room for n + FRAMING_OVERHEAD and does not overlap it. n is 1 ..
 * FRAMING_DATAGRAM_MAX. Returns the length; 0: there was no random mask, nothing can be sent. */
size_t framing_put(framing *f, const uint8_t *p, size_t n, uint8_t *out);
/* The message that ends the stream, after which nothing may be put; 0: this kind has none, or it was sent
 * already. code: a WebSocket's (RFC 6455 7.4.1). */
size_t framing_close(framing *f, uint16_t code, uint8_t out[FRAMING_OVERHEAD]);

#endif
