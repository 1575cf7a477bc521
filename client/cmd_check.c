/* SPDX-License-Identifier: MIT */
#include "cmds.h"
#include "profile.h"

#include <stdio.h>

/* What only a multiplexer's connection would find out. */
static bool tls_is_good(const profile *p, err *e)
{
	if (p->n_muxes == 0)
		return true;
	tls_ctx *t = profile_tls_ctx(p, e);
	bool ok = t != NULL;
	tls_ctx_free(t);
	return ok;
}

int cmd_check(const options *o)
{
	profile p;
	err e = { 0 };
	const char *file = o->operand ? o->operand : o->conf;
	if (!profile_load(file, &p, &e))
		return command_failed(&e);
	bool ok = profile_reachable(file, &p, &e) && tls_is_good(&p, &e);
	if (ok)
		printf("%s: a good profile of %s\n", file, p.identity);
	profile_free(&p);
	return ok ? 0 : command_failed(&e);
}
