/* SPDX-License-Identifier: MIT */
#include "core/mux/reply.h"

#include <stdlib.h>
#include <string.h>

void mux_reply_put(mux_reply *r, const uint8_t *p, size_t n)
{
	if (!r->p)
		r->p = malloc(FRAMING_REPLY_MAX);
	if (!r->p)
		return;
	memcpy(r->p, p, n);
	r->n = n;
}

void mux_reply_write(mux_reply *r, const mux_outlet *o, const mux_env *env)
{
	if (!r->p || !o || mux_outlet_is_full(o, env))
		return;
	env->write(o->link, r->p, r->n);
	mux_reply_drop(r);
}

void mux_reply_drop(mux_reply *r)
{
	free(r->p);
	r->p = NULL;
}
