/* SPDX-License-Identifier: MIT */
/* outlet.h - where the datagrams of a tunnel go: a connection, and what it wraps them in. Octets are wrapped
 * in place, so whoever writes leaves room before and behind them. */
#ifndef HW_CORE_MUX_OUTLET_H
#define HW_CORE_MUX_OUTLET_H

#include "core/mux/env.h"

enum { MUX_OUTLET_ROOM = 64, MUX_OUTLET_MAX = MUX_WRITE_MAX - 2 * MUX_OUTLET_ROOM };

typedef enum mux_wrap {
	MUX_WRAP_NONE,   /* the connection is the tunnel's own */
	MUX_WRAP_CLOSE,  /* an answer's body that ends with the connection */
	MUX_WRAP_CHUNK,  /* a chunked one: RFC 9112 7.1 */
	MUX_WRAP_RECORD, /* FastCGI's STDOUT */
} mux_wrap;

typedef struct mux_outlet {
	void *link;
	mux_wrap wrap;
	uint16_t request;     /* of MUX_WRAP_RECORD */
	uint64_t sent, limit; /* octets; with `limit` of them it is spent */
} mux_outlet;

/* 1 .. MUX_OUTLET_MAX octets, with MUX_OUTLET_ROOM before and behind them. Not while it is full. */
void mux_outlet_write(mux_outlet *o, const mux_env *env, uint8_t *p, size_t n);
/* After the last of those: what ends an answer's body. */
void mux_outlet_end(mux_outlet *o, const mux_env *env);
bool mux_outlet_is_full(const mux_outlet *o, const mux_env *env); /* a spent one is */
bool mux_outlet_is_spent(const mux_outlet *o);

#endif
