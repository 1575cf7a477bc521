/* SPDX-License-Identifier: MIT */
/* network.h - the system's uplinks and the addresses of names, watched and handed to the core. */
#ifndef HW_CLIENT_NETWORK_H
#define HW_CLIENT_NETWORK_H

#include "carriers.h"
#include "resolve.h"
#include "tunnel.h"

typedef struct network {
	const profile *profile; /* these five are borrowed */
	const logger *log;
	client_core *core;
	carriers *carriers;
	tunnel *tunnel;
	netmon *mon;
	io_watch *mon_watch;
	resolver *resolver;
	endpoint cut_off; /* the last name server that was said to be cut off */
	bool names_old;   /* not all were found when last looked up */
} network;

/* names_file: where the addresses of names are kept. The others are borrowed fields to begin with. */
bool network_open(network *n, io_loop *l, const char *names_file, err *e);
void network_start(network *n); /* hands over what is known, and looks up names */
void network_examine_uplinks(network *n);
void network_close(network *n);

#endif
