/* SPDX-License-Identifier: MIT */
/* carrier_data.c - datagrams in and out of a tunnel that is up. Outward: framed into one buffer and written
 * when the batch is over or the buffer full; what the connection does not take waits in the fair queue, and
 * nothing overtakes it there but by fairness. */
#include "io/http/carrier_priv.h"
#include "base/clock.h"
#include <stdlib.h>

enum {
	OUT_SIZE = STREAM_WRITE_MAX,
	OUT_BODY = OUT_SIZE - REQUEST_MAX,
	/* To the connection at a time: there it can't be overtaken or dropped any more. */
	PIECE = 16 * 1024,
};

bool carrier_data_new(carrier *c)
{
	c->queue = fairq_new(CARRIER_QUEUE);
	c->out = malloc(OUT_SIZE);
	return c->queue && c->out;
}

void carrier_data_free(carrier *c)
{
	fairq_free(c->queue);
	free(c->out);
}

/* ---- outward ---- */

static void write_out(carrier *c)
{
	way *w = c->won;
	if (c->out_n == 0 || !way_takes(w))
		return;
	if (w->plain)
		plain_send(w->plain, c->out + REQUEST_MAX, c->out_n);
	else
		stream_write(w->stream, c->out + REQUEST_MAX, c->out_n);
	c->out_n = 0;
}

static void gather(carrier *c, const uint8_t *p, size_t n)
{
	c->out_n += framing_put(c->won->framing, p, n, c->out + REQUEST_MAX + c->out_n);
}

/* A plain request costs a round trip: it takes what there is. */
static size_t piece(const carrier *c)
{
	return c->won->plain ? OUT_BODY : PIECE;
}

static bool room(const carrier *c, size_t n)
{
	return c->out_n + n + FRAMING_OVERHEAD <= piece(c);
}

static void send_one(carrier *c, uint32_t flow, const uint8_t *p, size_t n)
{
	if (!room(c, n))
		write_out(c);
	if (room(c, n) && way_takes(c->won) && fairq_len(c->queue) == 0)
		gather(c, p, n);
	else
		fairq_put(c->queue, clock_mono_ms(), flow, p, n);
}

void carrier_send(carrier *c, uint32_t flow, const uint8_t *p, size_t n)
{
	if (!carrier_is_up(c) || n == 0 || n > FRAMING_DATAGRAM_MAX)
		c->lost++;
	else
		send_one(c, flow, p, n);
}

void carrier_flush(carrier *c)
{
	if (carrier_is_up(c))
		write_out(c);
}

static void drain_queue(carrier *c)
{
	const uint8_t *p;
	size_t n;
	uint64_t now = clock_mono_ms();
	while (way_takes(c->won) && (p = fairq_get(c->queue, now, &n))) {
		gather(c, p, n);
		if (!room(c, FRAMING_DATAGRAM_MAX))
			write_out(c);
	}
	write_out(c);
	if (c->won && c->won->stream)
		stream_waits(c->won->stream, fairq_wait_ms(c->queue));
}

static void write_reply(carrier *c)
{
	if (c->reply_n == 0 || !way_takes(c->won))
		return;
	stream_write(c->won->stream, c->reply, c->reply_n);
	c->reply_n = 0;
}

void carrier_writable(carrier *c)
{
	if (!carrier_is_up(c))
		return;
	write_reply(c);
	write_out(c);
	drain_queue(c);
}

uint64_t carrier_dropped(const carrier *c)
{
	return fairq_dropped(c->queue) + c->lost;
}

/* ---- inward ---- */

typedef struct reading { /* one call of framing_feed() */
	carrier *carrier;
	const uint8_t *start, *end; /* what was fed */
} reading;

/* Whoever takes datagrams may keep them until the end of the batch. One that came in pieces was put
 * together elsewhere and is gone earlier, so that the batch ends with it. */
static void on_datagram(void *ctx, uint8_t *p, size_t n)
{
	const reading *r = ctx;
	carrier *c = r->carrier;
	if (carrier_is_up(c))
		c->ev.datagram(c->ev.ctx, p, n);
	if (carrier_is_up(c) && (p < r->start || p >= r->end))
		c->ev.batch_end(c->ev.ctx);
}

/* A peer that asks for more pongs than it reads gets only what fits. */
static void on_reply(void *ctx, const uint8_t *p, size_t n)
{
	const reading *r = ctx;
	carrier *c = r->carrier;
	if (n > sizeof c->reply - c->reply_n)
		return;
	memcpy(c->reply + c->reply_n, p, n);
	c->reply_n += n;
}

void carrier_received(carrier *c, way *w, uint8_t *p, size_t n)
{
	reading here = { .carrier = c, .start = p, .end = p + n };
	const framing_events ev = { .ctx = &here, .datagram = on_datagram, .reply = on_reply };
	const char *what = "";
	why_text why;
	if (!carrier_is_up(c))
		return;
	framing_result r = framing_feed(w->framing, p, n, &ev, &what);
	if (carrier_is_up(c))
		write_reply(c);
	if (carrier_is_up(c))
		c->ev.batch_end(c->ev.ctx);
	if (r == FRAMING_OK)
		return;
	if (r == FRAMING_CLOSED)
		why_set(&why, WHY_ANSWER, "the multiplexer closed the tunnel");
	else
		why_set(&why, WHY_ANSWER, "what comes from the multiplexer is no tunnel: %s", what);
	carrier_way_failed(c, w, &why);
}
