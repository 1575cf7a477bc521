/* SPDX-License-Identifier: MIT */
#include "mux/mux.h"
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

static mux *new_mux(void)
{
	mux *m = calloc(1, sizeof *m);
	assert_non_null(m);
	m->log = (logger){ .level = LOG_INFO, .line = on_line };
	m->trouble = (rate_limit){ .per_s = 2, .burst = 20 };
	n_lines = 0;
	return m;
}

static endpoint target(uint8_t n)
{
	return (endpoint){ .addr = ip4(192, 0, 2, n), .port = 4500 };
}

TEST(one_that_refuses_is_down_for_a_second_after_the_last_refusal)
{
	mux *m = new_mux();
	endpoint a = target(1), b = target(2);
	assert_false(target_is_down(m, &a, T0));
	target_note_down(m, &a, T0, ECONNREFUSED);
	assert_true(target_is_down(m, &a, T0 + 999));
	assert_false(target_is_down(m, &a, T0 + 1000));
	assert_false(target_is_down(m, &b, T0));
	target_note_down(m, &a, T0 + 1500, ECONNREFUSED);
	assert_true(target_is_down(m, &a, T0 + 2499));
	assert_false(target_is_down(m, &a, T0 + 2500));
	assert_int_equal(m->counts.target_down, 2);
	free(m);
}

TEST(the_log_has_one_line_until_it_answers_and_then_one)
{
	mux *m = new_mux();
	endpoint a = target(1), b = target(2);
	for (unsigned i = 0; i < 1000; i++)
		target_note_down(m, &a, T0 + i * 100, ECONNREFUSED);
	assert_int_equal(n_lines, 1);
	assert_string_equal(last_line, "target 192.0.2.1:4500 is down: Connection refused");
	target_note_up(m, &b, T0 + 100000);
	assert_int_equal(n_lines, 1);
	target_note_up(m, &a, T0 + 100000);
	target_note_up(m, &a, T0 + 100000);
	assert_int_equal(n_lines, 2);
	assert_string_equal(last_line, "target 192.0.2.1:4500 answers again");
	assert_false(target_is_down(m, &a, T0 + 100000));
	target_note_down(m, &a, T0 + 100000, ENETUNREACH);
	assert_int_equal(n_lines, 3);
	free(m);
}

TEST(a_line_that_the_limit_held_back_comes_later)
{
	mux *m = new_mux();
	endpoint a = target(1);
	while (rate_take(&m->trouble, T0))
		;
	target_note_down(m, &a, T0, ECONNREFUSED);
	assert_int_equal(n_lines, 0);
	target_note_down(m, &a, T0 + 2000, ECONNREFUSED);
	assert_int_equal(n_lines, 1);
	free(m);
}

TEST(more_than_there_can_be_push_out_the_oldest)
{
	mux *m = new_mux();
	for (unsigned i = 0; i <= MUX_DOWN; i++) {
		endpoint at = target((uint8_t)i);
		target_note_down(m, &at, T0, ECONNREFUSED);
	}
	for (unsigned i = 0; i <= MUX_DOWN; i++) {
		endpoint at = target((uint8_t)i);
		assert_int_equal(target_is_down(m, &at, T0), i > 0);
		target_note_up(m, &at, T0);
	}
	assert_int_equal(m->n_down, 0);
	free(m);
}

TEST(only_some_errors_mean_it)
{
	assert_true(target_says_down(ECONNREFUSED));
	assert_true(target_says_down(EHOSTUNREACH));
	assert_false(target_says_down(0));
	assert_false(target_says_down(EMSGSIZE));
	assert_false(target_says_down(EAGAIN));
}

RUN(T(one_that_refuses_is_down_for_a_second_after_the_last_refusal),
    T(the_log_has_one_line_until_it_answers_and_then_one),
    T(a_line_that_the_limit_held_back_comes_later), T(more_than_there_can_be_push_out_the_oldest),
    T(only_some_errors_mean_it))
