/* SPDX-License-Identifier: MIT */
/* cli_kit.h - a program with every kind of option, and one line of words for it. */
#ifndef HW_TESTS_CLI_KIT_H
#define HW_TESTS_CLI_KIT_H

#include "io/cli/cli.h"
#include "unit.h"

struct options {
	const char *config, *control, *file, *dir;
	unsigned count;
	bool fast;
	cli_list names;
};

#define AT(field) offsetof(struct options, field)
#define ARGS(...) ((const char *[]){ "farm", __VA_ARGS__, NULL })
#define NO_ARGS   ((const char *[]){ "farm", NULL })

static inline bool run_empty(const struct options *o, err *e)
{
	(void)o, (void)e;
	return true;
}

static inline bool run_failing(const struct options *o, err *e)
{
	(void)o;
	return err_set(e, ERR_SYSTEM, "the field is wet");
}

static inline bool run_failing_printed(const struct options *o, err *e)
{
	(void)o, (void)e;
	return false;
}

static const cli_option sow_options[] = {
	{ .name = "count",
	  .kind = CLI_NUMBER,
	  .at = AT(count),
	  .argument = "N",
	  .help = "how many",
	  .value = "3",
	  .min = 1,
	  .max = 20,
	  .unit = "seeds" },
	{ .name = "fast", .letter = 'f', .kind = CLI_FLAG, .at = AT(fast), .help = "in a hurry" },
	{ .name = "name",
	  .kind = CLI_LIST,
	  .at = AT(names),
	  .argument = "NAME",
	  .help = "of the seeds",
	  .max = 2 },
};

static const cli_option reap_options[] = {
	{ .name = "dir",
	  .letter = 'd',
	  .kind = CLI_TEXT,
	  .required = true,
	  .at = AT(dir),
	  .argument = "DIR",
	  .help = "where to" },
};

static const cli_command commands[] = {
	{ .name = "sow",
	  .run = run_empty,
	  .summary = "sows a field",
	  .help = "Sows a field, and a sentence that is so long that it has to go on in another "
		  "line "
		  "than that.",
	  .operand = { .name = "FILE", .help = "the field", .at = AT(file) },
	  CLI_OPTIONS(sow_options) },
	{ .name = "reap",
	  .run = run_failing,
	  .summary = "reaps a field",
	  .operand = { .name = "FILE", .help = "the field", .at = AT(file), .required = true },
	  CLI_OPTIONS(reap_options) },
	{ .name = "rest", .run = run_failing_printed, .summary = "does nothing" },
};

static const cli_option common_options[] = {
	{ .name = "config",
	  .letter = 'c',
	  .kind = CLI_TEXT,
	  .at = AT(config),
	  .argument = "FILE",
	  .help = "the configuration",
	  .value = "/etc/farm.conf" },
	{ .name = "control",
	  .kind = CLI_TEXT,
	  .at = AT(control),
	  .argument = "PATH",
	  .help = "the socket" },
};

static const cli_program farm = {
	.name = "farm",
	.summary = "sows and reaps",
	CLI_COMMANDS(commands),
	CLI_OPTIONS(common_options),
};

static inline int count_words(const char **argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return n;
}

static inline bool parse(const char **argv, struct options *o, cli_request *r, err *e)
{
	*o = (struct options){ 0 };
	*e = (err){ 0 };
	return cli_parse(&farm, count_words(argv), (char **)(uintptr_t)argv, o, r, e);
}

#endif
