/* SPDX-License-Identifier: MIT */
/* main.c - homeward, the roaming client: its command line. */
#include "options.h"

#define AT(field) offsetof(options, field)

#define PROFILE                                                                                    \
	{                                                                                          \
		.name = "PROFILE", .help = "what `homeward-server add` wrote (default: --config)", \
		.at = AT(profile)                                                                  \
	}
#define TIMEOUT(DEFAULT)                                                                           \
	{                                                                                          \
		.name = "timeout", .kind = CLI_NUMBER, .at = AT(timeout_s), .argument = "S",       \
		.help = "seconds to wait for home's answer", .value = (DEFAULT), .min = 1,         \
		.max = 86400, .unit = "seconds"                                                    \
	}

static const cli_option up_options[] = {
	{ .name = "foreground",
	  .kind = CLI_FLAG,
	  .at = AT(foreground),
	  .help = "stay in the foreground, log to stderr" },
	TIMEOUT("15"),
	{ .name = "state",
	  .kind = CLI_TEXT,
	  .at = AT(state),
	  .argument = "DIR",
	  .help = "directory of its state; by default as in the profile, or "
		  "/var/lib/homeward" },
};
static const cli_option down_options[] = { TIMEOUT("30") };
static const cli_option show_rows[] = { SHOW_OPTIONS(AT(show)) };

static const cli_command commands[] = {
	{ .name = "up",
	  .run = cmd_up,
	  .summary = "registers, and stays up in the background",
	  .help = "Registers with home and keeps the permanent address reachable, in the "
		  "background, until `homeward down`. Returns when it is registered or at home. "
		  "SIGHUP probes all paths and reloads the log level from the profile; "
		  "SIGTERM is `down`.",
	  .operand = PROFILE,
	  CLI_OPTIONS(up_options) },
	{ .name = "down",
	  .run = cmd_down,
	  .summary = "deregisters, restores routes, stops",
	  .help = "Deregisters, restores what was changed on the system, and stops the client.",
	  CLI_OPTIONS(down_options) },
	{ .name = "status",
	  .run = cmd_status,
	  .summary = "shows the registration, its path, and traffic",
	  CLI_OPTIONS(show_rows) },
	{ .name = "paths",
	  .run = cmd_paths,
	  .summary = "shows all paths home, and which one is used",
	  CLI_OPTIONS(show_rows) },
	{ .name = "roam", .run = cmd_roam, .summary = "probes all paths again, now" },
	{ .name = "check",
	  .run = cmd_check,
	  .summary = "checks a profile",
	  .help = "Checks a profile and changes nothing. A mistake is reported with its line.",
	  .operand = PROFILE },
};

static const cli_option common_options[] = {
	{ .name = "config",
	  .letter = 'c',
	  .kind = CLI_TEXT,
	  .at = AT(config),
	  .argument = "FILE",
	  .help = "the profile if none is given",
	  .value = "/etc/homeward/client.conf" },
	{ .name = "control",
	  .kind = CLI_TEXT,
	  .at = AT(control),
	  .argument = "PATH",
	  .help = "the client's control socket",
	  .value = "/run/homeward/client.sock" },
};

static const cli_program program = {
	.name = "homeward",
	.summary = "keeps this machine's home address, its connections and its reachability "
		   "wherever it is",
	CLI_COMMANDS(commands),
	CLI_OPTIONS(common_options),
};

int main(int argc, char **argv)
{
	options o = { 0 };

	return cli_main(&program, argc, argv, &o);
}
