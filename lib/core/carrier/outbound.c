/* SPDX-License-Identifier: MIT */
#include "core/carrier/outbound.h"
#include <stdlib.h>

enum {
	OUT_BODY = CARRIER_WRITE_MAX - CARRIER_REQUEST_MAX,
	/* To the connection at a time: there it can't be overtaken or dropped any more. */
	PIECE = 16 * 1024,
};

bool carrier_outbound_init(carrier_outbound *o)
{
	*o = (carrier_outbound){ .queue = fairq_new(CARRIER_QUEUE),
				 .out = malloc(CARRIER_WRITE_MAX) };
	return o->queue && o->out;
}

void carrier_outbound_free(carrier_outbound *o)
{
	fairq_free(o->queue);
	free(o->out);
}

void carrier_outbound_flush(carrier_outbound *o, carrier_attempt *a, uint64_t now_ms)
{
	if (o->n == 0 || !carrier_attempt_can_write(a, now_ms))
		return;
	carrier_attempt_write(a, now_ms, o->out + CARRIER_REQUEST_MAX, o->n);
	o->n = 0;
}

static void append(carrier_outbound *o, carrier_attempt *a, const uint8_t *p, size_t n)
{
	o->n += carrier_tunnel_put(&a->tunnel, p, n, o->out + CARRIER_REQUEST_MAX + o->n);
}

/* A plain request costs a round trip: it takes what there is. */
static bool has_room(const carrier_outbound *o, const carrier_attempt *a, size_t n)
{
	return o->n + n + FRAMING_OVERHEAD <= (a->plain ? (size_t)OUT_BODY : (size_t)PIECE);
}

void carrier_outbound_send(carrier_outbound *o, carrier_attempt *a, uint64_t now_ms, uint32_t flow,
			   const uint8_t *p, size_t n)
{
	if (n == 0 || n > FRAMING_DATAGRAM_MAX) {
		o->lost++;
		return;
	}
	if (!has_room(o, a, n))
		carrier_outbound_flush(o, a, now_ms);
	if (has_room(o, a, n) && carrier_attempt_can_write(a, now_ms) && fairq_len(o->queue) == 0)
		append(o, a, p, n);
	else
		fairq_put(o->queue, now_ms, flow, p, n);
}

void carrier_outbound_drain(carrier_outbound *o, carrier_attempt *a, uint64_t now_ms)
{
	const uint8_t *p;
	size_t n;

	carrier_outbound_flush(o, a, now_ms);
	while (carrier_attempt_can_write(a, now_ms) && (p = fairq_get(o->queue, now_ms, &n))) {
		append(o, a, p, n);
		if (!has_room(o, a, FRAMING_DATAGRAM_MAX))
			carrier_outbound_flush(o, a, now_ms);
	}
	carrier_outbound_flush(o, a, now_ms);
	carrier_attempt_note_wait(a, fairq_wait_ms(o->queue));
}

void carrier_outbound_count_lost(carrier_outbound *o)
{
	o->lost++;
}

uint64_t carrier_outbound_dropped(const carrier_outbound *o)
{
	return fairq_dropped(o->queue) + o->lost;
}
