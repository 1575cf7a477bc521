/* SPDX-License-Identifier: MIT */
#include "cmds.h"
#include "io/daemon/control.h"

#include <stdio.h>
#include <unistd.h>

/* The answer comes when all is put back; then the daemon has only to let go of its socket. */
static void wait_until_gone(const options *o)
{
	enum { TRIES = 100, PAUSE_US = 20000 };
	json_t *r;
	for (int i = 0; i < TRIES && (r = control_call(o->control, "status", NULL, 1000, NULL));
	     i++) {
		json_decref(r);
		usleep(PAUSE_US);
	}
}

int cmd_down(const options *o)
{
	err e = { 0 };
	json_t *r = control_call(o->control, "down", NULL, o->timeout_s * 1000, &e);
	if (!r)
		return command_failed(&e);
	json_decref(r);
	wait_until_gone(o);
	puts("down");
	return 0;
}
