/* SPDX-License-Identifier: MIT */
/* listener.h - listening sockets; what connects goes to the core. */
#ifndef HW_MUX_LISTENER_H
#define HW_MUX_LISTENER_H

#include "conf.h"
#include "driver.h"
#include "io/stream/tls.h"

typedef struct listeners listeners;

typedef struct listener {
	listeners *all;
	listen_kind kind;
	int fd;
	io_watch *watch;
} listener;

struct listeners {
	driver *driver;
	const logger *log;
	tls_ctx *tls; /* borrowed; NULL: no https */
	listener list[MUX_LISTENS];
	unsigned n;
	io_timer *resume; /* after running out of descriptors */
	rate_limit limit; /* of log lines */
};

bool listeners_open(listeners *l, driver *d, const mux_file *c, tls_ctx *tls, const logger *log,
		    err *e);
void listeners_close(listeners *l); /* also what was opened in part; again is fine */
bool listeners_have(const listeners *l, listen_kind k);
void listeners_set_tls(listeners *l, tls_ctx *tls); /* of connections from here on */

#endif
