/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "io/daemon/control.h"

bool cmd_roam(const options *o, err *e)
{
	enum { ANSWER_MS = 5000 };
	json_t *r = control_call(o->control, "roam", NULL, ANSWER_MS, e);

	json_decref(r);
	return r != NULL;
}
