/* SPDX-License-Identifier: MIT */
/* mip_ext.c - the walk over extensions, and the standard extensions we use. */
#include "proto/mip_ext.h"

enum {
	EXT_PAD = 0,                  /* RFC 5944 2.1.3: one octet, no length */
	EXT_OLD_CRITICAL_VENDOR = 37, /* the number RFC 3025 gave it; same layout as 38 */
	FIRST_SKIPPABLE = 128,        /* RFC 5944 1.8 */
	VENDOR_HDR_LEN = 6,           /* vendor id, vendor type */
	SUBTYPE_MN_AAA = 1,           /* RFC 4721 6 */
	UDP_TUNNEL_SUBTYPE = 0,       /* RFC 3519 3.1, 3.2 */
	UDP_FORCE = 0x80,
	UDP_REGISTRATION_REQUIRED = 0x40,
};

/* RFC 5944 1.10: type, sub-type, length(16). The critical vendor extension has the same shape with
 * a reserved octet in the sub-type's place (RFC 3115 2.1). */
static bool is_long(uint8_t type)
{
	return type == MIP_EXT_GENERALIZED_AUTH || type == EXT_OLD_CRITICAL_VENDOR ||
	       type == MIP_EXT_CRITICAL_VENDOR;
}

static bool is_vendor(uint8_t type)
{
	return type == MIP_EXT_CRITICAL_VENDOR || type == MIP_EXT_NORMAL_VENDOR;
}

/* Leaves in *body what follows the vendor header; false: too short for one. */
static bool take_vendor_header(wire_rd *body, mip_ext *out)
{
	if (out->type == MIP_EXT_NORMAL_VENDOR)
		wire_u16(body); /* reserved, RFC 3115 2.2 */
	wire_rd look = *body;
	uint32_t vendor = wire_u32(&look);
	uint16_t vendor_type = wire_u16(&look);
	if (look.bad)
		return false;
	if (vendor == MIP_VENDOR && vendor_type != 0) {
		out->vendor_type = vendor_type;
		*body = look;
	}
	return true;
}

bool mip_ext_next(wire_rd *r, mip_ext *out)
{
	while (wire_left(r) > 0 && *r->p == EXT_PAD)
		wire_u8(r);
	if (wire_left(r) == 0)
		return false;
	*out = (mip_ext){ .at = r->p };
	out->type = wire_u8(r);
	out->critical = out->type < FIRST_SKIPPABLE;
	size_t len;
	if (is_long(out->type)) {
		out->subtype = wire_u8(r);
		len = wire_u16(r);
	} else {
		len = wire_u8(r);
	}
	wire_rd body = wire_sub(r, len);
	if (!r->bad && is_vendor(out->type) && !take_vendor_header(&body, out))
		r->bad = true;
	out->body = wire_rest(&body);
	return !r->bad;
}

/* Type, length(8), which counts what follows it (RFC 5944 1.9). */
static size_t open_short(wire_wr *w, uint8_t type)
{
	wire_put_u8(w, type);
	return wire_open_u8(w);
}

static void close_short(wire_wr *w, size_t mark)
{
	wire_close_u8(w, mark, mark + 1);
}

size_t mip_vendor_open(wire_wr *w, uint16_t vendor_type) /* RFC 3115 2.1 */
{
	wire_put_u8(w, MIP_EXT_CRITICAL_VENDOR);
	wire_put_u8(w, 0);
	size_t mark = wire_open_u16(w);
	wire_put_u32(w, MIP_VENDOR);
	wire_put_u16(w, vendor_type);
	return mark;
}

void mip_vendor_close(wire_wr *w, size_t mark)
{
	wire_close_u16(w, mark, mark + 2);
}

bool mip_auth_ext_get(wire_bytes body, mip_auth_ext *out) /* RFC 5944 3.5.2 */
{
	wire_rd r = wire_reader(body.p, body.n);

	out->spi = wire_u32(&r);
	out->authenticator = wire_rest(&r);
	return !r.bad && out->authenticator.n > 0;
}

