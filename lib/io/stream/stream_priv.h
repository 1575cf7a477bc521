/* SPDX-License-Identifier: MIT */
/* stream_priv.h - a stream's state, for stream.c and its tests. */
#ifndef HW_IO_STREAM_STREAM_PRIV_H
#define HW_IO_STREAM_STREAM_PRIV_H

#include "core/http/bbr_restart.h"
#include "io/stream/stream.h"
#include "io/stream/stream_socket.h"

typedef enum stream_state {
	STREAM_CONNECTING,
	STREAM_HANDSHAKE,
	STREAM_OPEN,
	STREAM_CLOSED,    /* the owner was notified, or frees it */
	STREAM_FINISHING, /* has no owner any more */
} stream_state;

struct stream {
	io_loop *loop;
	io_orphan orphan; /* while finishing */
	io_watch *watch;
	io_timer *timer; /* timeout; or what is to be done from the loop */
	stream_state state;
	stream_socket socket;
	stream_events ev;
	endpoint peer;
	bbr_restart restart;
	bool paused, notified;
	bool read_waits; /* TLS holds octets that the owner has not seen */
	bool busy;       /* inside callbacks of the loop, and so perhaps of the owner */
	bool freed;
};

#endif
