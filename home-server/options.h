/* SPDX-License-Identifier: MIT */
/* options.h - the command line: one command, its operands, options before or after it. */
#ifndef HW_SERVER_OPTIONS_H
#define HW_SERVER_OPTIONS_H

#include <stdbool.h>

enum { OPTION_PUBLICS = 8, EXIT_OK = 0, EXIT_FAILED = 1, EXIT_WRONG_USAGE = 2 };

typedef struct options {
	const char *command;
	char **operands;
	int n_operands;
	char *config;        /* -c, or made of -d; never NULL */
	const char *dir;     /* -d */
	const char *control; /* --control */
	const char *realm, *network, *lan, *listen, *interface;
	const char *publics[OPTION_PUBLICS];
	int n_publics;
	const char *address, *home, *expires, *output;
	bool json, help, version;
	char given[32]; /* the letters of the options that were given */
} options;

typedef struct command {
	const char *name;
	int (*run)(const options *o); /* exit status */
	const char *allowed; /* letters of its own options; c, d and C (--control) always are */
	int operands;        /* how many it takes */
	const char *synopsis, *help;
} command;

/* False: wrong usage; the reason was printed. Wipe with options_free(). */
bool options_parse(int argc, char **argv, options *o);
bool options_fit(const options *o, const command *c); /* false: printed */
void options_free(options *o);

#endif
