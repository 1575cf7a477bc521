/* SPDX-License-Identifier: MIT */
#include "core/reg/scan.h"

static bool is_known_vendor_type(uint16_t type)
{
	static const uint16_t known[] = {
		VENDOR_GENERAL_NAI, VENDOR_GENERAL_IP,   VENDOR_GENERAL_L2, VENDOR_GENERAL_SA,
		VENDOR_SA_PAYLOAD,  VENDOR_KEY_EXCHANGE, VENDOR_NONCE,      VENDOR_NOTIFY,
		VENDOR_HOME_LINK,   VENDOR_STANDBY,      VENDOR_RELAY_NAME, VENDOR_RELAY_KEY,
		VENDOR_CARRIER,     VENDOR_TIME,
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i] == type)
			return true;
	return false;
}

static bool is_known(const mip_ext *x)
{
	switch (x->type) {
	case MIP_EXT_MOBILE_HOME:
	case MIP_EXT_MOBILE_FOREIGN:
	case MIP_EXT_FOREIGN_HOME:
	case MIP_EXT_NAI:
	case MIP_EXT_UDP_TUNNEL_REQUEST:
	case MIP_EXT_UDP_TUNNEL_REPLY:
		return true;
	default:
		return is_known_vendor_type(x->vendor_type);
	}
}

static bool note_auth(const reg_scan *s, const mip_ext *x, reg_auth *to)
{
	mip_auth_ext a;

	if (to->present)
		return true;
	if (!mip_auth_ext_get(x->body, &a))
		return false;
	const uint8_t *start = s->msg.p;
	*to = (reg_auth){
		true, a.spi, a.authenticator, { start, (size_t)(a.authenticator.p - start) }
	};
	return true;
}

static bool note_mobile_home(reg_scan *s, const mip_ext *x)
{
	if (!s->mobile_home.present)
		s->inner_len = (size_t)(x->body.p + x->body.n - s->msg.p);
	return note_auth(s, x, &s->mobile_home);
}

static void note_relay_part(reg_scan *s, const mip_ext *x)
{
	if (x->vendor_type == VENDOR_RELAY_KEY && s->mobile_home.present && !s->has_relay_key) {
		s->has_relay_key = true;
		s->relay_key = *x;
	}
	if (x->vendor_type == VENDOR_RELAY_NAME && !s->has_relay_name) {
		s->has_relay_name = true;
		s->relay_name = x->body;
	}
}

static bool note(reg_scan *s, const mip_ext *x)
{
	switch (x->type) {
	case MIP_EXT_MOBILE_HOME:
		return note_mobile_home(s, x);
	case MIP_EXT_MOBILE_FOREIGN:
		return note_auth(s, x, &s->mobile_foreign);
	case MIP_EXT_FOREIGN_HOME:
		return note_auth(s, x, &s->foreign_home);
	default:
		break;
	}
	note_relay_part(s, x);
	if (s->mobile_home.present || !is_known(x))
		return true;
	if (s->n_extensions == REG_EXTENSIONS)
		return false;
	s->asks_time |= x->critical && x->vendor_type == VENDOR_TIME;
	s->extensions[s->n_extensions++] = *x;
	return true;
}

static bool walk(reg_scan *s, wire_bytes extensions)
{
	wire_rd r = wire_reader(extensions.p, extensions.n);
	mip_ext x;

	while (mip_ext_next(&r, &x)) {
		if (x.critical && !is_known(&x)) /* RFC 5944 1.8 */
			s->unknown_critical = true;
		if (!note(s, &x))
			return false;
	}
	if (!s->mobile_home.present) {
		s->n_extensions = 0;
		s->asks_time = false;
	}
	return !r.bad;
}

bool reg_scan_message(const uint8_t *p, size_t n, reg_scan *out)
{
	wire_rd r = wire_reader(p, n);

	memset(out, 0, offsetof(reg_scan, extensions));
	out->msg = (wire_bytes){ p, n };
	out->is_reply = dgram_classify(p, n) == DGRAM_REPLY;
	if (out->is_reply)
		return mip_reply_get(&r, &out->reply) && walk(out, out->reply.extensions);
	return mip_request_get(&r, &out->request) && walk(out, out->request.extensions);
}

bool reg_verify_mobile_home(const reg_scan *s, const key0_set *k)
{
	const reg_auth *a = &s->mobile_home;

	return a->present && auth_verify(k->auth, k->key0, KEY0_LEN, a->covered, a->authenticator);
}

static bool verify(const reg_auth *a, const uint8_t key[32])
{
	return a->present &&
	       auth_verify(AUTH_HMAC_SHA256_128, key, 32, a->covered, a->authenticator);
}

bool reg_verify_mobile_foreign(const reg_scan *s, const uint8_t key[32])
{
	return verify(&s->mobile_foreign, key);
}

bool reg_verify_foreign_home(const reg_scan *s, const uint8_t key[32])
{
	return verify(&s->foreign_home, key);
}
