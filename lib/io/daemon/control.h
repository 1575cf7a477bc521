/* SPDX-License-Identifier: MIT */
/* control.h - the control socket of a daemon: a Unix stream socket, mode 0600, one JSON object a
 * line each way; a caller may ask again on the same connection. A socket file that nobody
 * listens on is taken over; one that somebody does is an error. Only root and the daemon's own
 * user are served. Nothing a caller does or omits blocks the daemon: at most
 * CONTROL_CALLERS at a time, requests of CONTROL_REQUEST_MAX octets, replies of
 * CONTROL_REPLY_MAX; a caller that is idle or reads nothing for CONTROL_IDLE_MS is dropped. */
#ifndef HW_IO_DAEMON_CONTROL_H
#define HW_IO_DAEMON_CONTROL_H

#include "base/err.h"
#include "io/daemon/privileges.h"
#include "io/loop/loop.h"
#include <jansson.h>

enum {
	CONTROL_CALLERS = 16,
	CONTROL_REQUEST_MAX = 64 * 1024,
	CONTROL_REPLY_MAX = 16 * 1024 * 1024,
	CONTROL_IDLE_MS = 10000,
};

typedef struct control control;
typedef struct control_peer control_peer; /* one caller, waiting */
/* Answers a request: return the reply at once (taken over), or NULL and keep the peer for
 * control_reply(). A reply {"error": TEXT} means that it failed. Must not call control_close(). */
typedef json_t *control_handler(void *ctx, const json_t *request, control_peer *peer);
typedef struct control_command {
	const char *name; /* NULL: the end of a table */
	control_handler *handle;
} control_command;
json_t *control_confirmation(void); /* {"ok": true} */
json_t *control_refusal(const char *why);

/* Makes path's directory (one level, mode 0755) when it isn't there. Borrows the table; a command that is not in it is
 * refused. NULL: see *e. */
control *control_open(io_loop *l, const char *path, const control_command *commands, void *ctx,
		      err *e);
/* The socket, and its directory if control_open() made it, belong from now on to the user that the daemon is about to
 * become, which has to remove the socket in the end. */
void control_own(const control *c, const daemon_user *u);
/* NULL is fine. Unlinks the path, drops every caller: a peer that was kept is gone with it. */
void control_close(control *c);
/* To be called exactly once for a peer that was kept, also when its caller may have given up
 * (then nothing happens); never after control_close(). Takes over reply. */
void control_reply(control_peer *p, json_t *reply);

/* The other side, blocking. {"command": NAME, ...} out, the reply back; NULL: see *e (no daemon
 * there, no answer in time). A reply {"error": TEXT} becomes NULL and *e. Takes over request
 * (may be NULL). */
json_t *control_call(const char *path, const char *command, json_t *request, unsigned timeout_ms,
		     err *e);

#endif
