/* SPDX-License-Identifier: MIT */
#include "io/daemon/show.h"
#include "io/daemon/control.h"
#include "netns.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A daemon in a thread of its own, which answers so many times and then ends. */
typedef struct fake_daemon {
	char dir[32], path[64];
	io_loop *loop;
	control *control;
	unsigned answers, asked;
	io_timer *end;
	pthread_t thread;
} fake_daemon;

static void stop(void *ctx)
{
	fake_daemon *d = ctx;

	io_loop_stop(d->loop);
}

static json_t *answer(void *ctx, const json_t *request, control_peer *peer)
{
	fake_daemon *d = ctx;

	(void)peer;
	if (++d->asked == d->answers)
		io_timer_at(d->end, 0);
	return json_pack("{s:O,s:i}", "z", json_object_get(request, "command"), "a", d->asked);
}

static const control_command commands[] = {
	{ "status", answer },
	{ NULL, NULL },
};

static void *serve(void *ctx)
{
	fake_daemon *d = ctx;

	io_loop_run(d->loop);
	control_close(d->control);
	return NULL;
}

static void set_up(fake_daemon *d, unsigned answers)
{
	err e = { 0 };

	*d = (fake_daemon){ .dir = "/tmp/hw-show-XXXXXX", .answers = answers };
	assert_non_null(mkdtemp(d->dir));
	snprintf(d->path, sizeof d->path, "%s/x.sock", d->dir);
	d->loop = io_loop_new(&e);
	d->end = io_timer_new(d->loop, stop, d, &e);
	d->control = control_open(d->loop, d->path, commands, d, &e);
	assert_non_null(d->control);
	assert_int_equal(pthread_create(&d->thread, NULL, serve, d), 0);
}

static void tear_down(fake_daemon *d)
{
	pthread_join(d->thread, NULL);
	io_timer_free(d->end);
	io_loop_free(d->loop);
	assert_int_equal(rmdir(d->dir), 0);
}

static void print(const json_t *value)
{
	printf("%s %lld %s %lld\n", show_text(value, "z"), show_number(value, "a"),
	       show_text(value, "none"), show_number(value, "none"));
}

/* What it printed; *ok: what it returned. */
static void shown(const fake_daemon *d, show_options how, bool *ok, char out[256], err *e)
{
	char path[] = "/tmp/hw-shown-XXXXXX";
	int file = mkstemp(path), kept = dup(STDOUT_FILENO);

	assert_true(file >= 0 && kept >= 0);
	fflush(stdout);
	dup2(file, STDOUT_FILENO);
	*ok = show_answer(d->path, "status", &how, print, e);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	ssize_t n = pread(file, out, 255, 0);
	out[n > 0 ? n : 0] = 0;
	close(file);
	unlink(path);
}

TEST(an_answer_is_printed_by_the_program)
{
	fake_daemon d;
	char text[256];
	bool ok;
	err e = { 0 };

	set_up(&d, 1);
	shown(&d, (show_options){ 0 }, &ok, text, &e);
	assert_true(ok);
	assert_string_equal(text, "status 1 - 0\n");
	tear_down(&d);
}

TEST(json_is_one_line_in_the_order_of_the_answer)
{
	fake_daemon d;
	char text[256];
	bool ok;
	err e = { 0 };

	set_up(&d, 1);
	shown(&d, (show_options){ .json = true }, &ok, text, &e);
	assert_true(ok);
	assert_string_equal(text, "{\"z\":\"status\",\"a\":1}\n");
	tear_down(&d);
}

TEST(watching_shows_it_again_until_nobody_answers)
{
	fake_daemon d;
	char text[256];
	bool ok;
	err e = { 0 };

	set_up(&d, 2);
	shown(&d, (show_options){ .watch = true }, &ok, text, &e);
	assert_false(ok);
	assert_string_equal(text, "status 1 - 0\n\nstatus 2 - 0\n");
	assert_non_null(strstr(e.text, "no daemon answers on"));
	tear_down(&d);
}

TEST(watched_json_is_one_line_each_time)
{
	fake_daemon d;
	char text[256];
	bool ok;
	err e = { 0 };

	set_up(&d, 2);
	shown(&d, (show_options){ .json = true, .watch = true }, &ok, text, &e);
	assert_false(ok);
	assert_string_equal(text, "{\"z\":\"status\",\"a\":1}\n{\"z\":\"status\",\"a\":2}\n");
	tear_down(&d);
}

RUN(T(an_answer_is_printed_by_the_program), T(json_is_one_line_in_the_order_of_the_answer),
    T(watching_shows_it_again_until_nobody_answers), T(watched_json_is_one_line_each_time))
