/* SPDX-License-Identifier: MIT */
/* control.h - the control socket of a daemon: a Unix stream socket, mode 0600, one JSON object a line each
 * way. A socket file that nobody listens on is taken over; one that somebody does is an error. */
#ifndef HW_IO_CONTROL_H
#define HW_IO_CONTROL_H

#include "base/err.h"
#include "io/loop.h"
#include <jansson.h>

typedef struct control control;
typedef struct control_peer control_peer; /* one caller, waiting */
/* Answers a request: return the reply at once (taken over), or NULL and keep the peer for control_reply(). */
typedef json_t *control_handler(void *ctx, const char *command, const json_t *request, control_peer *peer);
control *control_open(io_loop *l, const char *path, control_handler *h, void *ctx, err *e);
void control_close(control *c); /* unlinks the path */
void control_reply(control_peer *p, json_t *reply);

/* The other side, blocking. {"command": NAME, ...} out, the reply back; NULL: see *e (no daemon there, no
 * answer in time). A reply {"error": TEXT} becomes NULL and *e. Takes over request (may be NULL). */
json_t *control_call(const char *path, const char *command, json_t *request, unsigned timeout_ms, err *e);

#endif
