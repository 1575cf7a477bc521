/* SPDX-License-Identifier: MIT */
/* options.h - what the client's command line sets, and the commands that main.c lists. */
#ifndef HW_CLIENT_OPTIONS_H
#define HW_CLIENT_OPTIONS_H

#include "io/cli/cli.h"
#include "io/daemon/show.h"

typedef struct options {
	const char *profile; /* as an operand; NULL: none, see options_profile() */
	const char *config, *control;
	const char *state; /* NULL: as the profile has it */
	unsigned timeout_s;
	bool foreground;
	show_options show;
} options;

/* The profile's file: the operand, else --config. */
static inline const char *options_profile(const options *o)
{
	return o->profile ? o->profile : o->config;
}

cli_run cmd_up, cmd_down, cmd_status, cmd_paths, cmd_roam, cmd_check;

#endif
