/* SPDX-License-Identifier: MIT */
/* options.h - the command line: options may stand anywhere, each is known to some commands. */
#ifndef HOMEWARD_OPTIONS_H
#define HOMEWARD_OPTIONS_H

#include "base/err.h"

typedef struct options {
	const char *conf; /* -c: the profile when none is named */
	const char *control, *state;
	unsigned timeout_s;
	bool foreground, json, watch, help, version;
	const char *command; /* NULL: none */
	const char *operand; /* what follows it, or NULL */
} options;

/* A command, and the letters of the options it takes besides -c, --control, --help, --version. */
typedef struct subcommand {
	const char *name;
	int (*run)(const options *o); /* exit status */
	const char *takes;            /* f: foreground, j: json, s: state, t: timeout, w: watch */
	bool operand;                 /* may be followed by one operand */
} subcommand;

/* False: wrong usage, see *e. Borrows from argv. */
bool options_parse(int argc, char **argv, const subcommand *commands, unsigned n, options *out,
		   const subcommand **which, err *e);
int command_failed(const err *e); /* one line on stderr; returns 1 */

#endif
