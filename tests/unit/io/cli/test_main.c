/* SPDX-License-Identifier: MIT */
#include "cli_kit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Runs the program; what it wrote to that standard stream, and its exit status. */
static int status_of(const char **argv, int stream, char out[4096])
{
	char path[] = "/tmp/hw-cli-XXXXXX";
	struct options o = { 0 };
	int file = mkstemp(path), kept = dup(stream);

	assert_true(file >= 0 && kept >= 0);
	fflush(NULL);
	dup2(file, stream);
	int status = cli_main(&farm, count_words(argv), (char **)(uintptr_t)argv, &o);
	fflush(NULL);
	dup2(kept, stream);
	close(kept);
	ssize_t n = pread(file, out, 4095, 0);
	out[n > 0 ? n : 0] = 0;
	close(file);
	unlink(path);
	return status;
}

TEST(what_is_done_exits_with_0)
{
	char text[4096];

	assert_int_equal(status_of(ARGS("sow"), STDERR_FILENO, text), 0);
	assert_string_equal(text, "");
}

TEST(what_failed_exits_with_1_and_says_why_once)
{
	char text[4096];

	assert_int_equal(status_of(ARGS("reap", "a", "-d", "x"), STDERR_FILENO, text), 1);
	assert_string_equal(text, "farm: the field is wet\n");
}

TEST(what_failed_and_was_printed_is_not_printed_again)
{
	char text[4096];

	assert_int_equal(status_of(ARGS("rest"), STDERR_FILENO, text), 1);
	assert_string_equal(text, "");
}

TEST(wrong_usage_exits_with_2_and_names_the_help)
{
	char text[4096];

	assert_int_equal(status_of(NO_ARGS, STDERR_FILENO, text), 2);
	assert_string_equal(text, "farm: a command is missing; see farm --help\n");
	assert_int_equal(status_of(ARGS("sow", "-d", "x"), STDERR_FILENO, text), 2);
	assert_string_equal(text, "farm: 'sow' does not take --dir; see farm sow --help\n");
}

TEST(help_and_version_go_to_standard_output)
{
	char text[4096];

	assert_int_equal(status_of(ARGS("--version"), STDOUT_FILENO, text), 0);
	assert_string_equal(text, "farm " HOMEWARD_VERSION "\n");
	assert_int_equal(status_of(ARGS("--help"), STDOUT_FILENO, text), 0);
	assert_memory_equal(text, "farm - sows", 11);
	assert_int_equal(status_of(ARGS("sow", "--help"), STDOUT_FILENO, text), 0);
	assert_memory_equal(text, "usage: farm sow", 15);
}

TEST(output_that_nobody_takes_is_a_failure)
{
	struct options o = { 0 };
	int full = open("/dev/full", O_WRONLY), kept = dup(STDOUT_FILENO);

	fflush(NULL);
	dup2(full, STDOUT_FILENO);
	int status = cli_main(&farm, 2, (char **)(uintptr_t)ARGS("--help"), &o);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	close(full);
	assert_int_equal(status, 1);
}

RUN(T(what_is_done_exits_with_0), T(what_failed_exits_with_1_and_says_why_once),
    T(what_failed_and_was_printed_is_not_printed_again),
    T(wrong_usage_exits_with_2_and_names_the_help), T(help_and_version_go_to_standard_output),
    T(output_that_nobody_takes_is_a_failure))
