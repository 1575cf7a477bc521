/* SPDX-License-Identifier: MIT */
/* tunnel.h - the datagrams in the octets of one tunnel: those that come go to the environment; those to be
 * sent are framed. A batch is what came in one reading of the shell: the environment may keep datagrams, which
 * lie in the buffer that was read, until it ends. */
#ifndef HW_CORE_CARRIER_TUNNEL_H
#define HW_CORE_CARRIER_TUNNEL_H

#include "core/carrier/env.h"
#include "core/http/framing.h"

typedef struct carrier_tunnel { /* zeros: closed */
	const carrier_env *env;
	framing *framing;
	framing_kind kind;
	const uint8_t *start, *end; /* the batch's buffer */
	bool in_batch;              /* the environment has datagrams of it */
	bool broken;                /* no more is taken: `error` */
	carrier_error error;
	uint8_t reply[256]; /* of the framing (a pong, a close), to be written before datagrams */
	size_t reply_n;
} carrier_tunnel;

bool carrier_tunnel_open(carrier_tunnel *t, const carrier_env *env, framing_kind kind);
/* A new stream of octets (the body of another answer) in the same tunnel. */
void carrier_tunnel_restart(carrier_tunnel *t);
void carrier_tunnel_close(carrier_tunnel *t);

void carrier_tunnel_begin_batch(carrier_tunnel *t, const uint8_t *p, size_t n);
/* Octets of the batch. None are taken once it is broken. */
void carrier_tunnel_octets(carrier_tunnel *t, uint8_t *p, size_t n);
void carrier_tunnel_end_batch(carrier_tunnel *t);
void carrier_tunnel_clear_reply(carrier_tunnel *t); /* it was written */

/* Writes one framed datagram; room for n + FRAMING_OVERHEAD. 0: none can be sent. */
size_t carrier_tunnel_put(carrier_tunnel *t, const uint8_t *p, size_t n, uint8_t *out);
/* What to write before the connection is closed. 0: nothing. */
size_t carrier_tunnel_put_close(carrier_tunnel *t, uint8_t out[FRAMING_OVERHEAD]);

#endif
