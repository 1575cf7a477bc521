/* SPDX-License-Identifier: MIT */
#include "core/mux/outlet.h"

#include "core/mux/fcgi_record.h"
#include <stdio.h>

enum { CHUNK_LINE = 16 };

static void write_chunk(const mux_outlet *o, const mux_env *env, uint8_t *p, size_t n)
{
	char line[CHUNK_LINE];
	size_t len = (size_t)snprintf(line, sizeof line, "%zx\r\n", n);

	memcpy(p - len, line, len);
	memcpy(p + n, "\r\n", 2);
	env->write(o->link, p - len, len + n + 2);
}

void mux_outlet_write(mux_outlet *o, const mux_env *env, uint8_t *p, size_t n)
{
	o->sent += n;
	switch (o->wrap) {
	case MUX_WRAP_NONE:
	case MUX_WRAP_CLOSE:
		env->write(o->link, p, n);
		break;
	case MUX_WRAP_CHUNK:
		write_chunk(o, env, p, n);
		break;
	case MUX_WRAP_RECORD:
		mux_fcgi_put_head(p - FCGI_HEAD_LEN, FCGI_STDOUT, o->request, n);
		env->write(o->link, p - FCGI_HEAD_LEN, FCGI_HEAD_LEN + n);
		break;
	}
}

void mux_outlet_end(mux_outlet *o, const mux_env *env)
{
	if (o->wrap == MUX_WRAP_CHUNK)
		env->write(o->link, "0\r\n\r\n", 5);
	else if (o->wrap == MUX_WRAP_RECORD)
		mux_fcgi_put(env, o->link, FCGI_STDOUT, o->request, NULL, 0);
}

bool mux_outlet_is_spent(const mux_outlet *o)
{
	return o->sent >= o->limit;
}

bool mux_outlet_is_full(const mux_outlet *o, const mux_env *env)
{
	return mux_outlet_is_spent(o) || env->is_full(o->link);
}
