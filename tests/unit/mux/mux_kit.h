/* SPDX-License-Identifier: MIT */
/* mux_kit.h - a configuration file of a test's own. */
#ifndef HW_TESTS_MUX_KIT_H
#define HW_TESTS_MUX_KIT_H

#include "unit.h"
#include "conf.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* In a system that has room for 1,000 connections, 900 tunnels and 1 GiB. NULL: *e says why, and names the file without its folder's random part last. */
static inline mux_file *mux_kit_load(const char *text, err *e)
{
	char path[] = "/tmp/hw-mux-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	const mux_room_limits room = { .connections = 1000, .tunnels = 900, .memory = 1 << 30 };
	mux_file *c = mux_file_load(path, &room, e);
	unlink(path);
	return c;
}

#endif
