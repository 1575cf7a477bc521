/* SPDX-License-Identifier: MIT */
/* clients.h - who the clients are: what was read of registry and durable state into the core, and out of it. */
#ifndef HW_SERVER_CLIENTS_H
#define HW_SERVER_CLIENTS_H

#include "attract.h"
#include "client_scan.h"
#include "durable.h"

typedef struct clients {
	const settings *settings; /* these four are borrowed */
	const attractor *attractor;
	durable *durable;
	home_core *core;
	uint64_t drops; /* what was read before one may hold whom it dropped */
} clients;

/* At the start, before there is a thread: takes away what a killed daemon left on the home link, and loads all. */
bool clients_open(clients *c, err *e);
bool clients_put(const clients *c, const scanned_client *from, err *e); /* or updates */
void clients_put_all(const clients *c,
		     const client_scan *scan); /* bad ones are logged and left out */
/* By name, since its file is gone when this is called. One that was never loaded is none to drop. */
bool clients_drop(clients *c, const char *name, err *e);

#endif
