/* SPDX-License-Identifier: MIT */
/* main.c - homeward-server: its command line. */
#include "options.h"

#define AT(field) offsetof(options, field)
#define TEXT(text_name, field, text_argument, text_help)                                           \
	{                                                                                          \
		.name = (text_name), .kind = CLI_TEXT, .at = AT(field),                            \
		.argument = (text_argument), .help = (text_help)                                   \
	}
#define NEEDED(text_name, field, text_argument, text_help)                                         \
	{                                                                                          \
		.name = (text_name), .kind = CLI_TEXT, .required = true, .at = AT(field),          \
		.argument = (text_argument), .help = (text_help)                                   \
	}
#define OUTPUT(text_help)                                                                          \
	{                                                                                          \
		.name = "output", .letter = 'o', .kind = CLI_TEXT, .at = AT(output),               \
		.argument = "FILE", .help = (text_help)                                            \
	}
#define PUBLIC(text_argument, most, text_help)                                                     \
	{                                                                                          \
		.name = "public", .kind = CLI_LIST, .required = true, .at = AT(publics),           \
		.argument = (text_argument), .help = (text_help), .max = (most)                    \
	}
#define NAME(text_help)                                                                            \
	{                                                                                          \
		.name = "NAME", .help = (text_help), .at = AT(name), .required = true              \
	}

static const cli_option init_options[] = {
	NEEDED("realm", realm, "R", "clients are NAME@R"),
	NEEDED("network", network, "N[,N6]",
	       "the home network: permanent addresses come from here"),
	PUBLIC("A", CLI_LIST_MAX, "name or address by which clients reach this server"),
	TEXT("lan", lan, "IF", "the home network's link: answer there for clients that are away"),
	TEXT("listen", listen, "LIST",
	     "ADDRESS:PORT, ...; ports 434 and 4500 of all addresses by default"),
	TEXT("interface", interface, "IF", "name of the TUN device, hw0 by default"),
};

static const cli_option add_options[] = {
	TEXT("address", address, "A",
	     "its permanent address, the next free one by default; `dynamic`: home assigns one "
	     "when the client first registers"),
	TEXT("expires", expires, "DATE", "2027-01-31 or 2027-01-31T12:00:00Z; never by default"),
	OUTPUT("the profile to write"),
};

static const cli_option add_relay_options[] = {
	NEEDED("address", address, "A",
	       "the relay's address as this server sees it: its IP-in-IP comes from there"),
	PUBLIC("P", 1, "address or name by which clients reach it, with or without :PORT"),
	TEXT("home", home, "H",
	     "this server's address as the relay sees it; found from the routes by default"),
	OUTPUT("the configuration to write"),
};

static const cli_option list_options[] = {
	{ .name = "json", .kind = CLI_FLAG, .at = AT(show.json), .help = "one line of JSON" },
};

static const cli_option status_options[] = { SHOW_OPTIONS(AT(show)) };

static const cli_command commands[] = {
	{ .name = "init",
	  .run = cmd_init,
	  .summary = "writes a configuration to begin with",
	  .help = "Writes a configuration to begin with and makes the state directory. With --dir, "
		  "both lie below it, not in /etc/homeward and /var/lib/homeward.",
	  CLI_OPTIONS(init_options) },
	{ .name = "add",
	  .run = cmd_add,
	  .summary = "adds a client, writes its profile",
	  .help = "Adds a client and writes its profile, NAME.hw: all that the client needs.",
	  .operand = NAME("of the client, without the realm"),
	  CLI_OPTIONS(add_options) },
	{ .name = "remove",
	  .run = cmd_remove,
	  .summary = "removes a client",
	  .help = "Removes a client; a running daemon drops it at once.",
	  .operand = NAME("of the client") },
	{ .name = "add-relay",
	  .run = cmd_add_relay,
	  .summary = "admits a relay, writes its configuration",
	  .help = "Admits a relay and writes its configuration, NAME.conf: all that it needs.",
	  .operand = NAME("of the relay"),
	  CLI_OPTIONS(add_relay_options) },
	{ .name = "list",
	  .run = cmd_list,
	  .summary = "lists the clients, registered or not",
	  CLI_OPTIONS(list_options) },
	{ .name = "run",
	  .run = cmd_run,
	  .summary = "runs in the foreground",
	  .help = "Runs in the foreground. SIGHUP reads configuration and registry again, "
		  "SIGTERM stops it." },
	{ .name = "status",
	  .run = cmd_status,
	  .summary = "shows what a running server does",
	  CLI_OPTIONS(status_options) },
	{ .name = "check",
	  .run = cmd_check,
	  .summary = "checks configuration and state",
	  .help = "Checks configuration and state, changes nothing, and describes what `run` "
		  "would do." },
};

static const cli_option common_options[] = {
	{ .name = "config",
	  .letter = 'c',
	  .kind = CLI_TEXT,
	  .at = AT(config),
	  .argument = "FILE",
	  .help = "the configuration, /etc/homeward/server.conf by default" },
	{ .name = "dir",
	  .letter = 'd',
	  .kind = CLI_TEXT,
	  .at = AT(dir),
	  .argument = "DIR",
	  .help = "short for --config DIR/server.conf" },
	{ .name = "control",
	  .kind = CLI_TEXT,
	  .at = AT(control),
	  .argument = "PATH",
	  .help = "the daemon's control socket",
	  .value = "/run/homeward/server.sock" },
};

static const cli_program program = {
	.name = "homeward-server",
	.summary = "the home server of Homeward, a mobile VPN",
	CLI_COMMANDS(commands),
	CLI_OPTIONS(common_options),
};

int main(int argc, char **argv)
{
	options o = { 0 };

	return cli_main(&program, argc, argv, &o);
}
