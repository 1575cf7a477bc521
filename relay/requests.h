/* SPDX-License-Identifier: MIT */
/* requests.h - what `status` asks of the running relay, by its control socket: addresses and counts, no key. */
#ifndef HW_RELAY_REQUESTS_H
#define HW_RELAY_REQUESTS_H

#include "datapath.h"
#include "io/daemon/control.h"

typedef struct requests {
	const relay_file *conf; /* these two are borrowed */
	const datapath *data;
	control *control;
} requests;

bool requests_open(requests *r, io_loop *l, const char *path, err *e);
void requests_close(requests *r);

#endif
