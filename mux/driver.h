/* SPDX-License-Identifier: MIT */
/* driver.h - runs the core on a loop: wakes it when one of its timers expires. */
#ifndef HW_MUX_DRIVER_H
#define HW_MUX_DRIVER_H

#include "core/mux/core.h"
#include "io/loop/loop.h"
#include "io/net/udp.h"

typedef struct driver {
	io_loop *loop;
	mux_core *core;
	udp_rx *rx; /* of all sockets */
	io_timer *timer;
} driver;

/* The core calls env->open_socket() with the driver. */
bool driver_open(driver *d, io_loop *loop, const mux_env *env, const mux_config *config,
		 const logger *log, err *e);
void driver_close(driver *d); /* also what was opened in part */

#endif
