/* SPDX-License-Identifier: MIT */
/* options.c - getopt_long over the whole line, so that options may stand anywhere. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option table[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "dir", required_argument, NULL, 'd' },
	{ "control", required_argument, NULL, 'C' },
	{ "realm", required_argument, NULL, 'R' },
	{ "network", required_argument, NULL, 'N' },
	{ "lan", required_argument, NULL, 'L' },
	{ "public", required_argument, NULL, 'P' },
	{ "listen", required_argument, NULL, 'l' },
	{ "interface", required_argument, NULL, 'I' },
	{ "address", required_argument, NULL, 'A' },
	{ "home", required_argument, NULL, 'H' },
	{ "expires", required_argument, NULL, 'E' },
	{ "output", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static bool usage(const char *what, const char *which)
{
	fprintf(stderr, "homeward-server: %s%s; see homeward-server --help\n", what, which);
	return false;
}

static const char **text_of(options *o, int letter)
{
	switch (letter) {
	case 'd':
		return &o->dir;
	case 'C':
		return &o->control;
	case 'R':
		return &o->realm;
	case 'N':
		return &o->network;
	case 'L':
		return &o->lan;
	case 'l':
		return &o->listen;
	case 'I':
		return &o->interface;
	case 'A':
		return &o->address;
	case 'H':
		return &o->home;
	case 'E':
		return &o->expires;
	case 'o':
		return &o->output;
	default:
		return NULL;
	}
}

static bool take_public(options *o, const char *value)
{
	if (o->n_publics == OPTION_PUBLICS)
		return usage("too many --public", "");
	o->publics[o->n_publics++] = value;
	return true;
}

static bool take_config(options *o, const char *value)
{
	free(o->config);
	o->config = strdup(value);
	return o->config || usage("no memory", "");
}

static bool take(options *o, int letter, const char *value)
{
	const char **text = text_of(o, letter);

	if (!strchr(o->given, letter) && strlen(o->given) + 1 < sizeof o->given)
		o->given[strlen(o->given)] = (char)letter;
	if (text)
		return *text = value, true;
	switch (letter) {
	case 'c':
		return take_config(o, value);
	case 'P':
		return take_public(o, value);
	case 'j':
		return o->json = true;
	case 'h':
		return o->help = true;
	case 'V':
		return o->version = true;
	default:
		return false;
	}
}

static bool derive(options *o)
{
	if (!o->config && o->dir) {
		if (asprintf(&o->config, "%s/server.conf", o->dir) < 0)
			o->config = NULL;
	} else if (!o->config) {
		o->config = strdup("/etc/homeward/server.conf");
	}
	if (!o->control)
		o->control = "/run/homeward/server.sock";
	return o->config || usage("no memory", "");
}

bool options_parse(int argc, char **argv, options *o)
{
	int letter;

	memset(o, 0, sizeof *o);
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":c:d:o:hV", table, NULL)) != -1) {
		if (letter == ':')
			return usage("a value is missing after ", argv[optind - 1]);
		if (letter == '?')
			return usage("unknown option ", argv[optind - 1]);
		if (!take(o, letter, optarg))
			return false;
	}
	if (optind < argc)
		o->command = argv[optind++];
	o->operands = argv + optind;
	o->n_operands = argc - optind;
	return derive(o);
}

static const char *long_name(char letter)
{
	for (const struct option *t = table; t->name; t++)
		if (t->val == letter)
			return t->name;
	return "?";
}

bool options_fit(const options *o, const command *c)
{
	char what[96];

	for (const char *g = o->given; *g; g++) {
		if (strchr("cdChV", *g) || strchr(c->allowed, *g))
			continue;
		snprintf(what, sizeof what, "%s does not take --", c->name);
		return usage(what, long_name(*g));
	}
	if (o->n_operands == c->operands)
		return true;
	snprintf(what, sizeof what, "usage: homeward-server %s", c->synopsis);
	return usage(what, "");
}

void options_free(options *o)
{
	free(o->config);
}
