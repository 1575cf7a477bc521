/* SPDX-License-Identifier: MIT */
/* main.c - homeward-mux: its command line. */
#include "options.h"

#define AT(field) offsetof(options, field)

static const cli_option status_options[] = { SHOW_OPTIONS(AT(show)) };

static const cli_command commands[] = {
	{ .name = "run",
	  .run = cmd_run,
	  .summary = "runs in the foreground",
	  .help = "Runs in the foreground. SIGHUP reads certificates, targets, proxies and the "
		  "log level again; SIGTERM drains and stops it." },
	{ .name = "status",
	  .run = cmd_status,
	  .summary = "shows what a running multiplexer does",
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
	  .help = "the configuration",
	  .value = "/etc/homeward/mux.conf" },
	{ .name = "control",
	  .kind = CLI_TEXT,
	  .at = AT(control),
	  .argument = "PATH",
	  .help = "the daemon's control socket",
	  .value = "/run/homeward/mux.sock" },
};

static const cli_program program = {
	.name = "homeward-mux",
	.summary = "the HTTP multiplexer of Homeward, a mobile VPN",
	CLI_COMMANDS(commands),
	CLI_OPTIONS(common_options),
};

int main(int argc, char **argv)
{
	options o = { 0 };

	return cli_main(&program, argc, argv, &o);
}
