/* SPDX-License-Identifier: MIT */
#include "core/reg/key3_ext.h"

#include "proto/mip.h"
#include "proto/sa_payload.h"

bool reg_key3_put(wire_wr *w, const uint8_t seal[AEAD_KEY_LEN], uint16_t vendor_type, uint32_t spi,
		  const reg_key3 *k)
{
	uint8_t plain[64];
	wire_wr p = wire_writer(plain, sizeof plain);
	const general_sa sa = { k->spi, SA_AUTH_HMAC_SHA256_128, { k->key, KEY3_LEN } };

	general_sa_put(&p, &sa);
	bool ok = seal_ext_put(w, MIP_REPLY_LEN, seal, vendor_type, SA_KEY3, spi,
			       (wire_bytes){ plain, wire_len(&p) });
	explicit_bzero(plain, sizeof plain);
	return ok;
}

bool reg_key3_get(const general_sa *sa, reg_key3 *out)
{
	if (sa->spi == 0 || sa->algorithm != SA_AUTH_HMAC_SHA256_128 || sa->key.n != KEY3_LEN)
		return false;
	out->spi = sa->spi;
	memcpy(out->key, sa->key.p, KEY3_LEN);
	return true;
}
