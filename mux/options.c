/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const struct option table[] = {
	{ "config", required_argument, NULL, 'c' }, { "control", required_argument, NULL, 'C' },
	{ "json", no_argument, NULL, 'j' },         { "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },      { NULL, 0, NULL, 0 },
};

static bool usage(const char *what, const char *which)
{
	fprintf(stderr, "homeward-mux: %s%s; see homeward-mux --help\n", what, which);
	return false;
}

static void take(options *o, int letter, const char *value)
{
	switch (letter) {
	case 'c':
		o->config = value;
		break;
	case 'C':
		o->control = value;
		break;
	case 'j':
		o->json = true;
		break;
	case 'h':
		o->help = true;
		break;
	default:
		o->version = true;
		break;
	}
}

bool options_parse(int argc, char **argv, options *o)
{
	int letter;

	*o = (options){ .config = "/etc/homeward/mux.conf", .control = "/run/homeward/mux.sock" };
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":c:hV", table, NULL)) != -1) {
		if (letter == ':')
			return usage("a value is missing after ", argv[optind - 1]);
		if (letter == '?')
			return usage("unknown option ", argv[optind - 1]);
		take(o, letter, optarg);
	}
	if (optind < argc)
		o->command = argv[optind++];
	if (optind < argc)
		return usage("no operand is taken: ", argv[optind]);
	if (o->json && (!o->command || strcmp(o->command, "status") != 0))
		return usage("only status takes --json", "");
	return true;
}
