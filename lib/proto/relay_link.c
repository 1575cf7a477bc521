/* SPDX-License-Identifier: MIT */
/* relay_link.c - the messages of a relay and home to each other. */
#include "proto/relay_link.h"

static void put_zeros(wire_wr *w, size_t n)
{
	uint8_t *p = wire_room(w, n);

	if (p)
		memset(p, 0, n);
}

bool link_hello_get(const uint8_t *p, size_t n, link_hello *out)
{
	wire_rd r = wire_reader(p, n);

	out->type = wire_u8(&r);
	uint8_t version = wire_u8(&r);
	out->flags = wire_u8(&r);
	wire_u8(&r);
	out->spi = wire_u32(&r);
	out->time = wire_u64(&r);
	wire_get(&r, out->value, LINK_VALUE_LEN);
	out->auth = (wire_bytes){ wire_take(&r, LINK_AUTH_LEN), LINK_AUTH_LEN };
	out->covered = (wire_bytes){ p, LINK_HELLO_LEN - LINK_AUTH_LEN };
	return wire_done(&r) && version == LINK_VERSION &&
	       (out->type == LINK_HELLO || out->type == LINK_WELCOME);
}

uint8_t *link_hello_put(wire_wr *w, const link_hello *m)
{
	wire_put_u8(w, m->type);
	wire_put_u8(w, LINK_VERSION);
	wire_put_u8(w, m->flags);
	wire_put_u8(w, 0);
	wire_put_u32(w, m->spi);
	wire_put_u64(w, m->time);
	wire_put(w, m->value, LINK_VALUE_LEN);
	return wire_room(w, LINK_AUTH_LEN);
}

bool link_is_other_version(const uint8_t *p, size_t n, uint8_t *version)
{
	if (n < 2 || (p[0] != LINK_HELLO && p[0] != LINK_WELCOME) || p[1] == LINK_VERSION)
		return false;
	*version = p[1];
	return true;
}

bool link_refused_get(const uint8_t *p, size_t n, uint8_t auth[LINK_AUTH_LEN])
{
	wire_rd r = wire_reader(p, n);
	uint32_t type = wire_u32(&r);

	wire_u32(&r);
	wire_get(&r, auth, LINK_AUTH_LEN);
	return wire_done(&r) && type == (uint32_t)LINK_REFUSED << 24;
}

void link_refused_put(wire_wr *w, const uint8_t auth[LINK_AUTH_LEN])
{
	wire_put_u32(w, (uint32_t)LINK_REFUSED << 24);
	wire_put_u32(w, 0);
	wire_put(w, auth, LINK_AUTH_LEN);
}

bool link_admit_get(wire_rd *r, link_admit *out)
{
	uint8_t kind = wire_u8(r);

	out->flags = wire_u8(r);
	out->count = wire_u16(r);
	out->from = wire_u64(r);
	out->to = wire_u64(r);
	return !r->bad && kind == LINK_ADMIT && out->from <= out->to &&
	       wire_left(r) == (size_t)out->count * LINK_ENTRY_LEN;
}

void link_admit_put(wire_wr *w, const link_admit *m)
{
	wire_put_u8(w, LINK_ADMIT);
	wire_put_u8(w, m->flags);
	wire_put_u16(w, m->count);
	wire_put_u64(w, m->from);
	wire_put_u64(w, m->to);
}

bool link_entry_get(wire_rd *r, link_entry *out)
{
	out->handle = wire_u64(r);
	out->flags = wire_u8(r);
	wire_take(r, 3);
	for (int i = 0; i < LINK_SPIS; i++)
		out->spis[i] = wire_u32(r);
	out->last_id = wire_u64(r);
	wire_get(r, out->key3, sizeof out->key3);
	return !r->bad;
}

void link_entry_put(wire_wr *w, const link_entry *m)
{
	wire_put_u64(w, m->handle);
	wire_put_u8(w, m->flags);
	put_zeros(w, 3);
	for (int i = 0; i < LINK_SPIS; i++)
		wire_put_u32(w, m->spis[i]);
	wire_put_u64(w, m->last_id);
	wire_put(w, m->key3, sizeof m->key3);
}

bool link_ack_get(wire_rd *r, uint64_t *version)
{
	uint8_t kind = wire_u8(r);

	wire_take(r, 7);
	*version = wire_u64(r);
	return wire_done(r) && kind == LINK_ACK;
}

void link_ack_put(wire_wr *w, uint64_t version)
{
	wire_put_u8(w, LINK_ACK);
	put_zeros(w, 7);
	wire_put_u64(w, version);
}

bool link_ping_get(wire_rd *r, link_ping *out)
{
	out->kind = wire_u8(r);
	wire_take(r, 7);
	out->stamp = wire_u64(r);
	return wire_done(r) && (out->kind == LINK_PING || out->kind == LINK_PONG);
}

void link_ping_put(wire_wr *w, const link_ping *m)
{
	wire_put_u8(w, m->kind);
	put_zeros(w, 7);
	wire_put_u64(w, m->stamp);
}
