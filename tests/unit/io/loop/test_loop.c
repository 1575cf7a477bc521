/* SPDX-License-Identifier: MIT */
#include "io/loop/loop.h"
#include "base/clock.h"
#include "tests/unit/unit.h"
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

typedef struct scene {
	io_loop *l;
	io_watch *w;
	io_timer *t;
	int fd;
	unsigned calls, limit;
	uint64_t expires_ms, fired_ms;
} scene;

static scene set_up(void)
{
	err e;
	scene s = { .l = io_loop_new(&e), .limit = 1 };

	assert_non_null(s.l);
	return s;
}

static void count(void *ctx)
{
	scene *s = ctx;

	s->fired_ms = clock_mono_ms();
	if (++s->calls >= s->limit)
		io_loop_stop(s->l);
}

static void count_and_take(void *ctx)
{
	scene *s = ctx;
	char c;

	assert_int_equal(read(s->fd, &c, 1), 1);
	count(ctx);
}

static void free_watch(void *ctx)
{
	scene *s = ctx;

	s->calls++;
	io_watch_free(s->w);
	s->w = NULL;
}

static void free_timer(void *ctx)
{
	scene *s = ctx;

	s->calls++;
	io_timer_free(s->t);
	s->t = NULL;
}

static void rearm_at_once(void *ctx)
{
	scene *s = ctx;

	if (++s->calls < 5)
		io_timer_at(s->t, clock_mono_ms());
}

TEST(timer_is_never_early)
{
	err e;
	scene s = set_up();

	s.t = io_timer_new(s.l, count, &s, &e);
	for (unsigned i = 0; i < 20; i++) {
		s.limit = i + 1;
		uint64_t expires = clock_mono_ms() + i % 4;
		io_timer_at(s.t, expires);
		io_loop_run(s.l);
		assert_int_equal(s.calls, i + 1);
		assert_true(s.fired_ms >= expires);
	}
	io_timer_free(s.t);
	io_loop_free(s.l);
}

TEST(timer_moves_and_stops)
{
	err e;
	scene s = set_up(), never = s;
	io_timer *t = io_timer_new(s.l, count, &never, &e);

	s.t = io_timer_new(s.l, count, &s, &e);
	io_timer_at(t, clock_mono_ms() + 1);
	io_timer_at(t, UINT64_MAX);
	io_timer_at(s.t, clock_mono_ms() + 100000);
	io_timer_at(s.t, clock_mono_ms() + 20);
	io_loop_run(s.l);
	assert_int_equal(s.calls, 1);
	assert_int_equal(never.calls, 0);
	io_timer_free(t);
	io_timer_free(s.t);
	io_loop_free(s.l);
}

TEST(timer_goes_in_its_own_callback)
{
	err e;
	scene s = set_up();

	s.t = io_timer_new(s.l, free_timer, &s, &e);
	io_timer_at(s.t, 0);
	io_loop_run(s.l); /* ends because nothing is left */
	assert_int_equal(s.calls, 1);
	io_loop_free(s.l);
}

/* A readable descriptor beside it gets its turn although the time of the timer is always now. */
TEST(timer_of_now_starves_nobody)
{
	err e;
	int p[2];
	scene s = set_up(), r = s;

	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "x", 1), 1);
	r.fd = p[0];
	s.t = io_timer_new(s.l, rearm_at_once, &s, &e);
	io_timer_at(s.t, clock_mono_ms());
	io_watch *w = io_watch_new(s.l, p[0], count_and_take, &r, &e);
	io_loop_run(s.l);
	assert_int_equal(r.calls, 1);
	assert_true(s.calls < 5);
	io_watch_free(w);
	io_timer_free(s.t);
	io_loop_free(s.l);
	close(p[0]);
	close(p[1]);
}

TEST(watch_is_called_as_long_as_something_is_there)
{
	err e;
	int p[2];
	scene s = set_up();

	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "abc", 3), 3);
	s.fd = p[0];
	s.limit = 3;
	s.w = io_watch_new(s.l, p[0], count_and_take, &s, &e);
	assert_non_null(s.w);
	io_loop_run(s.l);
	assert_int_equal(s.calls, 3);
	io_watch_free(s.w);
	io_loop_free(s.l);
	close(p[0]);
	close(p[1]);
}

TEST(watch_goes_in_its_own_callback)
{
	err e;
	int p[2];
	scene s = set_up();

	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "abc", 3), 3);
	s.w = io_watch_new(s.l, p[0], free_watch, &s, &e);
	io_loop_run(s.l);
	assert_int_equal(s.calls, 1);
	io_loop_free(s.l);
	close(p[0]);
	close(p[1]);
}

