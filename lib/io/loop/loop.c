/* SPDX-License-Identifier: MIT */
/* loop.c - loop.h over libuv. libuv closes a handle later, in its loop; so the memory of a
 * watch, timer or signal is freed by its close callback, and io_loop_free() runs the loop until
 * all of them have been called. */
#include "io/loop/loop.h"
#include "base/clock.h"
#include <stdlib.h>
#include <uv.h>

struct io_loop {
	uv_loop_t uv;
	io_orphan *orphans;
	uv_prepare_t prepare;
	io_call *before_wait; /* NULL: none */
	void *before_wait_ctx;
};

struct io_watch {
	uv_poll_t uv; /* first: its address is the watch's */
	io_call *readable, *writable;
	void *ctx;
	bool paused;
};

struct io_timer {
	uv_timer_t uv;
	io_call *fire;
	void *ctx;
	uint64_t expires_ms;
	bool firing;
};

struct io_signal {
	uv_signal_t uv;
	io_call *fire;
	void *ctx;
};

/* libuv's clock stands still while the machine sleeps, clock_mono_ms() doesn't: timers are checked
 * this often, so that after a sleep none is later than this. */
enum { TIMER_SLICE_MS = 15000 };

static void *uv_failed(void *memory, int code, err *e)
{
	free(memory);
	err_set(e, ERR_SYSTEM, "event loop: %s", uv_strerror(code));
	return NULL;
}

io_loop *io_loop_new(err *e)
{
	io_loop *l = calloc(1, sizeof(*l));

	if (!l)
		return uv_failed(NULL, UV_ENOMEM, e);
	int r = uv_loop_init(&l->uv);
	return r ? uv_failed(l, r, e) : l;
}

static void prepare_event(uv_prepare_t *h)
{
	io_loop *l = h->data;

	l->before_wait(l->before_wait_ctx);
}

void io_loop_before_wait(io_loop *l, io_call *call, void *ctx)
{
	l->before_wait = call;
	l->before_wait_ctx = ctx;
	uv_prepare_init(&l->uv, &l->prepare);
	l->prepare.data = l;
	uv_prepare_start(&l->prepare, prepare_event);
	uv_unref((uv_handle_t *)&l->prepare); /* it does not keep the loop running */
}

