/* SPDX-License-Identifier: MIT */
/* mip.c - fixed parts of registration messages, and what a datagram is by its first octets. */
#include "proto/mip.h"
#include "proto/ctl.h"
#include "proto/esp_hdr.h"

enum {
	TYPE_REQUEST = 1,
	TYPE_REPLY = 3,
	TYPE_REVOCATION = 7,      /* RFC 3543 3.3 */
	TYPE_REVOCATION_ACK = 15, /* RFC 3543 3.4 */
	REVOCATION_LEN = 20,
	REVOCATION_ACK_LEN = 12,
	OWN_FIRST = 0x10,
	OWN_LAST = 0x1f,
	NON_ESP_MARKER_LEN = 4, /* RFC 3948 2.2 */
	IKE_HDR_LEN = 28,       /* RFC 7296 3.1 */
};

static dgram_kind at_least(size_t n, size_t need, dgram_kind kind)
{
	return n >= need ? kind : DGRAM_BAD;
}

dgram_kind dgram_classify(const uint8_t *p, size_t n)
{
	if (n == 1 && p[0] == 0xff)
		return DGRAM_KEEPALIVE; /* RFC 3948 2.3 */
	if (n < 4)
		return DGRAM_BAD;
	if (load_be32(p) == 0)
		return at_least(n, NON_ESP_MARKER_LEN + IKE_HDR_LEN, DGRAM_IKE);
	switch (p[0]) {
	case TYPE_REQUEST:
		return at_least(n, MIP_REQUEST_LEN, DGRAM_REQUEST);
	case TYPE_REPLY:
		return at_least(n, MIP_REPLY_LEN, DGRAM_REPLY);
	case TYPE_REVOCATION:
		return at_least(n, REVOCATION_LEN, DGRAM_REVOCATION);
	case TYPE_REVOCATION_ACK:
		return at_least(n, REVOCATION_ACK_LEN, DGRAM_REVOCATION);
	default:
		break;
	}
	if (p[0] >= OWN_FIRST && p[0] <= OWN_LAST)
		return at_least(n, CTL_UNKNOWN_SPI_LEN, DGRAM_OWN);
	return at_least(n, ESP_MIN_LEN, DGRAM_ESP);
}

static ip_addr get_ip4(wire_rd *r)
{
	uint8_t b[4];

	wire_get(r, b, sizeof b);
	return ip_from_bytes(b, sizeof b);
}

static void put_ip4(wire_wr *w, const ip_addr *a)
{
	if (a->len > 4)
		w->bad = true; /* these fields have no room for IPv6 */
	wire_put(w, a->b, 4);
}

bool mip_request_get(wire_rd *r, mip_request *out) /* RFC 5944 3.3 */
{
	if (wire_u8(r) != TYPE_REQUEST)
		r->bad = true;
	out->flags = wire_u8(r);
	out->lifetime_s = wire_u16(r);
	out->home_address = get_ip4(r);
	out->home_agent = get_ip4(r);
	out->care_of = get_ip4(r);
	out->identification = wire_u64(r);
	out->extensions = wire_rest(r);
	return !r->bad;
}

void mip_request_put(wire_wr *w, const mip_request *m)
{
	wire_put_u8(w, TYPE_REQUEST);
	wire_put_u8(w, m->flags);
	wire_put_u16(w, m->lifetime_s);
	put_ip4(w, &m->home_address);
	put_ip4(w, &m->home_agent);
	put_ip4(w, &m->care_of);
	wire_put_u64(w, m->identification);
	wire_put_bytes(w, m->extensions);
}

bool mip_reply_get(wire_rd *r, mip_reply *out) /* RFC 5944 3.4 */
{
	if (wire_u8(r) != TYPE_REPLY)
		r->bad = true;
	out->code = wire_u8(r);
	out->lifetime_s = wire_u16(r);
	out->home_address = get_ip4(r);
	out->home_agent = get_ip4(r);
	out->identification = wire_u64(r);
	out->extensions = wire_rest(r);
	return !r->bad;
}

void mip_reply_put(wire_wr *w, const mip_reply *m)
{
	wire_put_u8(w, TYPE_REPLY);
	wire_put_u8(w, m->code);
	wire_put_u16(w, m->lifetime_s);
	put_ip4(w, &m->home_address);
	put_ip4(w, &m->home_agent);
	wire_put_u64(w, m->identification);
	wire_put_bytes(w, m->extensions);
}

const char *mip_code_text(unsigned code)
{
	static const struct {
		uint8_t code;
		const char *text;
	} names[] = {
		{ MIP_ACCEPTED, "registration accepted" },
		{ MIP_ACCEPTED_NO_SIMULTANEOUS,
		  "registration accepted, but simultaneous mobility bindings unsupported" },
		{ MIP_FA_UNSPECIFIED, "reason unspecified (foreign agent)" },
		{ MIP_FA_PROHIBITED, "administratively prohibited (foreign agent)" },
		{ MIP_FA_RESOURCES, "insufficient resources (foreign agent)" },
		{ MIP_FA_MN_FAILED_AUTH, "mobile node failed authentication (foreign agent)" },
		{ MIP_FA_HA_FAILED_AUTH, "home agent failed authentication (foreign agent)" },
		{ MIP_FA_LIFETIME, "requested Lifetime too long (foreign agent)" },
		{ MIP_FA_BAD_REQUEST, "poorly formed Request (foreign agent)" },
		{ MIP_FA_BAD_REPLY, "poorly formed Reply (foreign agent)" },
		{ MIP_FA_TIMEOUT, "registration timeout (foreign agent)" },
		{ MIP_HA_UNSPECIFIED, "reason unspecified (home agent)" },
		{ MIP_HA_PROHIBITED, "administratively prohibited (home agent)" },
		{ MIP_HA_RESOURCES, "insufficient resources (home agent)" },
		{ MIP_HA_MN_FAILED_AUTH, "mobile node failed authentication (home agent)" },
		{ MIP_HA_FA_FAILED_AUTH, "foreign agent failed authentication (home agent)" },
		{ MIP_HA_IDENT_MISMATCH, "registration Identification mismatch" },
		{ MIP_HA_BAD_REQUEST, "poorly formed Request (home agent)" },
		{ MIP_HA_TOO_MANY_BINDINGS, "too many simultaneous mobility bindings" },
		{ MIP_HA_UNKNOWN_AGENT, "unknown home agent address" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].code == code)
			return names[i].text;
	return "code not defined";
}
