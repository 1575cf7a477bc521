/* SPDX-License-Identifier: MIT */
/* agent_adv.c - agent advertisements: a router's (RFC 1256) with the mobility agent's extension. */
#include "proto/agent_adv.h"
#include "proto/checksum.h"
#include "proto/mip.h"
#include "proto/mip_ext.h"

enum {
	ICMP_HDR = 8,
	SOLICITATION_LEN = 8,
	CODE_NO_ROUTING = 16, /* RFC 5944 2.1: does not route common traffic */
	ENTRY_WORDS = 2,      /* RFC 1256 3: address, preference */
	EXT_MOBILITY_AGENT = 16,
	MOBILITY_AGENT_LEN = 6, /* and four for each care-of address */
	AGENT_SA2 = 0x01,
	NORMAL_VENDOR_HDR = 8, /* reserved(16), vendor, vendor type: counted by the length */
};

static bool is_sum_right(const uint8_t *p, size_t n)
{
	return csum_fold(csum_partial(p, n, 0)) == 0;
}

static void put_sum(uint8_t *p, size_t n)
{
	uint16_t sum = csum_fold(csum_partial(p, n, 0));

	memcpy(p + 2, &sum, sizeof sum);
}

static bool get_header(wire_rd *r, agent_adv *out)
{
	uint8_t type = wire_u8(r), router[4];

	wire_u8(r);  /* code: whether it routes common traffic is not used */
	wire_u16(r); /* checksum */
	uint8_t n = wire_u8(r), words = wire_u8(r);
	out->router_lifetime_s = wire_u16(r);
	wire_rd entries = wire_sub(r, (size_t)n * words * 4);
	if (n > 0 && words >= ENTRY_WORDS) {
		wire_get(&entries, router, sizeof router);
		out->router = ip_from_bytes(router, sizeof router);
	}
	return !r->bad && type == ICMP_ROUTER_ADVERTISEMENT;
}

static bool get_mobility(wire_bytes b, agent_adv *out)
{
	wire_rd r = wire_reader(b.p, b.n);
	uint8_t address[4];

	out->sequence = wire_u16(&r);
	out->registration_lifetime_s = wire_u16(&r);
	out->flags = wire_u16(&r);
	if (wire_left(&r) >= 4) {
		wire_get(&r, address, 4);
		out->care_of = ip_from_bytes(address, 4);
	}
	return !r.bad;
}

static bool get_own(wire_bytes b, agent_adv *out)
{
	wire_rd r = wire_reader(b.p, b.n);
	uint8_t flags = wire_u8(&r);

	out->port = wire_u16(&r);
	wire_bytes name = wire_rest(&r);
	if (r.bad || name.n > AGENT_NAME_MAX || memchr(name.p, 0, name.n))
		return false;
	out->sa2 = flags & AGENT_SA2;
	memcpy(out->name, name.p, name.n);
	return true;
}

bool agent_adv_get(const uint8_t *p, size_t n, agent_adv *out)
{
	wire_rd r = wire_reader(p, n);
	bool mobility = false;
	mip_ext x;

	*out = (agent_adv){ 0 };
	if (n < ICMP_HDR || !is_sum_right(p, n) || !get_header(&r, out))
		return false;
	while (mip_ext_next(&r, &x)) {
		if (x.type == EXT_MOBILITY_AGENT && !mobility)
			mobility = get_mobility(x.body, out);
		else if (x.vendor_type == VENDOR_AGENT && !get_own(x.body, out))
			return false;
	}
	return mobility && !r.bad;
}

static void put_header(wire_wr *w, const agent_adv *a)
{
	bool routes = a->router.len == 4;

	wire_put_u8(w, ICMP_ROUTER_ADVERTISEMENT);
	wire_put_u8(w, routes ? 0 : CODE_NO_ROUTING);
	wire_put_u16(w, 0);
	wire_put_u8(w, routes ? 1 : 0);
	wire_put_u8(w, ENTRY_WORDS);
	wire_put_u16(w, a->router_lifetime_s);
	if (!routes)
		return;
	wire_put(w, a->router.b, 4);
	wire_put_u32(w, 0);
}

static void put_mobility(wire_wr *w, const agent_adv *a)
{
	bool has = a->care_of.len == 4;

	wire_put_u8(w, EXT_MOBILITY_AGENT);
	wire_put_u8(w, (uint8_t)(MOBILITY_AGENT_LEN + (has ? 4 : 0)));
	wire_put_u16(w, a->sequence);
	wire_put_u16(w, a->registration_lifetime_s);
	wire_put_u16(w, a->flags);
	if (has)
		wire_put(w, a->care_of.b, 4);
}

static void put_own(wire_wr *w, const agent_adv *a)
{
	size_t n = strlen(a->name);

	wire_put_u8(w, MIP_EXT_NORMAL_VENDOR);
	wire_put_u8(w, (uint8_t)(NORMAL_VENDOR_HDR + 3 + n));
	wire_put_u16(w, 0);
	wire_put_u32(w, MIP_VENDOR);
	wire_put_u16(w, VENDOR_AGENT);
	wire_put_u8(w, a->sa2 ? AGENT_SA2 : 0);
	wire_put_u16(w, a->port);
	wire_put(w, a->name, n);
}

size_t agent_adv_put(const agent_adv *a, uint8_t *out, size_t room)
{
	wire_wr w = wire_writer(out, room);

	put_header(&w, a);
	put_mobility(&w, a);
	put_own(&w, a);
	if (w.bad)
		return 0;
	put_sum(out, wire_len(&w));
	return wire_len(&w);
}

bool agent_solicit_get(const uint8_t *p, size_t n)
{
	return n >= SOLICITATION_LEN && p[0] == ICMP_ROUTER_SOLICITATION && p[1] == 0 &&
	       is_sum_right(p, n);
}

size_t agent_solicit_put(uint8_t *out, size_t room)
{
	if (room < SOLICITATION_LEN)
		return 0;
	memset(out, 0, SOLICITATION_LEN);
	out[0] = ICMP_ROUTER_SOLICITATION;
	put_sum(out, SOLICITATION_LEN);
	return SOLICITATION_LEN;
}