/* Closes what its owner did not free; its memory is not freed: a leak of the owner's. */
static void close_forgotten(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

void io_loop_free(io_loop *l)
{
	if (!l)
		return;
	while (l->orphans)
		l->orphans->end(l->orphans->ctx);
	if (l->before_wait)
		uv_prepare_stop(&l->prepare);
	uv_walk(&l->uv, close_forgotten, NULL);
	while (uv_run(&l->uv, UV_RUN_DEFAULT))
		;
	uv_loop_close(&l->uv);
	free(l);
}

void io_loop_run(io_loop *l)
{
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void io_loop_stop(io_loop *l)
{
	uv_stop(&l->uv);
}

void io_orphan_add(io_loop *l, io_orphan *o, io_call *end, void *ctx)
{
	*o = (io_orphan){ .next = l->orphans, .at = &l->orphans, .end = end, .ctx = ctx };
	if (o->next)
		o->next->at = &o->next;
	l->orphans = o;
}

void io_orphan_del(io_orphan *o)
{
	if (!o->at)
		return;
	*o->at = o->next;
	if (o->next)
		o->next->at = o->at;
	o->at = NULL;
}

bool io_orphans(const io_loop *l)
{
	return l->orphans != NULL;
}

static void closed(uv_handle_t *h)
{
	free(h);
}

static void watch_event(uv_poll_t *h, int status, int events);

static void watch_apply(io_watch *w)
{
	int events = (w->paused ? 0 : UV_READABLE) | (w->writable ? UV_WRITABLE : 0);

	if (events)
		uv_poll_start(&w->uv, events, watch_event);
	else
		uv_poll_stop(&w->uv);
}

/* Either callback may free or change the watch; its memory stays until the loop goes round. */
static void watch_event(uv_poll_t *h, int status, int events)
{
	io_watch *w = (io_watch *)h;
	bool error = status < 0;

	if ((error || (events & UV_WRITABLE)) && w->writable)
		w->writable(w->ctx);
	if ((error || (events & UV_READABLE)) && !w->paused && !uv_is_closing((uv_handle_t *)h))
		w->readable(w->ctx);
	if (error && !uv_is_closing((uv_handle_t *)h))
		watch_apply(w); /* libuv stops polling a descriptor that had an error */
}

io_watch *io_watch_new(io_loop *l, int fd, io_call *readable, void *ctx, err *e)
{
	io_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return uv_failed(NULL, UV_ENOMEM, e);
	int r = uv_poll_init(&l->uv, &w->uv, fd);
	if (r)
		return uv_failed(w, r, e);
	w->readable = readable;
	w->ctx = ctx;
	watch_apply(w);
	return w;
}

void io_watch_pause(io_watch *w, bool paused)
{
	if (w->paused == paused)
		return;
	w->paused = paused;
	watch_apply(w);
}

void io_watch_writable(io_watch *w, io_call *writable)
{
	bool change = !w->writable != !writable;

	w->writable = writable;
	if (change)
		watch_apply(w);
}

void io_watch_free(io_watch *w)
{
	if (w)
		uv_close((uv_handle_t *)&w->uv, closed);
}

static void timer_event(uv_timer_t *h);

static void timer_arm(io_timer *t, uint64_t at_least_ms)
{
	uint64_t now = clock_mono_ms();
	uint64_t wait = t->expires_ms > now ? t->expires_ms - now : 0;

	if (wait < at_least_ms)
		wait = at_least_ms;
	if (wait > TIMER_SLICE_MS)
		wait = TIMER_SLICE_MS;
	uv_update_time(t->uv.loop); /* else it counts from when the loop last woke */
	uv_timer_start(&t->uv, timer_event, wait, 0);
}

static void timer_event(uv_timer_t *h)
{
	io_timer *t = (io_timer *)h;

	if (clock_mono_ms() < t->expires_ms) {
		timer_arm(t, 1);
		return;
	}
	t->expires_ms = UINT64_MAX;
	t->firing = true;
	t->fire(t->ctx);
	t->firing = false;
}

io_timer *io_timer_new(io_loop *l, io_call *fire, void *ctx, err *e)
{
	io_timer *t = calloc(1, sizeof(*t));

	if (!t)
		return uv_failed(NULL, UV_ENOMEM, e);
	uv_timer_init(&l->uv, &t->uv);
	t->fire = fire;
	t->ctx = ctx;
	t->expires_ms = UINT64_MAX;
	return t;
}

void io_timer_at(io_timer *t, uint64_t expires_ms)
{
	if (expires_ms == t->expires_ms)
		return;
	t->expires_ms = expires_ms;
	if (expires_ms == UINT64_MAX)
		uv_timer_stop(&t->uv);
	else
		timer_arm(t, t->firing ? 1 : 0);
}

void io_timer_free(io_timer *t)
{
	if (t)
		uv_close((uv_handle_t *)&t->uv, closed);
}

static void signal_event(uv_signal_t *h, int signo)
{
	io_signal *s = (io_signal *)h;

	(void)signo;
	s->fire(s->ctx);
}

io_signal *io_signal_new(io_loop *l, int signo, io_call *fire, void *ctx, err *e)
{
	io_signal *s = calloc(1, sizeof(*s));

	if (!s)
		return uv_failed(NULL, UV_ENOMEM, e);
	int r = uv_signal_init(&l->uv, &s->uv);
	if (r)
		return uv_failed(s, r, e);
	s->fire = fire;
	s->ctx = ctx;
	r = uv_signal_start(&s->uv, signal_event, signo);
	if (!r)
		return s;
	io_signal_free(s);
	return uv_failed(NULL, r, e);
}

void io_signal_free(io_signal *s)
{
	if (s)
		uv_close((uv_handle_t *)&s->uv, closed);
}
