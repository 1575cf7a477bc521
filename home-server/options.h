/* SPDX-License-Identifier: MIT */
/* options.h - what the home server's command line sets, and the commands that main.c lists. */
#ifndef HW_SERVER_OPTIONS_H
#define HW_SERVER_OPTIONS_H

#include "io/cli/cli.h"
#include "io/daemon/show.h"

#include <limits.h>

typedef struct options {
	const char *name;    /* of a client or a relay, as an operand */
	const char *config;  /* NULL: see options_config() */
	const char *dir;     /* NULL: the system's directories */
	const char *control; /* the daemon's socket */
	const char *realm, *network, *lan, *listen, *interface;
	cli_list publics;
	const char *address, *home, *expires, *output;
	show_options show;
} options;

/* The configuration's file: --config, else as --dir says, else the system's. */
static inline const char *options_config(const options *o, char out[PATH_MAX])
{
	if (o->config)
		return o->config;
	snprintf(out, PATH_MAX, "%s/server.conf", o->dir ? o->dir : "/etc/homeward");
	return out;
}

cli_run cmd_init, cmd_add, cmd_add_relay, cmd_remove, cmd_list, cmd_run, cmd_status, cmd_check;

#endif
