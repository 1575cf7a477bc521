/* SPDX-License-Identifier: MIT */
/* stream_socket.h - octets in and out of a socket, in the clear or by TLS. What came is gathered in one buffer,
 * as much as is there, so that the owner sees long pieces; of records of a few octets a bounded number. What the socket
 * does not take is kept in memory that is there only while something waits. Private to lib/io. */
#ifndef HW_IO_STREAM_STREAM_SOCKET_H
#define HW_IO_STREAM_STREAM_SOCKET_H

#include "io/stream/tls_conn.h"

typedef struct stream_socket {
	int fd;           /* the owner's */
	tls_conn *tls;    /* NULL: in the clear */
	uint8_t *pending; /* what the socket did not take: pend_n octets from pend_at on */
	size_t pend_at, pend_n, pend_room;
	bool broken;     /* reads and writes no more */
	bool eof;        /* in the clear: the other end sends no more */
	const char *why; /* it broke; static */
} stream_socket;

typedef enum stream_read_result {
	STREAM_READ_MORE,  /* there may be more */
	STREAM_READ_EMPTY, /* there is no more for now */
	STREAM_READ_END,   /* the other end sends no more, or it broke */
} stream_read_result;

/* Returns how much came. */
size_t stream_socket_read(stream_socket *s, uint8_t *p, size_t room, stream_read_result *r);
/* Writes or keeps all of it; only keeps it while the connection is not open yet. Perhaps it breaks. */
void stream_socket_write(stream_socket *s, const uint8_t *p, size_t n, bool open);
/* Writes what waits. False: not all went. */
bool stream_socket_drain(stream_socket *s);
/* The other end sends no more. */
bool stream_socket_has_ended(const stream_socket *s);
/* Reads and forgets, below TLS. False: no more will come. */
bool stream_socket_discard(const stream_socket *s);
void stream_socket_fail(stream_socket *s, const char *why);
void stream_socket_free(stream_socket *s); /* not the descriptor */

#endif
