/* SPDX-License-Identifier: MIT */
/* stream.h - a TCP connection on a loop, perhaps with TLS over it. Calls back what arrives; takes what is
 * to be sent. Nothing is queued without bound: what the socket does not take at once waits here, and
 * stream_full() asks the writer to stop until `writable`. TCP_NODELAY and a small unsent queue
 * (TCP_NOTSENT_LOWAT) are set; BBR is asked for where the system has it. */
#ifndef HW_IO_STREAM_STREAM_H
#define HW_IO_STREAM_STREAM_H

#include "base/addr.h"
#include "io/loop/loop.h"
#include "io/stream/tls.h"

enum { STREAM_WRITE_MAX = 64 * 1024 };

typedef struct stream stream;
typedef struct stream_events { /* each may free the stream, which is then not touched again */
	void *ctx;
	void (*open)(void *ctx); /* the connection and TLS are up: may be written to */
	/* Octets that came, to be used up now; they may be modified. */
	void (*data)(void *ctx, uint8_t *p, size_t n);
	void (*writable)(void *ctx); /* after stream_full() was true: it is not any more */
	/* The other end will send no more (why NULL), or the connection is dead: why. Once; the stream
	 * is still to be freed. A half-closed connection counts as closed. */
	void (*closed)(void *ctx, const char *why);
} stream_events;

/* Over a connected, or still connecting, non-blocking TCP socket, which it owns from here on (also when
 * it fails). tls NULL: in the clear. name: what the server's certificate must be for, and SNI; NULL for the
 * accepting side. `open` comes from the loop, never from inside this call. NULL: see *e. */
stream *stream_new(io_loop *l, int fd, tls_ctx *tls, const char *name, const stream_events *ev,
		   err *e);
void stream_free(stream *s); /* closes at once; NULL is fine; safe inside its own callbacks */
/* Sends what waits and TLS's goodbye, closes, and frees; calls nobody any more. Bounded in time. */
void stream_finish(stream *s);
/* Frees it, but not its descriptor, which is the caller's: a connection in the clear that is handed over. Safe
 * inside its own callbacks. */
int stream_detach(stream *s);

/* Takes all n octets (1 .. STREAM_WRITE_MAX). Not to be called while stream_full(). */
void stream_write(stream *s, const void *p, size_t n);
bool stream_full(const stream *s);
/* What the owner holds back for stream_full() has waited for so long: perhaps the connection underestimates
 * its path (core/http/bbr_restart.h). To be called whenever something is taken from there. */
void stream_note_wait(stream *s, uint64_t wait_ms);
void stream_pause(stream *s, bool paused); /* no more `data` for the moment */

endpoint stream_peer(const stream *s);
endpoint stream_local(const stream *s);
/* TLS: why the other end's certificate was not verified though it was accepted; NULL: it was. */
const char *stream_unverified(const stream *s);

#endif
