/* SPDX-License-Identifier: MIT */
#include "cli_kit.h"

#include <stdlib.h>

static const cli_command *find(const char *name)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static char *help_of(const char *command)
{
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	assert_non_null(to);
	if (command)
		cli_print_command_help(&farm, find(command), to);
	else
		cli_print_help(&farm, to);
	assert_int_equal(fclose(to), 0);
	return text;
}

#define COMMON_TAIL "\nExit status: 0 done, 1 failed, 2 wrong usage.\n"

TEST(help_lists_commands_with_their_operands_and_the_options_of_all)
{
	char *text = help_of(NULL);

	assert_string_equal(text,
			    "farm - sows and reaps\n"
			    "\n"
			    "  farm sow [FILE]  sows a field\n"
			    "  farm reap FILE   reaps a field\n"
			    "  farm rest        does nothing\n"
			    "\n"
			    "  -c, --config FILE   the configuration (default /etc/farm.conf)\n"
			    "      --control PATH  the socket\n"
			    "  -h, --help          this text; after a command, its help\n"
			    "  -V, --version       the version\n" COMMON_TAIL);
	free(text);
}

TEST(help_of_a_command_has_all_that_it_takes)
{
	char *text = help_of("sow");

	assert_string_equal(
		text,
		"usage: farm sow [FILE] [--count N] [--fast] [--name NAME]\n"
		"\n"
		"Sows a field, and a sentence that is so long that it has to go on in another\n"
		"line than that.\n"
		"\n"
		"  FILE                the field\n"
		"      --count N       how many (default 3)\n"
		"  -f, --fast          in a hurry\n"
		"      --name NAME     of the seeds; may be repeated\n"
		"  -c, --config FILE   the configuration (default /etc/farm.conf)\n"
		"      --control PATH  the socket\n"
		"  -h, --help          this text; after a command, its help\n"
		"  -V, --version       the version\n" COMMON_TAIL);
	free(text);
}

TEST(what_a_command_needs_stands_without_brackets)
{
	char *text = help_of("reap");

	assert_memory_equal(text, "usage: farm reap FILE --dir DIR\n", 32);
	free(text);
}

RUN(T(help_lists_commands_with_their_operands_and_the_options_of_all),
    T(help_of_a_command_has_all_that_it_takes), T(what_a_command_needs_stands_without_brackets))
