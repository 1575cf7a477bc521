/* SPDX-License-Identifier: MIT */
#include "conn.h"

#include "proto/websocket.h"
#include "upgrade.h"

static bool full(void *ctx)
{
	const conn *c = ctx;

	return stream_full(c->s);
}

static void write_down(void *ctx, uint8_t *p, size_t n)
{
	const conn *c = ctx;

	stream_write(c->s, p, n);
}

static void reply(void *ctx, const uint8_t *p, size_t n)
{
	const conn *c = ctx;

	stream_write(c->s, p, n);
}

void conn_tunnel_goodbye(conn *c, uint16_t code)
{
	uint8_t out[FRAMING_OVERHEAD];
	size_t n = framing_close(tunnel_framing(c->t), code, out);

	if (n)
		stream_write(c->s, out, n);
}

static void waits(void *ctx, uint64_t wait_ms)
{
	const conn *c = ctx;

	stream_waits(c->s, wait_ms);
}

static void lost(void *ctx, const char *why)
{
	conn *c = ctx;

	log_debug(&c->m->log, "a tunnel ends: %s", why);
	conn_tunnel_goodbye(c, WS_GOING_AWAY);
	conn_finish(c);
}

unsigned conn_upgrade(conn *c, const http_head *h, const mux_client *who)
{
	const tunnel_owner o = { .ctx = c,
				 .full = full,
				 .write = write_down,
				 .reply = reply,
				 .waits = waits,
				 .lost = lost };
	char text[UPGRADE_ANSWER];
	unsigned status;

	c->kind = c->q.kind == REQUEST_UDP ? TUNNEL_CONNECT_UDP : TUNNEL_WEBSOCKET;
	size_t n = upgrade_answer(c->q.kind, h, text);
	if (!n)
		return 500;
	c->t = tunnel_new(c->m, c->kind, c->q.target, who, &o, &status);
	if (!c->t)
		return status;
	stream_write(c->s, text, n);
	return 0;
}

void conn_tunnel_data(conn *c, uint8_t *p, size_t n)
{
	const char *why = NULL;
	framing_result r = tunnel_up(c->t, tunnel_framing(c->t), p, n, &why);

	if (r == FRAMING_OK)
		return;
	if (r == FRAMING_BROKEN) {
		c->m->counts.malformed++;
		mux_note(c->m, &c->who.from, "a tunnel ends", why);
	}
	conn_finish(c);
}
