/* SPDX-License-Identifier: MIT */
#include "cmds.h"
#include "io/daemon/control.h"

int cmd_roam(const options *o)
{
	err e = { 0 };
	json_t *r = control_call(o->control, "roam", NULL, CALL_TIMEOUT_MS, &e);
	if (!r)
		return command_failed(&e);
	json_decref(r);
	return 0;
}
