/* SPDX-License-Identifier: MIT */
/* reply.h - the answer to a WebSocket's pings. However many come, one waits to be written: to the last of them
 * (RFC 6455 5.5.3). Its memory is there only while it waits. */
#ifndef HW_CORE_MUX_REPLY_H
#define HW_CORE_MUX_REPLY_H

#include "core/http/framing.h"
#include "core/mux/outlet.h"

typedef struct mux_reply { /* of one tunnel; begin zeroed */
	uint8_t *p;        /* NULL: none waits */
	size_t n;
} mux_reply;

/* 1 .. FRAMING_REPLY_MAX octets, in place of what waits. Without memory there is no answer: the client asks again. */
void mux_reply_put(mux_reply *r, const uint8_t *p, size_t n);
/* What waits, if the outlet takes it; NULL: there is none. */
void mux_reply_write(mux_reply *r, const mux_outlet *o, const mux_env *env);
void mux_reply_drop(mux_reply *r);

#endif
