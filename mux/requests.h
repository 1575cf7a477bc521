/* SPDX-License-Identifier: MIT */
/* requests.h - what `status` shows of the running multiplexer: counts, and nothing about who uses it. */
#ifndef HW_MUX_REQUESTS_H
#define HW_MUX_REQUESTS_H

#include "conf.h"
#include "driver.h"
#include "io/daemon/control.h"

typedef struct requests {
	const driver *driver;  /* these three are borrowed */
	mux_file *const *file; /* the one in force */
	const bool *is_draining;
	control *control;
} requests;

/* The borrowed fields are there. */
bool requests_open(requests *r, io_loop *l, const char *path, err *e);
void requests_close(requests *r);

#endif
