/* SPDX-License-Identifier: MIT */
#include "core/reg/relay.h"

#include "core/reg/key3_ext.h"

size_t reg_relay_key_add(uint8_t *msg, size_t n, size_t room, const key2_registration *k2,
			 const reg_key3 *k)
{
	wire_wr w = wire_writer(msg, room);

	wire_room(&w, n); /* what is there already */
	return reg_key3_put(&w, k2->seal, VENDOR_RELAY_KEY, k->spi, k) ? wire_len(&w) : 0;
}

bool reg_relay_key_get(const reg_scan *s, const key2_registration *k2, reg_key3 *out)
{
	uint8_t plain[SEAL_EXT_MAX_PLAIN];
	general_ext g;
	general_sa sa;
	bool ok = s->has_relay_key &&
		  seal_ext_get(s->msg, MIP_REPLY_LEN, &s->relay_key, k2->seal, &g, plain) &&
		  g.encrypted && general_sa_get(g.data, &sa) && reg_key3_get(&sa, out);

	explicit_bzero(plain, sizeof plain);
	return ok;
}

size_t reg_relay_refusal_build(const reg_relay_refusal *f, uint8_t out[MIP_MAX_MESSAGE])
{
	enum { VENDOR_EXT_HDR = 10 };
	size_t auth = f->key ? REG_AUTH_EXT_LEN : 0;
	wire_wr w = wire_writer(out, MIP_MAX_MESSAGE);

	mip_reply_put(&w, &(mip_reply){ .code = f->code,
					.home_address = f->request->home_address,
					.home_agent = f->request->home_agent,
					.identification = f->identification });
	if (wire_len(&w) + VENDOR_EXT_HDR + strlen(f->name) + auth <= f->request_len) {
		size_t mark = mip_vendor_open(&w, VENDOR_RELAY_NAME);
		wire_put(&w, f->name, strlen(f->name));
		mip_vendor_close(&w, mark);
	}
	if (w.bad)
		return 0;
	return f->key ? reg_auth_add(out, wire_len(&w), MIP_MAX_MESSAGE, MIP_EXT_MOBILE_FOREIGN,
				     f->spi, f->key)
		      : wire_len(&w);
}
