/* SPDX-License-Identifier: MIT */
/* options.h - the multiplexer's command line: one command, options before or after it. */
#ifndef HW_MUX_OPTIONS_H
#define HW_MUX_OPTIONS_H

#include "base/err.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_WRONG_USAGE = 2 };

typedef struct options {
	const char *command, *config, *control;
	bool json, help, version;
} options;

/* False: wrong usage; the reason was printed. */
bool options_parse(int argc, char **argv, options *o);

int cmd_run(const options *o); /* exit status */
int cmd_status(const options *o);
int cmd_check(const options *o);
int cmd_failed(const err *e); /* prints the one line that says what is wrong */

#endif
