/* SPDX-License-Identifier: MIT */
/* requests.h - what the other commands ask of the running daemon, by its control socket. */
#ifndef HW_SERVER_REQUESTS_H
#define HW_SERVER_REQUESTS_H

#include "io/daemon/control.h"
#include "reload.h"

typedef struct requests {
	const settings *settings; /* these five are borrowed */
	const datapath *data;
	const home_core *core;
	clients *clients;
	reload *reload;
	control *control; /* NULL: closed, and nobody waits for an answer any more */
} requests;

/* The borrowed fields are there. */
bool requests_open(requests *r, io_loop *l, const char *path, err *e);
void requests_close(requests *r);

#endif
