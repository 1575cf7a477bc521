/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "io/daemon/control.h"

#include <stdio.h>
#include <unistd.h>

/* The daemon answers once all is put back; what is left is to close its socket and exit. */
static void wait_until_gone(const options *o)
{
	enum { ATTEMPTS = 100, PAUSE_US = 20000, ANSWER_MS = 1000 };
	json_t *r;

	for (int i = 0; i < ATTEMPTS; i++) {
		r = control_call(o->control, "status", NULL, ANSWER_MS, NULL);
		if (!r)
			return;
		json_decref(r);
		usleep(PAUSE_US);
	}
}

bool cmd_down(const options *o, err *e)
{
	json_t *r = control_call(o->control, "down", NULL, o->timeout_s * 1000, e);

	if (!r)
		return false;
	json_decref(r);
	wait_until_gone(o);
	puts("down");
	return true;
}
