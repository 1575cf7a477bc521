/* SPDX-License-Identifier: MIT */
#include "core/carrier/tunnel.h"
#include <string.h>

bool carrier_tunnel_open(carrier_tunnel *t, const carrier_env *env, framing_kind kind)
{
	*t = (carrier_tunnel){ .env = env,
			       .kind = kind,
			       .framing = framing_new(kind, FRAMING_CLIENT) };
	return t->framing != NULL;
}

void carrier_tunnel_restart(carrier_tunnel *t)
{
	framing *fresh = framing_new(t->kind, FRAMING_CLIENT);

	if (!fresh)
		return;
	framing_free(t->framing);
	t->framing = fresh;
}

void carrier_tunnel_close(carrier_tunnel *t)
{
	framing_free(t->framing);
	*t = (carrier_tunnel){ 0 };
}

void carrier_tunnel_end_batch(carrier_tunnel *t)
{
	if (t->in_batch)
		t->env->batch_end(t->env->ctx);
	t->in_batch = false;
}

/* One that came in pieces was put together in the framing's own buffer, which is reused, so that the batch
 * ends with it. */
static void on_datagram(void *ctx, uint8_t *p, size_t n)
{
	carrier_tunnel *t = ctx;

	t->in_batch = true;
	t->env->datagram(t->env->ctx, p, n);
	if (p < t->start || p >= t->end)
		carrier_tunnel_end_batch(t);
}

/* A peer that asks for more pongs than it reads gets only what fits. */
static void on_reply(void *ctx, const uint8_t *p, size_t n)
{
	carrier_tunnel *t = ctx;

	if (n > sizeof t->reply - t->reply_n)
		return;
	memcpy(t->reply + t->reply_n, p, n);
	t->reply_n += n;
}

void carrier_tunnel_begin_batch(carrier_tunnel *t, const uint8_t *p, size_t n)
{
	t->start = p;
	t->end = p + n;
}

void carrier_tunnel_octets(carrier_tunnel *t, uint8_t *p, size_t n)
{
	const framing_events ev = { .ctx = t, .datagram = on_datagram, .reply = on_reply };
	const char *what = "";

	if (t->broken || n == 0)
		return;
	framing_result r = framing_feed(t->framing, p, n, &ev, &what);
	t->broken = r != FRAMING_OK;
	if (r == FRAMING_CLOSED)
		carrier_error_set(&t->error, CARRIER_ANSWERED, "the multiplexer closed the tunnel");
	else if (t->broken)
		carrier_error_set(&t->error, CARRIER_ANSWERED,
				  "the multiplexer sends no valid tunnel: %s", what);
}

void carrier_tunnel_clear_reply(carrier_tunnel *t)
{
	t->reply_n = 0;
}

size_t carrier_tunnel_put(carrier_tunnel *t, const uint8_t *p, size_t n, uint8_t *out)
{
	return framing_put(t->framing, p, n, out);
}

size_t carrier_tunnel_put_close(carrier_tunnel *t, uint8_t out[FRAMING_OVERHEAD])
{
	return framing_close(t->framing, 1000, out);
}
