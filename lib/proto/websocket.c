/* SPDX-License-Identifier: MIT */
#include "proto/websocket.h"

enum {
	FIN = 0x80,
	RESERVED = 0x70,
	OPCODE = 0x0f,
	MASKED = 0x80,
	LEN = 0x7f,
	LEN_16 = 126, /* the length is in the next 2 octets */
	LEN_64 = 127, /* in the next 8 */
};

static bool first_get(uint8_t b, ws_head *out)
{
	out->fin = b & FIN;
	out->opcode = b & OPCODE;
	if (b & RESERVED)
		return false;
	return out->opcode <= WS_BINARY || (out->opcode >= WS_CLOSE && out->opcode <= WS_PONG);
}

/* RFC 6455 5.2: the shortest form MUST be used, the top bit MUST be 0 (test: long_forms_are_refused);
 * 5.5: control frames are short and whole. */
static bool len_get(wire_rd *r, uint8_t b, ws_head *out)
{
	bool control = out->opcode >= WS_CLOSE;

	out->len = b & LEN;
	if (control && (!out->fin || out->len > WS_CONTROL_MAX))
		return false;
	if (out->len == LEN_16) {
		out->len = wire_u16(r);
		return r->bad || out->len >= LEN_16;
	}
	if (out->len == LEN_64) {
		out->len = wire_u64(r);
		return r->bad || (out->len > UINT16_MAX && out->len >> 63 == 0);
	}
	return true;
}

int ws_head_get(wire_rd *r, ws_head *out)
{
	wire_rd at = *r;
	uint8_t b;

	*out = (ws_head){ 0 };
	if (wire_left(&at) < 1)
		return 0;
	if (!first_get(wire_u8(&at), out))
		return -1;
	b = wire_u8(&at);
	out->masked = b & MASKED;
	if (!at.bad && !len_get(&at, b, out))
		return -1;
	if (out->masked)
		wire_get(&at, out->mask, sizeof out->mask);
	if (at.bad)
		return 0;
	*r = at;
	return 1;
}

void ws_head_put(wire_wr *w, const ws_head *h)
{
	uint8_t masked = h->masked ? MASKED : 0;

	wire_put_u8(w, (uint8_t)((h->fin ? FIN : 0) | (h->opcode & OPCODE)));
	if (h->len < LEN_16) {
		wire_put_u8(w, (uint8_t)(masked | h->len));
	} else if (h->len <= UINT16_MAX) {
		wire_put_u8(w, masked | LEN_16);
		wire_put_u16(w, (uint16_t)h->len);
	} else {
		wire_put_u8(w, masked | LEN_64);
		wire_put_u64(w, h->len);
		w->bad = w->bad || h->len >> 63;
	}
	if (h->masked)
		wire_put(w, h->mask, sizeof h->mask);
}

void ws_mask(uint8_t *p, size_t n, const uint8_t mask[4], size_t at)
{
	uint8_t key[8];
	uint64_t key8, v;
	size_t i = 0;

	for (size_t k = 0; k < sizeof key; k++)
		key[k] = mask[(at + k) % 4];
	memcpy(&key8, key, sizeof key8);
	for (; n - i >= sizeof v; i += sizeof v) {
		memcpy(&v, p + i, sizeof v);
		v ^= key8;
		memcpy(p + i, &v, sizeof v);
	}
	for (size_t k = 0; i < n; i++, k++)
		p[i] ^= key[k];
}
