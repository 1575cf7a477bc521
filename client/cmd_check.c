/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "profile_paths.h"

#include <stdio.h>

/* What else only a multiplexer's connection would find out. */
static bool check_tls(const profile *p, err *e)
{
	if (p->n_muxes == 0)
		return true;
	tls_ctx *t = profile_tls_ctx(p, e);
	bool ok = t != NULL;

	tls_ctx_free(t);
	return ok;
}

bool cmd_check(const options *o, err *e)
{
	profile p;
	const char *file = options_profile(o);

	if (!profile_load(file, &p, e))
		return false;
	bool ok = profile_reachable(file, &p, e) && check_tls(&p, e);
	if (ok)
		printf("%s: a valid profile of %s\n", file, p.identity);
	profile_free(&p);
	return ok;
}
