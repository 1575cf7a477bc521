/* SPDX-License-Identifier: MIT */
/* framing_ws.c - one binary message a datagram: RFC 6455. */
#include "core/http/framing_priv.h"
#include <openssl/rand.h>

enum { FRAME_CONTROL_MAX = WS_HEAD_MAX + WS_CONTROL_MAX };

/* RFC 6455 5.3: unpredictable. Drawn by the batch: one draw costs as much as a datagram. */
static bool next_mask(ws_state *s, uint8_t mask[MASK_LEN])
{
	if (s->keys_left == 0) {
		if (RAND_bytes(s->keys, sizeof s->keys) != 1)
			return false;
		s->keys_left = MASK_KEYS;
	}
	s->keys_left--;
	memcpy(mask, s->keys + (size_t)s->keys_left * MASK_LEN, MASK_LEN);
	return true;
}

/* 0: no mask is to be had, nothing can be sent. */
static size_t put_frame(framing *f, uint8_t opcode, wire_bytes payload, uint8_t *out)
{
	ws_head h = { .fin = true, .opcode = opcode, .len = payload.n };
	wire_wr w = wire_writer(out, payload.n + FRAMING_OVERHEAD);

	h.masked = f->end == FRAMING_CLIENT;
	if (h.masked && !next_mask(&f->ws, h.mask))
		return 0;
	ws_head_put(&w, &h);
	size_t at = wire_len(&w);
	wire_put_bytes(&w, payload);
	if (h.masked)
		ws_mask(out + at, payload.n, h.mask, 0);
	return wire_len(&w);
}

static void reply(framing *f, feeder *to, uint8_t opcode, wire_bytes payload)
{
	uint8_t b[FRAME_CONTROL_MAX + FRAMING_OVERHEAD];

	if (f->ws.closing)
		return;
	f->ws.closing = opcode == WS_CLOSE;
	size_t n = put_frame(f, opcode, payload, b);
	if (n > 0)
		to->ev->reply(to->ev->ctx, b, n);
}

/* RFC 6455 7.1.7: fails the connection, with a code for the other end. */
static framing_result fail(framing *f, feeder *to, uint16_t code, const char *why)
{
	uint8_t b[2];

	store_be16(b, code);
	reply(f, to, WS_CLOSE, (wire_bytes){ b, sizeof b });
	to->why = why;
	return FRAMING_BROKEN;
}

/* What may follow what, and which end masks: 5.1, 5.4. */
static framing_result check(framing *f, const ws_head *h, feeder *to)
{
	bool start = h->opcode == WS_BINARY, more = h->opcode == WS_CONTINUATION;

	if (h->masked != (f->end == FRAMING_SERVER))
		return fail(f, to, WS_PROTOCOL_ERROR,
			    h->masked ? "a masked frame from a server"
				      : "an unmasked frame from a client");
	if (h->opcode == WS_TEXT)
		return fail(f, to, WS_UNSUPPORTED, "a text message");
	if (more && !f->ws.message)
		return fail(f, to, WS_PROTOCOL_ERROR, "a continuation without a message");
	if (start && f->ws.message)
		return fail(f, to, WS_PROTOCOL_ERROR, "a message inside another");
	if ((start || more) && h->len > (uint64_t)(FRAMING_DATAGRAM_MAX - f->data.have))
		return fail(f, to, WS_TOO_BIG, "a message that is too long");
	return FRAMING_OK;
}

static int ws_read_head(framing *f, wire_rd *r, feeder *to)
{
	ws_head *h = &f->ws.head;
	int got = ws_head_get(r, h);

	if (got < 0)
		fail(f, to, WS_PROTOCOL_ERROR, "a malformed frame");
	if (got <= 0)
		return got;
	if (check(f, h, to) != FRAMING_OK)
		return -1;
	if (h->opcode < WS_CLOSE)
		f->ws.message = !h->fin;
	f->left = h->len;
	f->stage = STAGE_BODY;
	return 1;
}

/* 7.4: registered, for libraries, or private; 1004 to 1006 and 1015 are never sent. */
static bool code_may_be_sent(uint16_t code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

/* 5.5.1: answered by a close, with the same code and without the reason's text. */
static framing_result closed(framing *f, wire_bytes said, feeder *to)
{
	if (said.n == 1)
		return fail(f, to, WS_PROTOCOL_ERROR, "a close with half a code");
	if (said.n >= 2 && !code_may_be_sent(load_be16(said.p)))
		return fail(f, to, WS_PROTOCOL_ERROR, "a close with an invalid code");
	said.n = said.n >= 2 ? 2 : 0;
	reply(f, to, WS_CLOSE, said);
	return FRAMING_CLOSED;
}

static framing_result control(framing *f, uint8_t *p, size_t n, feeder *to)
{
	bool last = f->left == 0;

	if (!framing_join(f, &f->ws.control, &p, &n, last))
		return framing_no_memory(to);
	if (!last)
		return FRAMING_OK;
	if (f->ws.head.opcode == WS_CLOSE)
		return closed(f, (wire_bytes){ p, n }, to);
	if (f->ws.head.opcode == WS_PING)
		reply(f, to, WS_PONG, (wire_bytes){ p, n });
	return FRAMING_OK;
}

static framing_result ws_body(framing *f, uint8_t *p, size_t n, feeder *to)
{
	const ws_head *h = &f->ws.head;
	bool last = f->left == 0 && h->fin;

	if (h->masked)
		ws_mask(p, n, h->mask, (size_t)(h->len - f->left) - n);
	if (h->opcode >= WS_CLOSE)
		return control(f, p, n, to);
	if (!framing_join(f, &f->data, &p, &n, last))
		return framing_no_memory(to);
	if (last && n > 0)
		to->ev->datagram(to->ev->ctx, p, n);
	return FRAMING_OK;
}

static size_t ws_put(framing *f, const uint8_t *p, size_t n, uint8_t *out)
{
	return put_frame(f, WS_BINARY, (wire_bytes){ p, n }, out);
}

static size_t ws_close(framing *f, uint16_t code, uint8_t *out)
{
	uint8_t b[2];

	if (f->ws.closing)
		return 0;
	f->ws.closing = true;
	store_be16(b, code);
	return put_frame(f, WS_CLOSE, (wire_bytes){ b, sizeof b }, out);
}

const framing_ops framing_ws = {
	.head = ws_read_head,
	.body = ws_body,
	.put = ws_put,
	.close = ws_close,
};
