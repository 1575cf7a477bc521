/* SPDX-License-Identifier: MIT */
/* general_ext.c - general extensions (docs/protocol.md 4). */
#include "proto/general_ext.h"
#include "proto/mip_ext.h"

enum { ENCRYPTED = 0x80 };

bool general_ext_get(wire_bytes body, general_ext *out)
{
	wire_rd r = wire_reader(body.p, body.n);

	out->content_type = wire_u8(&r);
	out->encrypted = wire_u8(&r) & ENCRYPTED;
	out->spi = wire_u32(&r);
	out->data = wire_rest(&r);
	return !r.bad;
}

void general_ext_put(wire_wr *w, uint16_t vendor_type, const general_ext *g)
{
	size_t mark = mip_vendor_open(w, vendor_type);

	wire_put_u8(w, g->content_type);
	wire_put_u8(w, g->encrypted ? ENCRYPTED : 0);
	wire_put_u32(w, g->spi);
	wire_put_bytes(w, g->data);
	mip_vendor_close(w, mark);
}

bool general_sa_get(wire_bytes data, general_sa *out)
{
	wire_rd r = wire_reader(data.p, data.n);

	out->spi = wire_u32(&r);
	out->algorithm = wire_u16(&r);
	out->key = wire_rest(&r);
	return !r.bad;
}

void general_sa_put(wire_wr *w, const general_sa *g)
{
	wire_put_u32(w, g->spi);
	wire_put_u16(w, g->algorithm);
	wire_put_bytes(w, g->key);
}
