/* SPDX-License-Identifier: MIT */
/* stream_priv.h - what the files of stream.h share: stream.c has the life of a connection, stream_data.c
 * what goes over it, stream_tls.c TLS. Private to lib/io. */
#ifndef HW_IO_STREAM_STREAM_PRIV_H
#define HW_IO_STREAM_STREAM_PRIV_H

#include "core/http/bbr_restart.h"
#include "io/net/tcp.h"
#include "io/stream/stream.h"
#include "io/stream/tls_priv.h"
#include <sys/types.h>

typedef enum stream_state {
	STREAM_CONNECTING,
	STREAM_HANDSHAKE,
	STREAM_OPEN,
	STREAM_CLOSED,    /* the owner knows or is about to be told */
	STREAM_FINISHING, /* has no owner any more */
} stream_state;

struct stream {
	io_loop *loop;
	io_orphan orphan; /* while finishing */
	io_watch *watch;
	io_timer *timer; /* patience; or what is to be done from the loop */
	int fd;
	stream_state state;
	tls_ctx *tls;
	SSL *ssl;
	char *name; /* of the server; NULL: we are */
	stream_events ev;
	endpoint peer;
	uint8_t *pending; /* what the socket did not take: pend_n octets from pend_at on */
	size_t pend_at, pend_n;
	bbr_restart restart;
	const char *why; /* it broke; lives for good */
	bool paused, told, broken, eof, tls_ready;
	bool wants_out;  /* TLS has to write before it can read */
	bool read_waits; /* TLS holds octets that the owner has not seen */
	bool busy;       /* inside callbacks of the loop, and so perhaps of the owner */
	bool freed;
};

/* Of reading and writing, besides a count of octets. */
enum { IO_EOF = 0, IO_BLOCKED = -1, IO_BROKEN = -2 };

/* stream.c */
void stream_break(stream *s, const char *why); /* dead: the owner will be told from the loop */
void stream_closed(stream *s);                 /* tells the owner, once */
void stream_watch(stream *s);                  /* what to wait for, after a change */
void stream_release(stream *s);

/* stream_data.c */
void stream_read_some(stream *s);
bool stream_drain(stream *s); /* writes what waits; false: not all went, or it broke */

/* stream_tls.c */
BIO_METHOD *stream_bio_method(void); /* NULL: no memory */
bool stream_tls_new(stream *s, err *e);
int stream_tls_handshake(stream *s); /* 1: done; IO_BLOCKED; IO_BROKEN: s->why says why */
ssize_t stream_tls_read(stream *s, uint8_t *p, size_t n);
ssize_t stream_tls_write(stream *s, const uint8_t *p, size_t n);
bool stream_tls_holds(const stream *s); /* octets that have left the socket */
void stream_tls_bye(stream *s);
void stream_tls_free(stream *s);

#endif
