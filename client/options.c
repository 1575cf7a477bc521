/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option known[] = {
	{ "control", required_argument, NULL, 'C' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "state", required_argument, NULL, 's' },
	{ "timeout", required_argument, NULL, 't' },
	{ "version", no_argument, NULL, 'V' },
	{ "watch", no_argument, NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

int command_failed(const err *e)
{
	fprintf(stderr, "homeward: %s\n", e->text);
	return 1;
}

static bool take_timeout(const char *text, options *o, err *e)
{
	char *end;
	unsigned long s = strtoul(text, &end, 10);
	if (!*text || *end || *text == '-' || s < 1 || s > 86400)
		return err_set(e, ERR_USAGE, "--timeout %s: expected 1 to 86400 seconds", text);
	o->timeout_s = (unsigned)s;
	return true;
}

static bool take(int letter, options *o, err *e)
{
	switch (letter) {
	case 'c':
		o->conf = optarg;
		break;
	case 'C':
		o->control = optarg;
		break;
	case 's':
		o->state = optarg;
		break;
	case 't':
		return take_timeout(optarg, o, e);
	case 'f':
		o->foreground = true;
		break;
	case 'h':
		o->help = true;
		break;
	case 'j':
		o->json = true;
		break;
	case 'V':
		o->version = true;
		break;
	default:
		o->watch = true;
		break;
	}
	return true;
}

static bool find_command(const subcommand *commands, unsigned n, const options *o,
			 const subcommand **which, err *e)
{
	*which = NULL;
	if (!o->command)
		return o->help || o->version || err_set(e, ERR_USAGE, "a command is missing");
	for (unsigned i = 0; i < n; i++)
		if (strcmp(commands[i].name, o->command) == 0)
			*which = &commands[i];
	return *which || err_set(e, ERR_USAGE, "unknown command '%.40s'", o->command);
}

static bool fits(const char *given, const subcommand *c, const options *o, err *e)
{
	for (const char *p = given; *p; p++) {
		if (strchr("cChV", *p) || strchr(c->takes, *p))
			continue;
		for (const struct option *k = known; k->name; k++)
			if (k->val == *p)
				return err_set(e, ERR_USAGE, "'%s' does not take --%s", c->name,
					       k->name);
	}
	return !o->operand || c->operand ||
	       err_set(e, ERR_USAGE, "'%s' takes no '%.60s'", c->name, o->operand);
}

bool options_parse(int argc, char **argv, const subcommand *commands, unsigned n, options *out,
		   const subcommand **which, err *e)
{
	char given[32] = "";
	int letter;
	*out = (options){ .conf = "/etc/homeward/client.conf",
			  .control = "/run/homeward/client.sock",
			  .state = NULL,
			  .timeout_s = 30 };
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":c:h", known, NULL)) != -1) {
		if (letter == ':')
			return err_set(e, ERR_USAGE, "%.60s: a value is missing", argv[optind - 1]);
		if (letter == '?')
			return err_set(e, ERR_USAGE, "unknown option %.60s", argv[optind - 1]);
		if (!take(letter, out, e))
			return false;
		size_t at = strlen(given);
		if (at + 1 < sizeof given && !strchr(given, letter))
			given[at] = (char)letter;
	}
	out->command = optind < argc ? argv[optind++] : NULL;
	out->operand = optind < argc ? argv[optind++] : NULL;
	if (optind < argc)
		return err_set(e, ERR_USAGE, "'%.60s' is one word too many", argv[optind]);
	return find_command(commands, n, out, which, e) && (!*which || fits(given, *which, out, e));
}
