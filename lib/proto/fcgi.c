/* SPDX-License-Identifier: MIT */
#include "proto/fcgi.h"

enum {
	LEN_4 = 0x80, /* the top bit of a length of 4 octets; one of 1 octet is below it */
	BEGIN_RESERVED = 5,
	END_LEN = 8,
};
#define PAIR_LEN_MAX UINT32_C(0x7fffffff)

int fcgi_head_get(wire_rd *r, fcgi_head *out)
{
	wire_rd at = *r;
	bool any = wire_left(r) > 0;
	uint8_t version = wire_u8(&at);

	out->type = wire_u8(&at);
	out->request = wire_u16(&at);
	out->len = wire_u16(&at);
	out->padding = wire_u8(&at);
	wire_u8(&at); /* reserved */
	if (any && version != FCGI_VERSION)
		return -1;
	if (at.bad)
		return 0;
	*r = at;
	return 1;
}

void fcgi_head_put(wire_wr *w, const fcgi_head *h)
{
	wire_put_u8(w, FCGI_VERSION);
	wire_put_u8(w, h->type);
	wire_put_u16(w, h->request);
	wire_put_u16(w, h->len);
	wire_put_u8(w, h->padding);
	wire_put_u8(w, 0);
}

bool fcgi_begin_get(wire_rd *content, uint16_t *role, uint8_t *flags)
{
	*role = wire_u16(content);
	*flags = wire_u8(content);
	wire_take(content, BEGIN_RESERVED);
	return wire_done(content);
}

void fcgi_end_put(wire_wr *w, uint16_t request, uint32_t app_status, uint8_t protocol_status)
{
	static const uint8_t reserved[3];
	fcgi_head h = { .type = FCGI_END_REQUEST, .request = request, .len = END_LEN };

	fcgi_head_put(w, &h);
	wire_put_u32(w, app_status);
	wire_put_u8(w, protocol_status);
	wire_put(w, reserved, sizeof reserved);
}

static size_t len_get(wire_rd *r)
{
	if (wire_left(r) > 0 && !(*r->p & LEN_4))
		return wire_u8(r);
	return wire_u32(r) & PAIR_LEN_MAX;
}

int fcgi_pair_get(wire_rd *r, wire_bytes *name, wire_bytes *value)
{
	*name = *value = (wire_bytes){ NULL, 0 };
	if (wire_done(r))
		return 0;
	size_t name_len = len_get(r), value_len = len_get(r);
	const uint8_t *n = wire_take(r, name_len), *v = wire_take(r, value_len);

	if (r->bad)
		return -1;
	*name = (wire_bytes){ n, name_len };
	*value = (wire_bytes){ v, value_len };
	return 1;
}

static void len_put(wire_wr *w, size_t n)
{
	if (n < LEN_4)
		wire_put_u8(w, (uint8_t)n);
	else if (n <= PAIR_LEN_MAX)
		wire_put_u32(w, (uint32_t)n | ~PAIR_LEN_MAX);
	else
		w->bad = true;
}

void fcgi_pair_put(wire_wr *w, wire_bytes name, wire_bytes value)
{
	len_put(w, name.n);
	len_put(w, value.n);
	wire_put_bytes(w, name);
	wire_put_bytes(w, value);
}
