/* SPDX-License-Identifier: MIT */
#include "io/cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static int fail(const cli_program *p, const char *why)
{
	fprintf(stderr, "%s: %s\n", p->name, why);
	return CLI_FAILED;
}

static int refuse(const cli_program *p, const cli_request *r, const char *why)
{
	fprintf(stderr, "%s: %s; see %s%s%s --help\n", p->name, why, p->name, r->command ? " " : "",
		r->command ? r->command->name : "");
	return CLI_WRONG_USAGE;
}

int cli_main(const cli_program *p, int argc, char **argv, struct options *o)
{
	cli_request r = { 0 };
	err e = { 0 };

	signal(SIGPIPE, SIG_IGN); /* a reader that went away is an error of the write */
	if (!cli_parse(p, argc, argv, o, &r, &e))
		return refuse(p, &r, e.text);
	if (r.version)
		printf("%s %s\n", p->name, HOMEWARD_VERSION);
	else if (r.help && r.command)
		cli_print_command_help(p, r.command, stdout);
	else if (r.help)
		cli_print_help(p, stdout);
	else if (!r.command->run(o, &e))
		return e.kind == ERR_NONE ? CLI_FAILED : fail(p, e.text);
	return fflush(stdout) == 0 ? CLI_DONE : fail(p, strerror(errno));
}
