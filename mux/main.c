/* SPDX-License-Identifier: MIT */
/* main.c - homeward-mux: finds the command and lets it run. */
#include "options.h"

#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name;
	int (*run)(const options *o);
} commands[] = { { "run", cmd_run }, { "status", cmd_status }, { "check", cmd_check } };

static const char help_text[] =
	"homeward-mux - the HTTP multiplexer of Homeward, a mobile VPN\n\n"
	"  homeward-mux run              serves, in the foreground. SIGHUP takes certificates,\n"
	"                                targets and log level anew, SIGTERM drains and ends it\n"
	"  homeward-mux status [--json]  shows what a running multiplexer does\n"
	"  homeward-mux check            examines the configuration and says what `run` would do\n"
	"\n  -c, --config FILE  the configuration, /etc/homeward/mux.conf by default\n"
	"  --control PATH     the daemon's socket, /run/homeward/mux.sock by default\n"
	"  -h, --help  -V, --version\n"
	"\nExit status: 0 done, 1 failed, 2 wrong usage.\n";

int cmd_failed(const err *e)
{
	fprintf(stderr, "homeward-mux: %s\n", e->text);
	return EXIT_FAILED;
}

static int obey(const options *o)
{
	if (o->version) {
		printf("homeward-mux %s\n", HOMEWARD_VERSION);
		return EXIT_OK;
	}
	if (o->help) {
		fputs(help_text, stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; o->command && i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(commands[i].name, o->command) == 0)
			return commands[i].run(o);
	fprintf(stderr, "homeward-mux: %s%s; see homeward-mux --help\n",
		o->command ? "unknown command " : "no command", o->command ? o->command : "");
	return EXIT_WRONG_USAGE;
}

int main(int argc, char **argv)
{
	options o;

	return options_parse(argc, argv, &o) ? obey(&o) : EXIT_WRONG_USAGE;
}
