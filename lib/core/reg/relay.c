/* SPDX-License-Identifier: MIT */
/* relay.c - the relay's part of registration messages. */
#include "core/reg/relay.h"
#include "core/reg/priv.h"

size_t reg_auth_add(uint8_t *msg, size_t n, size_t room, uint8_t type, uint32_t spi,
		    const uint8_t key[32])
{
	wire_wr w = wire_writer(msg, room);

	wire_room(&w, n); /* what is there already */
	uint8_t *tag = mip_auth_ext_put(&w, type, spi, AUTH_LEN);
	if (!tag || w.bad)
		return 0;
	wire_bytes covered = { msg, (size_t)(tag - msg) };
	return auth_compute(AUTH_HMAC_SHA256_128, key, 32, covered, tag) ? wire_len(&w) : 0;
}

static bool auth_ok(bool has, const mip_auth_ext *a, wire_bytes covered, const uint8_t key[32])
{
	return has && auth_verify(AUTH_HMAC_SHA256_128, key, 32, covered, a->authenticator);
}

bool reg_mobile_foreign_ok(const reg_scan *s, const uint8_t key[32])
{
	return auth_ok(s->has_mobile_foreign, &s->mobile_foreign, s->mobile_foreign_covered, key);
}

bool reg_foreign_home_ok(const reg_scan *s, const uint8_t key[32])
{
	return auth_ok(s->has_foreign_home, &s->foreign_home, s->foreign_home_covered, key);
}

size_t reg_relay_key_add(uint8_t *msg, size_t n, size_t room, const key2_registration *k2,
			 const reg_key3 *k)
{
	uint8_t plain[64];
	wire_wr p = wire_writer(plain, sizeof plain), w = wire_writer(msg, room);
	const general_sa sa = { k->spi, SA_AUTH_HMAC_SHA256_128, { k->key, KEY3_LEN } };

	general_sa_put(&p, &sa);
	wire_room(&w, n);
	bool ok = seal_ext_put(&w, MIP_REPLY_LEN, k2->seal, VENDOR_RELAY_KEY, SA_KEY3, k->spi,
			       (wire_bytes){ plain, wire_len(&p) });
	explicit_bzero(plain, sizeof plain);
	return ok ? wire_len(&w) : 0;
}

bool reg_key3_take(const general_sa *sa, reg_key3 *out)
{
	if (sa->spi == 0 || sa->algorithm != SA_AUTH_HMAC_SHA256_128 || sa->key.n != KEY3_LEN)
		return false;
	out->spi = sa->spi;
	memcpy(out->key, sa->key.p, KEY3_LEN);
	return true;
}

bool reg_relay_key_get(const reg_scan *s, const key2_registration *k2, reg_key3 *out)
{
	uint8_t plain[SEAL_EXT_MAX_PLAIN];
	general_ext g;
	general_sa sa;
	bool ok = s->has_relay_key &&
		  seal_ext_get(s->msg, MIP_REPLY_LEN, &s->relay_key, k2->seal, &g, plain) &&
		  g.encrypted && general_sa_get(g.data, &sa) && reg_key3_take(&sa, out);

	explicit_bzero(plain, sizeof plain);
	return ok;
}

static void put_name(wire_wr *w, const char *name)
{
	size_t mark = mip_vendor_open(w, VENDOR_RELAY_NAME);

	wire_put(w, name, strlen(name));
	mip_vendor_close(w, mark);
}

size_t reg_relay_refusal_build(const relay_refusal *f, uint8_t out[MIP_MAX_MESSAGE])
{
	enum { VENDOR_EXT_HDR = 10 };
	size_t auth = f->key ? REG_AUTH_EXT_LEN : 0;
	wire_wr w = wire_writer(out, MIP_MAX_MESSAGE);

	mip_reply_put(&w, &(mip_reply){ .code = f->code,
					.home_address = f->request->home_address,
					.home_agent = f->request->home_agent,
					.identification = f->identification });
	if (wire_len(&w) + VENDOR_EXT_HDR + strlen(f->name) + auth <= f->request_len)
		put_name(&w, f->name);
	if (w.bad)
		return 0;
	return f->key ? reg_auth_add(out, wire_len(&w), MIP_MAX_MESSAGE, MIP_EXT_MOBILE_FOREIGN,
				     f->spi, f->key)
		      : wire_len(&w);
}
