/* SPDX-License-Identifier: MIT */
#include "show.h"
#include "cmds.h"
#include "io/daemon/control.h"

#include <stdio.h>

int command_show(const options *o, const char *command, void (*print)(const json_t *answer))
{
	err e = { 0 };
	json_t *answer = control_call(o->control, command, NULL, CALL_TIMEOUT_MS, &e);
	if (!answer)
		return command_failed(&e);
	if (o->json) {
		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print(answer);
	}
	json_decref(answer);
	return fflush(stdout) != 0;
}
