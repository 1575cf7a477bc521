/* SPDX-License-Identifier: MIT */
/* requests.h - what the other commands ask of the running client, by its control socket. */
#ifndef HW_CLIENT_REQUESTS_H
#define HW_CLIENT_REQUESTS_H

#include "carriers.h"
#include "routing.h"
#include "io/daemon/control.h"

enum { REQUESTS_WAITING = 8 };

typedef struct requests {
	client_core *core; /* these four are borrowed */
	const carriers *carriers;
	const routing *routing;
	const char *identity;
	control *control;
	control_peer *waiting[REQUESTS_WAITING]; /* for the end of `down` */
	unsigned n_waiting;
} requests;

/* The borrowed fields are there. */
bool requests_open(requests *r, io_loop *l, const char *path, err *e);
/* All is put back: answers those who wait in `down`. */
void requests_close(requests *r);

#endif
