/* SPDX-License-Identifier: MIT */
/* relay_file.h - admitting a relay: its section in our configuration, and its own configuration file. */
#ifndef HW_SERVER_RELAY_FILE_H
#define HW_SERVER_RELAY_FILE_H

#include "conf.h"

typedef struct relay_request {
	const char *name, *public;
	ip_addr address;  /* IPv4: the relay's towards us */
	ip_addr home;     /* ours towards the relay */
	const char *file; /* to write */
} relay_request;

/* Makes KEY2 and writes both files, the relay's first; on failure neither is changed. */
bool relay_add(const server_conf *c, const relay_request *q, err *e);

#endif
