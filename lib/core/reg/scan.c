/* SPDX-License-Identifier: MIT */
/* scan.c - the shape of a registration message, before anything in it is believed. */
#include "core/reg/priv.h"

static bool known(const mip_ext *x)
{
	static const uint16_t vendor[] = {
		VENDOR_GENERAL_NAI, VENDOR_GENERAL_IP,   VENDOR_GENERAL_L2, VENDOR_GENERAL_SA,
		VENDOR_SA_PAYLOAD,  VENDOR_KEY_EXCHANGE, VENDOR_NONCE,      VENDOR_NOTIFY,
		VENDOR_HOME_LINK,   VENDOR_STANDBY,      VENDOR_RELAY_NAME, VENDOR_RELAY_KEY,
		VENDOR_CARRIER,
	};

	if (x->type != MIP_EXT_CRITICAL_VENDOR)
		return x->type == MIP_EXT_MOBILE_HOME || x->type == MIP_EXT_MOBILE_FOREIGN ||
		       x->type == MIP_EXT_FOREIGN_HOME || x->type == MIP_EXT_UDP_TUNNEL_REPLY;
	for (size_t i = 0; i < sizeof vendor / sizeof vendor[0]; i++)
		if (vendor[i] == x->vendor_type)
			return true;
	return false;
}

typedef struct auth_place { /* where the first authentication extension of a kind is noted */
	bool *has;
	mip_auth_ext *auth;
	wire_bytes *covered;
} auth_place;

static bool note(reg_scan *s, const mip_ext *x, auth_place at)
{
	if (*at.has)
		return true;
	*at.has = mip_auth_ext_get(x->body, at.auth);
	*at.covered = (wire_bytes){ s->msg.p, (size_t)(at.auth->authenticator.p - s->msg.p) };
	return *at.has;
}

static bool note_mobile_home(reg_scan *s, const mip_ext *x)
{
	if (!s->has_auth)
		s->inner_len = (size_t)(x->body.p + x->body.n - s->msg.p);
	return note(s, x, (auth_place){ &s->has_auth, &s->auth, &s->covered });
}

/* A relay's part follows the mobile-home authentication; but what a relay itself says has none. */
static bool note_relay(reg_scan *s, const mip_ext *x)
{
	switch (x->type) {
	case MIP_EXT_MOBILE_FOREIGN:
		return note(s, x,
			    (auth_place){ &s->has_mobile_foreign, &s->mobile_foreign,
					  &s->mobile_foreign_covered });
	case MIP_EXT_FOREIGN_HOME:
		return note(s, x,
			    (auth_place){ &s->has_foreign_home, &s->foreign_home,
					  &s->foreign_home_covered });
	default:
		break;
	}
	if (x->vendor_type == VENDOR_RELAY_KEY && s->has_auth && !s->has_relay_key) {
		s->has_relay_key = true;
		s->relay_key = *x;
	}
	if (x->vendor_type == VENDOR_RELAY_NAME && !s->has_relay_name) {
		s->has_relay_name = true;
		s->relay_name = x->body;
	}
	return true;
}

static bool walk(reg_scan *s, wire_bytes extensions)
{
	wire_rd r = wire_reader(extensions.p, extensions.n);
	mip_ext x;

	while (mip_ext_next(&r, &x)) {
		if (x.critical && !known(&x))
			s->unknown_critical = true;
		if (x.type == MIP_EXT_MOBILE_HOME ? !note_mobile_home(s, &x) : !note_relay(s, &x))
			return false;
	}
	return !r.bad;
}

bool reg_scan_message(const uint8_t *p, size_t n, reg_scan *out)
{
	wire_rd r = wire_reader(p, n);

	*out = (reg_scan){ .msg = { p, n } };
	out->is_reply = dgram_classify(p, n) == DGRAM_REPLY;
	if (out->is_reply)
		return mip_reply_get(&r, &out->reply) && walk(out, out->reply.extensions);
	return mip_request_get(&r, &out->request) && walk(out, out->request.extensions);
}

bool reg_scan_verify(const reg_scan *s, const key0_set *k)
{
	return s->has_auth &&
	       auth_verify(k->auth, k->key0, KEY0_LEN, s->covered, s->auth.authenticator);
}

bool reg_walk_covered(const reg_scan *s, wire_rd *r, mip_ext *x)
{
	return mip_ext_next(r, x) && x->at < s->auth.authenticator.p &&
	       x->type != MIP_EXT_MOBILE_HOME;
}

wire_rd reg_extensions(const reg_scan *s)
{
	wire_bytes e = s->is_reply ? s->reply.extensions : s->request.extensions;
	return wire_reader(e.p, e.n);
}

size_t reg_finish(wire_wr *w, const key0_set *k, uint32_t spi)
{
	uint8_t *tag = mip_auth_ext_put(w, MIP_EXT_MOBILE_HOME, spi, AUTH_LEN);

	if (!tag || w->bad)
		return 0;
	wire_bytes covered = { w->start, (size_t)(tag - w->start) };
	return auth_compute(k->auth, k->key0, KEY0_LEN, covered, tag) ? wire_len(w) : 0;
}

/* SA payload, key exchange, nonce: the same three both ways. */
void reg_sa_put(wire_wr *w, const reg_sa *s)
{
	size_t mark = mip_vendor_open(w, VENDOR_SA_PAYLOAD);
	sa_payload_put(w, &s->sa.payload);
	mip_vendor_close(w, mark);
	mark = mip_vendor_open(w, VENDOR_KEY_EXCHANGE);
	ke_payload_put(
		w, &(ke_payload){ .kind = KE_GROUP, .group = s->ke_group, .value = s->ke_value });
	mip_vendor_close(w, mark);
	mark = mip_vendor_open(w, VENDOR_NONCE);
	wire_put(w, s->nonce, NONCE_LEN);
	mip_vendor_close(w, mark);
}

static bool sa_ext_get(const mip_ext *x, reg_sa *s, unsigned *seen)
{
	ke_payload ke;

	switch (x->vendor_type) {
	case VENDOR_SA_PAYLOAD:
		*seen |= 1;
		return sa_payload_get(x->body, &s->payload);
	case VENDOR_KEY_EXCHANGE:
		*seen |= 2;
		if (!ke_payload_get(x->body, &ke))
			return false;
		/* A user-defined group or a key from the key centre is not negotiated yet: group 0
		 * matches no transform, and the request is refused with the group to use. */
		s->ke_group = ke.kind == KE_GROUP ? ke.group : 0;
		s->ke_value = ke.value;
		return true;
	case VENDOR_NONCE:
		*seen |= 4;
		if (x->body.n != NONCE_LEN)
			return false;
		memcpy(s->nonce, x->body.p, NONCE_LEN);
		return true;
	default:
		return true;
	}
}

bool reg_sa_get(const reg_scan *s, reg_sa *out)
{
	wire_rd r = reg_extensions(s);
	unsigned seen = 0;
	mip_ext x;

	out->present = false;
	while (reg_walk_covered(s, &r, &x))
		if (!sa_ext_get(&x, out, &seen))
			return false;
	out->present = seen != 0;
	return !r.bad && (seen == 0 || seen == 7); /* all three or none */
}

void reg_put_ip(wire_wr *w, size_t hdr_len, const uint8_t key[AEAD_KEY_LEN], uint32_t spi,
		uint8_t content, const ip_addr *a)
{
	if (a->len)
		seal_ext_put(w, hdr_len, key, VENDOR_GENERAL_IP, content, spi,
			     (wire_bytes){ a->b, a->len });
}
