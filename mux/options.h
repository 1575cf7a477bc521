/* SPDX-License-Identifier: MIT */
/* options.h - what the multiplexer's command line sets, and the commands that main.c lists. */
#ifndef HW_MUX_OPTIONS_H
#define HW_MUX_OPTIONS_H

#include "io/cli/cli.h"
#include "io/daemon/show.h"

typedef struct options {
	const char *config, *control;
	show_options show;
} options;

cli_run cmd_run, cmd_status, cmd_check;

#endif
