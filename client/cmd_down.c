/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "routing.h"
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

/* Nobody answers: what a daemon left that was killed keeps traffic in, and goes now. */
static bool open_up(err *e)
{
	unsigned n;
	err why = { 0 };

	if (!routing_sweep(&n, &why) || n == 0)
		return false;
	*e = (err){ 0 };
	puts("down: the client was not running; removed the routing rules that it had left");
	return true;
}

bool cmd_down(const options *o, err *e)
{
	json_t *r = control_call(o->control, "down", NULL, o->timeout_s * 1000, e);

	if (!r)
		return open_up(e);
	json_decref(r);
	wait_until_gone(o);
	puts("down");
	return true;
}
