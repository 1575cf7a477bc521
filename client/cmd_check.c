/* SPDX-License-Identifier: MIT */
#include "cmds.h"
#include "profile.h"

#include <stdio.h>

int cmd_check(const options *o)
{
	profile p;
	err e = { 0 };
	const char *file = o->operand ? o->operand : o->conf;
	if (!profile_load(file, &p, &e))
		return command_failed(&e);
	bool ok = profile_reachable(file, &p, &e);
	if (ok)
		printf("%s: a good profile of %s\n", file, p.identity);
	profile_free(&p);
	return ok ? 0 : command_failed(&e);
}
