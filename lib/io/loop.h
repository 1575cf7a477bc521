/* SPDX-License-Identifier: MIT */
/* loop.h - the event loop (libuv inside): readable descriptors, one-shot timers, signals.
 * Everything opened on a loop is freed before the loop. Single-threaded. */
#ifndef HW_IO_LOOP_H
#define HW_IO_LOOP_H

#include "base/err.h"
#include <stdint.h>

typedef struct io_loop io_loop;
io_loop *io_loop_new(err *e);
void io_loop_free(io_loop *l);
void io_loop_run(io_loop *l); /* until io_loop_stop() */
void io_loop_stop(io_loop *l);

typedef void io_call(void *ctx);
typedef struct io_watch io_watch; /* a descriptor; does not own it */
io_watch *io_watch_new(io_loop *l, int fd, io_call *readable, void *ctx, err *e);
void io_watch_pause(io_watch *w, bool paused);
void io_watch_free(io_watch *w); /* NULL is fine; safe inside its own callback */

typedef struct io_timer io_timer;
io_timer *io_timer_new(io_loop *l, io_call *fire, void *ctx, err *e);
void io_timer_at(io_timer *t, uint64_t due_ms); /* clock_mono_ms() time; UINT64_MAX: never */
void io_timer_free(io_timer *t);

typedef struct io_signal io_signal;
io_signal *io_signal_new(io_loop *l, int signo, io_call *fire, void *ctx, err *e);
void io_signal_free(io_signal *s);

#endif