uint8_t *mip_auth_ext_put(wire_wr *w, uint8_t type, uint32_t spi, size_t len)
{
	wire_put_u8(w, type);
	if (is_long(type)) { /* RFC 4721 5 */
		wire_put_u8(w, SUBTYPE_MN_AAA);
		wire_put_u16(w, (uint16_t)(4 + len));
	} else {
		wire_put_u8(w, (uint8_t)(4 + len));
	}
	if (len > UINT8_MAX - 4)
		w->bad = true; /* no authenticator is that long */
	wire_put_u32(w, spi);
	return wire_room(w, len);
}

bool mip_udp_request_get(wire_bytes body, mip_udp_request *out) /* RFC 3519 3.1 */
{
	wire_rd r = wire_reader(body.p, body.n);

	if (wire_u8(&r) != UDP_TUNNEL_SUBTYPE)
		return false;
	wire_u8(&r);
	uint8_t flags = wire_u8(&r);
	out->force = flags & UDP_FORCE;
	out->registration_required = flags & UDP_REGISTRATION_REQUIRED;
	out->encapsulation = wire_u8(&r);
	wire_u16(&r);
	return wire_done(&r);
}

void mip_udp_request_put(wire_wr *w, const mip_udp_request *m)
{
	size_t mark = open_short(w, MIP_EXT_UDP_TUNNEL_REQUEST);

	wire_put_u8(w, UDP_TUNNEL_SUBTYPE);
	wire_put_u8(w, 0);
	wire_put_u8(w, (uint8_t)((m->force ? UDP_FORCE : 0) |
				 (m->registration_required ? UDP_REGISTRATION_REQUIRED : 0)));
	wire_put_u8(w, m->encapsulation);
	wire_put_u16(w, 0);
	close_short(w, mark);
}

bool mip_udp_reply_get(wire_bytes body, mip_udp_reply *out) /* RFC 3519 3.2 */
{
	wire_rd r = wire_reader(body.p, body.n);

	if (wire_u8(&r) != UDP_TUNNEL_SUBTYPE)
		return false;
	out->code = wire_u8(&r);
	out->force = wire_u8(&r) & UDP_FORCE;
	wire_u8(&r);
	out->keepalive_s = wire_u16(&r);
	return wire_done(&r);
}

void mip_udp_reply_put(wire_wr *w, const mip_udp_reply *m)
{
	size_t mark = open_short(w, MIP_EXT_UDP_TUNNEL_REPLY);

	wire_put_u8(w, UDP_TUNNEL_SUBTYPE);
	wire_put_u8(w, m->code);
	wire_put_u8(w, m->force ? UDP_FORCE : 0);
	wire_put_u8(w, 0);
	wire_put_u16(w, m->keepalive_s);
	close_short(w, mark);
}

bool mip_notify_get(wire_bytes body, mip_notify *out)
{
	wire_rd r = wire_reader(body.p, body.n);

	out->reason = wire_u16(&r);
	out->data = wire_u32(&r);
	return wire_done(&r);
}

void mip_notify_put(wire_wr *w, const mip_notify *m)
{
	wire_put_u16(w, m->reason);
	wire_put_u32(w, m->data);
}

const char *mip_notify_text(unsigned reason)
{
	static const char *const text[] = {
		[NOTIFY_NONE] = "no reason given",
		[NOTIFY_NO_PROPOSAL] = "no proposal acceptable",
		[NOTIFY_WRONG_GROUP] = "another key exchange group required",
		[NOTIFY_NOT_HOME_LINK] = "not heard on the home link",
		[NOTIFY_EXPIRED] = "account expired",
		[NOTIFY_NO_ADDRESS] = "no permanent address available",
	};

	_Static_assert(sizeof text / sizeof text[0] == NOTIFY_N_REASONS, "name every reason");

	return reason < NOTIFY_N_REASONS ? text[reason] : "reason not defined";
}
