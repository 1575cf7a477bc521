/* SPDX-License-Identifier: MIT */
/* main.c - homeward-server: finds the command and lets it run. */
#include "commands.h"

#include <stdio.h>
#include <string.h>

static const command commands[] = {
	{ "init", cmd_init, "RNLPlI", 0,
	  "init --realm R --network N[,N6] --public A [--lan IF] [-d DIR]",
	  "writes a configuration to begin with.\n"
	  "  --realm R         clients are NAME@R\n"
	  "  --network N[,N6]  the home network: permanent addresses come from here\n"
	  "  --public A        name or address clients reach this server by; may be repeated\n"
	  "  --lan IF          the home network's link: answer there for clients that are away\n"
	  "  --listen LIST     ADDRESS:PORT, ...; ports 434 and 4500 of all addresses by default\n"
	  "  --interface IF    name of the TUN device, hw0 by default\n"
	  "  -d DIR            configuration and state below DIR, not /etc and /var/lib\n" },
	{ "add", cmd_add, "AEo", 1, "add NAME [--address A|dynamic] [--expires DATE] [-o FILE]",
	  "adds a client and writes its profile, NAME.hw: all that the client needs.\n"
	  "  --address A       its permanent address; the next free one by default\n"
	  "  --address dynamic home assigns one when the client first registers\n"
	  "  --expires DATE    as 2027-01-31 or 2027-01-31T12:00:00Z; never by default\n"
	  "  -o FILE           the profile to write\n" },
	{ "remove", cmd_remove, "", 1, "remove NAME",
	  "removes a client; a running daemon drops it at once.\n" },
	{ "add-relay", cmd_add_relay, "APoH", 1,
	  "add-relay NAME --address A --public P [--home H] [-o FILE]",
	  "admits a relay and writes its configuration, NAME.conf: all that it needs.\n"
	  "  --address A       the relay's address as this server sees it: IP-in-IP comes from "
	  "there\n"
	  "  --public P        the address or name clients reach it by, with or without :PORT\n"
	  "  --home H          this server's address as the relay sees it; found out by default\n"
	  "  -o FILE           the file to write\n" },
	{ "list", cmd_list, "j", 0, "list [--json]", "lists the clients, registered or not.\n" },
	{ "run", cmd_run, "", 0, "run",
	  "serves, in the foreground. SIGHUP reads the configuration again, SIGTERM ends it.\n" },
	{ "status", cmd_status, "j", 0, "status [--json]", "shows what a running daemon does.\n" },
	{ "check", cmd_check, "", 0, "check",
	  "examines configuration and state and says what `run` would do.\n" },
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static const char common[] =
	"\n  -c, --config FILE  the configuration, /etc/homeward/server.conf by default\n"
	"  -d, --dir DIR      short for -c DIR/server.conf\n"
	"  --control PATH     the daemon's socket, /run/homeward/server.sock by default\n"
	"  -h, --help  -V, --version\n"
	"\nExit status: 0 done, 1 failed, 2 wrong usage.\n";

static const command *find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int help(const command *c)
{
	if (c) {
		printf("homeward-server %s\n\n%s%s", c->synopsis, c->help, common);
		return EXIT_OK;
	}
	printf("homeward-server - the home server of Homeward, a mobile VPN\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  homeward-server %s\n", commands[i].synopsis);
	printf("%s\nhomeward-server COMMAND --help tells more.\n", common);
	return EXIT_OK;
}

static int wrong(const char *what, const char *name)
{
	fprintf(stderr, "homeward-server: %s%s; see homeward-server --help\n", what, name);
	return EXIT_WRONG_USAGE;
}

static int obey(const options *o)
{
	const command *c = o->command ? find(o->command) : NULL;

	if (o->version) {
		printf("homeward-server %s\n", HOMEWARD_VERSION);
		return EXIT_OK;
	}
	if (o->command && !c)
		return wrong("unknown command ", o->command);
	if (o->help)
		return help(c);
	if (!c)
		return wrong("no command", "");
	return options_fit(o, c) ? c->run(o) : EXIT_WRONG_USAGE;
}

int main(int argc, char **argv)
{
	options o;
	int status = options_parse(argc, argv, &o) ? obey(&o) : EXIT_WRONG_USAGE;

	options_free(&o);
	return status;
}
