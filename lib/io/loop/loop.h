/* SPDX-License-Identifier: MIT */
/* loop.h - the event loop (libuv inside): descriptors, one-shot timers, signals.
 * Everything opened on a loop is freed before the loop, in any order and from inside any callback.
 * Single-threaded. Make it after daemon_background(): a loop does not survive a fork. */
#ifndef HW_IO_LOOP_LOOP_H
#define HW_IO_LOOP_LOOP_H

#include "base/err.h"
#include <stdint.h>

typedef struct io_loop io_loop;
io_loop *io_loop_new(err *e);  /* NULL: see *e */
void io_loop_free(io_loop *l); /* NULL is fine */
void io_loop_run(io_loop *l);  /* until io_loop_stop(), or until nothing is left to wait for */
void io_loop_stop(io_loop *l);

typedef void io_call(void *ctx);
/* Calls this each time before the loop waits, when the callbacks of what was ready have returned: the place
 * to send what they queued and to set timers by the state they left. One a loop. */
void io_loop_before_wait(io_loop *l, io_call *call, void *ctx);

/* A descriptor; does not own it: free the watch, then close the descriptor. One watch a
 * descriptor; the descriptor becomes non-blocking. Level-triggered: called again as long as
 * something is there. An error on the descriptor (EPOLLERR, as when its network interface
 * vanished) is delivered as readable, again and again while it lasts, so that the owner meets it
 * in its read and frees or pauses the watch. */
typedef struct io_watch io_watch;
io_watch *io_watch_new(io_loop *l, int fd, io_call *readable, void *ctx, err *e);
void io_watch_pause(io_watch *w, bool paused); /* no longer (or again) called when readable */
/* Also call this when writable; NULL: no longer. */
void io_watch_writable(io_watch *w, io_call *writable);
void io_watch_free(io_watch *w); /* NULL is fine; safe inside its own callback */

typedef struct io_timer io_timer;
io_timer *io_timer_new(io_loop *l, io_call *fire, void *ctx, err *e);
/* When to fire, once: clock_mono_ms() time, never early; UINT64_MAX: never. Replaces what was set; the time that
 * it is set to already costs nothing. A time that has passed fires as soon as the loop runs (inside its own
 * callback: a millisecond later, so that a timer whose time is always now starves nothing else). */
void io_timer_at(io_timer *t, uint64_t expires_ms);
void io_timer_free(io_timer *t);

typedef struct io_signal io_signal;
io_signal *io_signal_new(io_loop *l, int signo, io_call *fire, void *ctx, err *e);
void io_signal_free(io_signal *s);

/* What outlives its owner and ends with the loop at the latest (a connection that still sends its goodbye):
 * io_loop_free() calls `end`, which takes it off the list and frees what was opened. */
typedef struct io_orphan {
	struct io_orphan *next, **at; /* at: what points here; NULL: not on the list */
	io_call *end;
	void *ctx;
} io_orphan;
void io_orphan_add(io_loop *l, io_orphan *o, io_call *end, void *ctx);
void io_orphan_del(io_orphan *o);  /* nothing if it is not on the list */
bool io_orphans(const io_loop *l); /* are there any? */

#endif
