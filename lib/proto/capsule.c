/* SPDX-License-Identifier: MIT */
#include "proto/capsule.h"

#define VARINT_MAX ((UINT64_C(1) << 62) - 1)

size_t varint_len(uint8_t first)
{
	return (size_t)1 << (first >> 6);
}

/* RFC 9000 16: the two most significant bits are the length's logarithm, the rest is the value. */
uint64_t varint_get(wire_rd *r)
{
	size_t left = wire_left(r);
	const uint8_t *p = wire_take(r, left ? varint_len(*r->p) : 1);

	if (!p)
		return 0;
	switch (p[0] >> 6) {
	case 0:
		return p[0];
	case 1:
		return load_be16(p) & 0x3fff;
	case 2:
		return load_be32(p) & 0x3fffffff;
	default:
		return load_be64(p) & VARINT_MAX;
	}
}

void varint_put(wire_wr *w, uint64_t v)
{
	if (v < 0x40)
		wire_put_u8(w, (uint8_t)v);
	else if (v < 0x4000)
		wire_put_u16(w, (uint16_t)(0x4000 | v));
	else if (v < 0x40000000)
		wire_put_u32(w, (uint32_t)(0x80000000 | v));
	else if (v <= VARINT_MAX)
		wire_put_u64(w, UINT64_C(3) << 62 | v);
	else
		w->bad = true;
}

int capsule_head_get(wire_rd *r, capsule_head *out)
{
	wire_rd at = *r;

	out->type = varint_get(&at);
	out->len = varint_get(&at);
	if (at.bad)
		return 0;
	*r = at;
	return 1;
}

void capsule_datagram_put(wire_wr *w, size_t n)
{
	varint_put(w, CAPSULE_DATAGRAM);
	varint_put(w, (uint64_t)n + 1); /* the context identifier is one octet long */
	varint_put(w, CAPSULE_CONTEXT_UDP);
}
