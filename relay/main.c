/* SPDX-License-Identifier: MIT */
/* main.c - homeward-relay: its command line. */
#include "options.h"

#define AT(field) offsetof(options, field)

static const cli_option status_options[] = { SHOW_OPTIONS(AT(show)) };

static const cli_command commands[] = {
	{ .name = "run",
	  .run = cmd_run,
	  .summary = "runs in the foreground",
	  .help = "Runs in the foreground. SIGHUP reloads the log level from the configuration, "
		  "SIGTERM stops it." },
	{ .name = "status",
	  .run = cmd_status,
	  .summary = "shows what a running relay does",
	  CLI_OPTIONS(status_options) },
	{ .name = "check",
	  .run = cmd_check,
	  .summary = "checks the configuration",
	  .help = "Checks the configuration, changes nothing, and describes what `run` would "
		  "do." },
};

static const cli_option common_options[] = {
	{ .name = "config",
	  .letter = 'c',
	  .kind = CLI_TEXT,
	  .at = AT(config),
	  .argument = "FILE",
	  .help = "the configuration, which `homeward-server add-relay` writes",
	  .value = "/etc/homeward/relay.conf" },
	{ .name = "control",
	  .kind = CLI_TEXT,
	  .at = AT(control),
	  .argument = "PATH",
	  .help = "the daemon's control socket",
	  .value = "/run/homeward/relay.sock" },
};

static const cli_program program = {
	.name = "homeward-relay",
	.summary = "the relay of Homeward, a mobile VPN",
	CLI_COMMANDS(commands),
	CLI_OPTIONS(common_options),
};

int main(int argc, char **argv)
{
	options o = { 0 };

	return cli_main(&program, argc, argv, &o);
}