TEST(paused_watch_rests_and_goes_on)
{
	err e;
	int p[2];
	scene s = set_up(), timer = s;

	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "a", 1), 1);
	s.fd = p[0];
	s.w = io_watch_new(s.l, p[0], count_and_take, &s, &e);
	io_watch_pause(s.w, true);
	timer.t = io_timer_new(s.l, count, &timer, &e);
	io_timer_at(timer.t, clock_mono_ms() + 10);
	io_loop_run(s.l);
	assert_int_equal(s.calls, 0);
	io_watch_pause(s.w, false);
	io_loop_run(s.l);
	assert_int_equal(s.calls, 1);
	io_watch_free(s.w);
	io_timer_free(timer.t);
	io_loop_free(s.l);
	close(p[0]);
	close(p[1]);
}

TEST(writable_is_notified_only_when_asked)
{
	err e;
	int p[2];
	scene s = set_up();

	assert_int_equal(pipe(p), 0);
	s.w = io_watch_new(s.l, p[1], free_watch, &s, &e);
	io_watch_pause(s.w, true);
	io_watch_writable(s.w, count);
	io_loop_run(s.l);
	assert_int_equal(s.calls, 1);
	io_watch_writable(s.w, NULL);
	io_loop_run(s.l); /* nothing to wait for */
	assert_int_equal(s.calls, 1);
	io_watch_free(s.w);
	io_loop_free(s.l);
	close(p[0]);
	close(p[1]);
}

/* The writing end of a pipe without a reader is in error for good. */
TEST(error_on_a_descriptor_is_delivered_as_readable_while_it_lasts)
{
	err e;
	int p[2];
	scene s = set_up();

	assert_int_equal(pipe(p), 0);
	close(p[0]);
	s.limit = 3;
	s.w = io_watch_new(s.l, p[1], count, &s, &e);
	io_loop_run(s.l);
	assert_int_equal(s.calls, 3);
	io_watch_free(s.w);
	io_loop_free(s.l);
	close(p[1]);
}

TEST(what_can_not_be_watched_is_an_error)
{
	err e = { 0 };
	scene s = set_up();
	int fd = open("/", O_RDONLY);

	assert_null(io_watch_new(s.l, fd, count, &s, &e));
	assert_int_equal(e.kind, ERR_SYSTEM);
	close(fd);
	io_loop_free(s.l);
}

typedef struct order {
	char text[16];
	unsigned n;
	io_loop *l;
	io_timer *t;
} order;

static void note_timer(void *ctx)
{
	order *o = ctx;

	o->text[o->n++] = 't';
}

/* Sets the timer the first two times, then lets the loop end. */
static void note_wait(void *ctx)
{
	order *o = ctx;

	o->text[o->n++] = 'w';
	if (o->n < 4)
		io_timer_at(o->t, clock_mono_ms() + 1);
	else
		io_loop_stop(o->l);
}

TEST(before_each_wait_there_is_one_call_that_may_set_timers)
{
	order o = { 0 };
	err e;

	o.l = io_loop_new(&e);
	o.t = io_timer_new(o.l, note_timer, &o, &e);
	io_timer_at(o.t, 0);
	io_loop_before_wait(o.l, note_wait, &o);
	io_loop_run(o.l);
	for (unsigned i = 0; i + 1 < o.n; i++)
		if (o.text[i] == 't')
			assert_int_equal(o.text[i + 1], 'w');
	assert_int_equal(o.text[o.n - 1], 'w');
	assert_non_null(strchr(o.text, 't'));
	io_timer_free(o.t);
	io_loop_free(o.l);
}

TEST(a_loop_with_nothing_left_ends_whatever_is_called_before_it_waits)
{
	order o = { 0 };
	err e;

	o.l = io_loop_new(&e);
	io_loop_before_wait(o.l, note_timer, &o);
	io_loop_run(o.l); /* returns */
	io_loop_free(o.l);
}

TEST(signal_arrives_in_the_loop)
{
	err e;
	scene s = set_up();
	io_signal *sig = io_signal_new(s.l, SIGUSR1, count, &s, &e);

	assert_non_null(sig);
	raise(SIGUSR1);
	assert_int_equal(s.calls, 0);
	io_loop_run(s.l);
	assert_int_equal(s.calls, 1);
	io_signal_free(sig);
	io_loop_free(s.l);
}

RUN(T(timer_is_never_early), T(timer_moves_and_stops), T(timer_goes_in_its_own_callback),
    T(timer_of_now_starves_nobody), T(watch_is_called_as_long_as_something_is_there),
    T(watch_goes_in_its_own_callback), T(paused_watch_rests_and_goes_on),
    T(writable_is_notified_only_when_asked),
    T(error_on_a_descriptor_is_delivered_as_readable_while_it_lasts),
    T(what_can_not_be_watched_is_an_error),
    T(before_each_wait_there_is_one_call_that_may_set_timers),
    T(a_loop_with_nothing_left_ends_whatever_is_called_before_it_waits),
    T(signal_arrives_in_the_loop))
