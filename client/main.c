/* SPDX-License-Identifier: MIT */
/* homeward - the roaming client. */
#include "cmds.h"

#include <signal.h>
#include <stdio.h>

static const subcommand commands[] = {
	{ "up", cmd_up, "fst", true },         { "down", cmd_down, "t", false },
	{ "status", cmd_status, "jw", false }, { "paths", cmd_paths, "j", false },
	{ "roam", cmd_roam, "", false },       { "check", cmd_check, "", true },
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static const char help[] =
	"homeward - keeps this machine's home address, its connections and its reachability "
	"wherever it is\n"
	"\n"
	"  homeward up PROFILE     register; stays up in the background until `homeward down`\n"
	"  homeward down           deregister, put routes back, end\n"
	"  homeward status         what is so now\n"
	"  homeward paths          the ways home, and which one is used\n"
	"  homeward roam           look at all paths again, now\n"
	"  homeward check PROFILE  is the profile right?\n"
	"\n"
	"  up:      --foreground (log to stderr), --timeout S (for the answer, default 30),\n"
	"           --state DIR (default /var/lib/homeward)\n"
	"  status:  --json, --watch (again each second)\n"
	"  paths:   --json\n"
	"  all:     --control PATH (default /run/homeward/client.sock), --help, --version,\n"
	"           -c FILE (the profile when none is named, default /etc/homeward/client.conf)\n";

int main(int argc, char **argv)
{
	options o;
	const subcommand *which;
	err e = { 0 };
	if (!options_parse(argc, argv, commands, N_COMMANDS, &o, &which, &e)) {
		fprintf(stderr, "homeward: %s; see homeward --help\n", e.text);
		return 2;
	}
	if (o.help)
		return fputs(help, stdout) < 0;
	if (o.version)
		return printf("homeward %s\n", HOMEWARD_VERSION) < 0;
	signal(SIGPIPE, SIG_IGN);
	return which->run(&o);
}
