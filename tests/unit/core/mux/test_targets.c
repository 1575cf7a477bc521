/* SPDX-License-Identifier: MIT */
#include "core/mux/targets.h"
#include "unit.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { T0 = 1000000 };

static char last_line[256];
static unsigned n_lines;

static void on_line(void *ctx, log_level level, const char *text)
{
	(void)ctx, (void)level;
	snprintf(last_line, sizeof last_line, "%s", text);
	n_lines++;
}

typedef struct scene {
	mux_report report;
	mux_targets targets;
} scene;

static scene *new_scene(void)
{
	const logger log = { .level = LOG_INFO, .line = on_line };
	scene *s = calloc(1, sizeof *s);

	assert_non_null(s);
	mux_report_init(&s->report, &log);
	s->targets.report = &s->report;
	n_lines = 0;
	return s;
}

static endpoint target(uint8_t n)
{
	return (endpoint){ .addr = ip4(192, 0, 2, n), .port = 4500 };
}

TEST(one_that_refuses_is_down_for_a_second_after_the_last_refusal)
{
	scene *s = new_scene();
	endpoint a = target(1), b = target(2);

	assert_false(mux_targets_is_down(&s->targets, &a, T0));
	mux_targets_note_down(&s->targets, &a, T0, ECONNREFUSED);
	assert_true(mux_targets_is_down(&s->targets, &a, T0 + 999));
	assert_false(mux_targets_is_down(&s->targets, &a, T0 + 1000));
	assert_false(mux_targets_is_down(&s->targets, &b, T0));
	mux_targets_note_down(&s->targets, &a, T0 + 1500, ECONNREFUSED);
	assert_true(mux_targets_is_down(&s->targets, &a, T0 + 2499));
	assert_false(mux_targets_is_down(&s->targets, &a, T0 + 2500));
	assert_int_equal(s->targets.count, 2);
	free(s);
}

TEST(the_log_has_one_line_until_it_answers_and_then_one)
{
	scene *s = new_scene();
	endpoint a = target(1), b = target(2);

	for (unsigned i = 0; i < 1000; i++)
		mux_targets_note_down(&s->targets, &a, T0 + i * 100, ECONNREFUSED);
	assert_int_equal(n_lines, 1);
	assert_string_equal(last_line, "target 192.0.2.1:4500 is down: Connection refused");
	mux_targets_note_up(&s->targets, &b, T0 + 100000);
	assert_int_equal(n_lines, 1);
	mux_targets_note_up(&s->targets, &a, T0 + 100000);
	mux_targets_note_up(&s->targets, &a, T0 + 100000);
	assert_int_equal(n_lines, 2);
	assert_string_equal(last_line, "target 192.0.2.1:4500 answers again");
	assert_false(mux_targets_is_down(&s->targets, &a, T0 + 100000));
	mux_targets_note_down(&s->targets, &a, T0 + 100000, ENETUNREACH);
	assert_int_equal(n_lines, 3);
	free(s);
}

TEST(a_line_that_the_limit_held_back_comes_later)
{
	scene *s = new_scene();
	endpoint a = target(1);

	while (mux_report_may_log(&s->report, T0))
		;
	mux_targets_note_down(&s->targets, &a, T0, ECONNREFUSED);
	assert_int_equal(n_lines, 0);
	mux_targets_note_down(&s->targets, &a, T0 + 2000, ECONNREFUSED);
	assert_int_equal(n_lines, 1);
	free(s);
}

TEST(more_than_there_can_be_push_out_the_oldest)
{
	scene *s = new_scene();

	for (unsigned i = 0; i <= MUX_TARGETS; i++) {
		endpoint at = target((uint8_t)i);
		mux_targets_note_down(&s->targets, &at, T0, ECONNREFUSED);
	}
	for (unsigned i = 0; i <= MUX_TARGETS; i++) {
		endpoint at = target((uint8_t)i);
		assert_int_equal(mux_targets_is_down(&s->targets, &at, T0), i > 0);
		mux_targets_note_up(&s->targets, &at, T0);
	}
	assert_int_equal(s->targets.n_down, 0);
	free(s);
}

TEST(only_some_errors_mean_it)
{
	static const int down[] = {
		ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, ENETDOWN, EPERM, EACCES
	};

	for (int error = 0; error < 200; error++) {
		bool expected = false;
		for (size_t i = 0; i < COUNT(down); i++)
			expected |= down[i] == error;
		assert_int_equal(mux_error_means_down(error), expected);
	}
}

RUN(T(one_that_refuses_is_down_for_a_second_after_the_last_refusal),
    T(the_log_has_one_line_until_it_answers_and_then_one),
    T(a_line_that_the_limit_held_back_comes_later), T(more_than_there_can_be_push_out_the_oldest),
    T(only_some_errors_mean_it))
