/* SPDX-License-Identifier: MIT */
/* clients.h - who the clients are: from the registry and the durable state into the core, and out of it. */
#ifndef HW_SERVER_CLIENTS_H
#define HW_SERVER_CLIENTS_H

#include "attract.h"
#include "durable.h"

typedef struct clients { /* all borrowed */
	const settings *settings;
	const attractor *attractor;
	durable *durable;
	home_core *core;
} clients;

/* At the start, before any client registers: takes away what a killed daemon left on the home link. */
bool clients_clean(const clients *c, err *e);
bool clients_load_all(const clients *c, err *e); /* bad ones are logged and left out */
/* The registry has changed: drops those that are gone from it, loads all others. */
bool clients_reload(const clients *c, err *e);
bool clients_load(const clients *c, const char *name, err *e);
/* By name, since its file is gone when this is called. One that was never loaded is none to drop. */
bool clients_unload(const clients *c, const char *name, err *e);

#endif
