/* SPDX-License-Identifier: MIT */
/* reload.h - SIGHUP: the configuration and the registry are read again. What can't change while running is named and
 * kept; a configuration with a mistake changes nothing. */
#ifndef HW_SERVER_RELOAD_H
#define HW_SERVER_RELOAD_H

#include "client_changes.h"
#include "datapath.h"
#include "lookups.h"

typedef struct reload { /* all borrowed */
	settings *settings;
	sockets *sockets;
	datapath *data;
	home_core *core;
	clients *clients;
	lookups *lookups;
} reload;

/* Called exactly once, perhaps at once; when the daemon ends first, by durable_close(). Not ok: see the log. */
typedef void reload_done(void *ctx, bool ok);
void reload_configuration(reload *r, reload_done *done, void *ctx);

#endif
