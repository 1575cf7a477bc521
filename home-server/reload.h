/* SPDX-License-Identifier: MIT */
/* reload.h - SIGHUP: the configuration and the registry are read again. What can't change while running is named and
 * kept; a configuration with a mistake changes nothing. */
#ifndef HW_SERVER_RELOAD_H
#define HW_SERVER_RELOAD_H

#include "clients.h"

typedef struct reload { /* all borrowed */
	settings *settings;
	sockets *sockets;
	datapath *data;
	home_core *core;
	const clients *clients;
} reload;

/* False: all stays as it was; see the log. */
bool reload_configuration(const reload *r);

#endif
