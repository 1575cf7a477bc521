/* SPDX-License-Identifier: MIT */
/* ctl.c - Homeward's control messages: hints outside ESP, echoes inside. */
#include "proto/ctl.h"

static void put_hint(wire_wr *w, uint8_t type, uint32_t spi)
{
	wire_put_u32(w, (uint32_t)type << 24);
	wire_put_u32(w, spi);
}

static bool get_hint(wire_rd *r, uint8_t type, uint32_t *spi)
{
	if (wire_u32(r) != (uint32_t)type << 24)
		return false;
	*spi = wire_u32(r);
	return wire_done(r);
}

void ctl_unknown_spi_put(wire_wr *w, uint32_t spi)
{
	put_hint(w, CTL_UNKNOWN_SPI, spi);
}

bool ctl_unknown_spi_get(wire_rd *r, uint32_t *spi)
{
	return get_hint(r, CTL_UNKNOWN_SPI, spi);
}

void ctl_unknown_visitor_put(wire_wr *w, uint32_t spi)
{
	put_hint(w, CTL_UNKNOWN_VISITOR, spi);
}

bool ctl_unknown_visitor_get(wire_rd *r, uint32_t *spi)
{
	return get_hint(r, CTL_UNKNOWN_VISITOR, spi);
}

bool ctl_get(wire_rd *r, ctl_msg *out)
{
	out->kind = wire_u8(r);
	out->flags = wire_u8(r);
	out->path = wire_u16(r);
	out->id = wire_u32(r);
	out->stamp_us = wire_u64(r);
	out->size = wire_u16(r);
	out->mtu = wire_u16(r);
	return !r->bad && (out->kind == CTL_ECHO || out->kind == CTL_ECHO_REPLY);
}

void ctl_put(wire_wr *w, const ctl_msg *m, size_t pad)
{
	wire_put_u8(w, m->kind);
	wire_put_u8(w, m->flags);
	wire_put_u16(w, m->path);
	wire_put_u32(w, m->id);
	wire_put_u64(w, m->stamp_us);
	wire_put_u16(w, m->size);
	wire_put_u16(w, m->mtu);
	uint8_t *zeros = wire_room(w, pad);
	if (zeros)
		memset(zeros, 0, pad);
}
