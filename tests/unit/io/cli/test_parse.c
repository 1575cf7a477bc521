/* SPDX-License-Identifier: MIT */
#include "cli_kit.h"

TEST(options_stand_before_and_after_the_command)
{
	struct options o;
	cli_request r;
	err e;

	assert_true(parse(ARGS("--control", "/x", "sow", "--fast", "east", "--count", "5"), &o, &r,
			  &e));
	assert_string_equal(r.command->name, "sow");
	assert_string_equal(o.control, "/x");
	assert_string_equal(o.file, "east");
	assert_true(o.fast);
	assert_int_equal(o.count, 5);
}

TEST(what_is_not_given_has_its_default)
{
	struct options o;
	cli_request r;
	err e;

	assert_true(parse(ARGS("sow"), &o, &r, &e));
	assert_string_equal(o.config, "/etc/farm.conf");
	assert_int_equal(o.count, 3);
	assert_null(o.control);
	assert_null(o.file);
	assert_false(o.fast);
	assert_int_equal(o.names.n, 0);
}

TEST(an_option_goes_by_its_letter_too_and_the_last_one_counts)
{
	struct options o;
	cli_request r;
	err e;

	assert_true(parse(ARGS("-c", "/a", "sow", "-f", "--config=/b"), &o, &r, &e));
	assert_string_equal(o.config, "/b");
	assert_true(o.fast);
}

TEST(a_list_keeps_the_order_it_was_given_in)
{
	struct options o;
	cli_request r;
	err e;

	assert_true(parse(ARGS("--name", "rye", "sow", "--name", "oats"), &o, &r, &e));
	assert_int_equal(o.names.n, 2);
	assert_string_equal(o.names.at[0], "rye");
	assert_string_equal(o.names.at[1], "oats");
}

TEST(a_number_may_be_at_either_end_of_its_range)
{
	struct options o;
	cli_request r;
	err e;

	assert_true(parse(ARGS("sow", "--count", "1"), &o, &r, &e));
	assert_int_equal(o.count, 1);
	assert_true(parse(ARGS("sow", "--count", "20"), &o, &r, &e));
	assert_int_equal(o.count, 20);
}

TEST(words_after_two_hyphens_are_no_options)
{
	struct options o;
	cli_request r;
	err e;

	assert_true(parse(ARGS("sow", "--", "--fast"), &o, &r, &e));
	assert_string_equal(o.file, "--fast");
	assert_false(o.fast);
}

TEST(wrong_usage_is_named_exactly)
{
	static const struct {
		const char *argv[6];
		const char *text;
	} wrong[] = {
		{ { "farm" }, "a command is missing" },
		{ { "farm", "--fast" }, "a command is missing" },
		{ { "farm", "plough" }, "unknown command 'plough'" },
		{ { "farm", "plough", "--help" }, "unknown command 'plough'" },
		{ { "farm", "sow", "--deep" }, "unknown option --deep" },
		{ { "farm", "sow", "-x" }, "unknown option -x" },
		{ { "farm", "sow", "-fx" }, "unknown option -x" },
		{ { "farm", "sow", "--co", "1" }, "unknown option --co" },
		{ { "farm", "sow", "--count" }, "--count: a value is missing" },
		{ { "farm", "sow", "-c" }, "--config: a value is missing" },
		{ { "farm", "sow", "--fast=1" }, "--fast takes no value" },
		{ { "farm", "sow", "--help=1" }, "--help takes no value" },
		{ { "farm", "sow", "--version=1" }, "--version takes no value" },
		{ { "farm", "sow", "--dir", "x" }, "'sow' does not take --dir" },
		{ { "farm", "-f", "rest" }, "'rest' does not take --fast" },
		{ { "farm", "sow", "a", "b" }, "'sow' takes one operand: 'b' is one too many" },
		{ { "farm", "rest", "a" }, "'rest' takes no operand: 'a'" },
		{ { "farm", "reap", "--dir", "x" }, "'reap' needs FILE" },
		{ { "farm", "reap", "a" }, "'reap' needs --dir DIR" },
		{ { "farm", "sow", "--count", "0" }, "--count 0: expected 1 to 20 seeds" },
		{ { "farm", "sow", "--count", "21" }, "--count 21: expected 1 to 20 seeds" },
		{ { "farm", "sow", "--count", "-1" }, "--count -1: expected 1 to 20 seeds" },
		{ { "farm", "sow", "--count", "+1" }, "--count +1: expected 1 to 20 seeds" },
		{ { "farm", "sow", "--count", "1s" }, "--count 1s: expected 1 to 20 seeds" },
		{ { "farm", "sow", "--count", "" }, "--count : expected 1 to 20 seeds" },
		{ { "farm", "sow", "--count", "4294967297" },
		  "--count 4294967297: expected 1 to 20 seeds" },
		{ { "farm", "sow", "--name=a", "--name=b", "--name=c" }, "--name: at most 2" },
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *argv[7] = { 0 };
		struct options o;
		cli_request r;
		err e;

		memcpy(argv, wrong[i].argv, sizeof wrong[i].argv);
		assert_false(parse(argv, &o, &r, &e));
		assert_string_equal(e.text, wrong[i].text);
		assert_int_equal(e.kind, ERR_USAGE);
	}
}

TEST(help_and_version_need_nothing_else)
{
	struct options o;
	cli_request r;
	err e;

	assert_true(parse(ARGS("--help"), &o, &r, &e));
	assert_true(r.help && !r.version && !r.command);
	assert_true(parse(ARGS("-V"), &o, &r, &e));
	assert_true(r.version && !r.help);
	assert_true(parse(ARGS("reap", "-h"), &o, &r, &e));
	assert_true(r.help);
	assert_string_equal(r.command->name, "reap");
}

RUN(T(options_stand_before_and_after_the_command), T(what_is_not_given_has_its_default),
    T(an_option_goes_by_its_letter_too_and_the_last_one_counts),
    T(a_list_keeps_the_order_it_was_given_in), T(a_number_may_be_at_either_end_of_its_range),
    T(words_after_two_hyphens_are_no_options), T(wrong_usage_is_named_exactly),
    T(help_and_version_need_nothing_else))
