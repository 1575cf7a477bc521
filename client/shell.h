/* SPDX-License-Identifier: MIT */
/* shell.h - the running client: its core and what carries out what the core decides. */
#ifndef HW_CLIENT_SHELL_H
#define HW_CLIENT_SHELL_H

#include "options.h"
#include "profile.h"

/* Runs until stopped. report: the pipe of daemon_background(), or -1 in the foreground. False: the start
 * failed, was reported there too, and left nothing behind. */
bool shell_run(const profile *p, const options *o, const char *state_path, logger log, int report,
	       err *e);

#endif
