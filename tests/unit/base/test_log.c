/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct seen {
	int lines;
	log_level level;
	char text[LOG_LINE_MAX + 1];
} seen;

static void keep(void *ctx, log_level level, const char *text)
{
	seen *s = ctx;

	s->lines++;
	s->level = level;
	snprintf(s->text, sizeof s->text, "%s", text);
}

TEST(lines_above_the_level_are_dropped)
{
	seen s = { 0 };
	logger l = { LOG_WARN, keep, &s };

	log_info(&l, "no");
	log_debug(&l, "no");
	assert_int_equal(s.lines, 0);
	log_warn(&l, "yes %d", 1);
	assert_int_equal(s.lines, 1);
	assert_int_equal(s.level, LOG_WARN);
	assert_string_equal(s.text, "yes 1");
}

TEST(a_logger_to_nowhere_is_fine)
{
	logger l = { LOG_DEBUG, NULL, NULL };

	log_error(&l, "x");
	log_error(NULL, "x");
}

TEST(what_a_stranger_sent_cannot_break_or_colour_a_line)
{
	seen s = { 0 };
	logger l = { LOG_INFO, keep, &s };

	log_info(&l, "name %s", "a\nerror fake\x1b[31m\x7f\xc2\x9b\\x0a");
	assert_string_equal(s.text, "name a\\x0aerror fake\\x1b[31m\\x7f\\xc2\\x9b\\x5cx0a");
}

TEST(an_endless_line_is_cut_and_says_so)
{
	char longer[3000];

	memset(longer, '\n', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	seen s = { 0 };
	logger l = { LOG_INFO, keep, &s };
	log_info(&l, "%s", longer);
	size_t n = strlen(s.text);
	assert_in_range(n, LOG_LINE_MAX - 10, LOG_LINE_MAX);
	assert_string_equal(s.text + n - 3, "...");
	memset(longer, 'a', sizeof longer - 1);
	log_info(&l, "%s", longer);
	assert_string_equal(s.text + strlen(s.text) - 3, "...");
}

TEST(levels_have_names)
{
	log_level v = LOG_ERROR;

	assert_true(log_level_parse("debug", &v));
	assert_int_equal(v, LOG_DEBUG);
	assert_true(log_level_parse("WARN", &v));
	assert_int_equal(v, LOG_WARN);
	assert_false(log_level_parse("loud", &v));
	assert_int_equal(v, LOG_WARN);
}

/* What `l` made by log_to_stderr() writes for one info line, with JOURNAL_STREAM true or not. */
static void stderr_line(bool journal, const char *stream, char *out, size_t room)
{
	FILE *f = tmpfile();
	struct stat st;
	char truth[64];
	int old = dup(STDERR_FILENO);

	assert_non_null(f);
	fstat(fileno(f), &st);
	snprintf(truth, sizeof truth, "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", journal ? truth : stream, 1);
	dup2(fileno(f), STDERR_FILENO);
	logger l = log_to_stderr(LOG_INFO);
	log_info(&l, "hello");
	dup2(old, STDERR_FILENO);
	close(old);
	unsetenv("JOURNAL_STREAM");
	rewind(f);
	out[fread(out, 1, room - 1, f)] = 0;
	fclose(f);
}

TEST(stderr_lines_begin_with_their_level)
{
	char out[64];

	stderr_line(false, "1:1", out, sizeof out);
	assert_string_equal(out, "info hello\n");
	stderr_line(false, "nonsense", out, sizeof out);
	assert_string_equal(out, "info hello\n");
}

TEST(the_journal_gets_its_own_priorities)
{
	char out[64];

	stderr_line(true, NULL, out, sizeof out);
	assert_string_equal(out, "<6>hello\n");
}

TEST(a_fresh_bucket_is_full_at_any_time)
{
	rate_limit at_zero = { .per_s = 1, .burst = 2 }, late = at_zero;

	assert_true(rate_take(&at_zero, 0));
	assert_true(rate_take(&at_zero, 0));
	assert_false(rate_take(&at_zero, 0));
	assert_true(rate_take(&late, 1ull << 40));
	assert_true(rate_take(&late, 1ull << 40));
	assert_false(rate_take(&late, 1ull << 40));
	assert_int_equal(late.refused, 1);
}

TEST(tokens_come_at_their_rate_and_are_saved_up_to_the_burst)
{
	rate_limit r = { .per_s = 10, .burst = 3 };

	for (int i = 0; i < 3; i++)
		assert_true(rate_take(&r, 1000));
	assert_false(rate_take(&r, 1099));
	assert_true(rate_take(&r, 1100));
	assert_false(rate_take(&r, 1101));
	for (int i = 0; i < 3; i++)
		assert_true(rate_take(&r, 100000));
	assert_false(rate_take(&r, 100000));
}

TEST(asking_often_does_not_starve_the_bucket)
{
	rate_limit r = { .per_s = 3, .burst = 1 };
	int given = 0;

	for (uint64_t now = 0; now < 10000; now++)
		given += rate_take(&r, now);
	assert_in_range(given, 30, 31);
}

TEST(a_clock_that_steps_back_gives_nothing_and_takes_nothing)
{
	rate_limit r = { .per_s = 1000, .burst = 1 };

	assert_true(rate_take(&r, 5000));
	assert_false(rate_take(&r, 4000));
	assert_true(rate_take(&r, 5001));
}

RUN(T(lines_above_the_level_are_dropped), T(a_logger_to_nowhere_is_fine),
    T(what_a_stranger_sent_cannot_break_or_colour_a_line), T(an_endless_line_is_cut_and_says_so),
    T(levels_have_names), T(stderr_lines_begin_with_their_level),
    T(the_journal_gets_its_own_priorities), T(a_fresh_bucket_is_full_at_any_time),
    T(tokens_come_at_their_rate_and_are_saved_up_to_the_burst),
    T(asking_often_does_not_starve_the_bucket),
    T(a_clock_that_steps_back_gives_nothing_and_takes_nothing))
