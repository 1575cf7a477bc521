/* SPDX-License-Identifier: MIT */
/* control.h - what `status` shows of the running multiplexer: counts, and nothing about who uses it. */
#ifndef HW_MUX_CONTROL_H
#define HW_MUX_CONTROL_H

#include "conf.h"
#include "driver.h"
#include "io/daemon/control.h"

typedef struct control_state { /* what it is taken from */
	const driver *driver;
	mux_file *const *file; /* the one in force */
	const bool *is_draining;
} control_state;

control *mux_control_open(io_loop *l, const char *path, control_state *s, err *e);

#endif
