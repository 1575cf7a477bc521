/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "options.h"

#include <getopt.h>

static int nothing(const options *o)
{
	(void)o;
	return 0;
}

static const subcommand commands[] = {
	{ "up", nothing, "fst", true },
	{ "status", nothing, "jw", false },
};

static bool parse(const char **argv, options *o, const subcommand **which, err *e)
{
	int n = 0;
	while (argv[n])
		n++;
	optind = 0; /* glibc: start anew */
	return options_parse(n, (char **)(uintptr_t)argv, commands, COUNT(commands), o, which, e);
}
#define ARGS(...) ((const char *[]){ "homeward", __VA_ARGS__, NULL })

TEST(options_may_stand_anywhere)
{
	options o;
	const subcommand *which;
	err e = { 0 };
	assert_true(parse(
		ARGS("--control", "/x.sock", "up", "--foreground", "alice.hw", "--timeout", "5"),
		&o, &which, &e));
	assert_string_equal(which->name, "up");
	assert_string_equal(o.operand, "alice.hw");
	assert_string_equal(o.control, "/x.sock");
	assert_true(o.foreground);
	assert_int_equal(o.timeout_s, 5);
}

TEST(wrong_usage_is_named)
{
	static const struct {
		const char *argv[6];
		const char *word;
	} wrong[] = {
		{ { "homeward", NULL }, "command" },
		{ { "homeward", "frobnicate", NULL }, "frobnicate" },
		{ { "homeward", "status", "--no-such-option", NULL }, "--no-such-option" },
		{ { "homeward", "status", "--foreground", NULL }, "--foreground" },
		{ { "homeward", "status", "x", NULL }, "x" },
		{ { "homeward", "up", "a", "b", NULL }, "b" },
		{ { "homeward", "up", "--timeout", "0", NULL }, "0" },
		{ { "homeward", "up", "--timeout", "-1", NULL }, "-1" },
		{ { "homeward", "up", "--timeout", "1s", NULL }, "1s" },
		{ { "homeward", "up", "--control", NULL }, "--control" },
	};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *argv[6];
		options o;
		const subcommand *which;
		err e = { 0 };
		memcpy(argv, wrong[i].argv, sizeof argv);
		assert_false(parse(argv, &o, &which, &e));
		assert_non_null(strstr(e.text, wrong[i].word));
	}
}

TEST(help_needs_no_command)
{
	options o;
	const subcommand *which;
	err e = { 0 };
	assert_true(parse(ARGS("--help"), &o, &which, &e));
	assert_true(o.help);
}

RUN(T(options_may_stand_anywhere), T(wrong_usage_is_named), T(help_needs_no_command))
