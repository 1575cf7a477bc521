/* SPDX-License-Identifier: MIT */
#include "core/reg/auth_ext.h"

#include "proto/mip_ext.h"

_Static_assert(KEY0_LEN == 32 && KEY2_LEN == 32 && KEY3_LEN == 32, "put() takes each of them");

static size_t put(wire_wr *w, uint8_t type, uint32_t spi, auth_algorithm a, const uint8_t key[32])
{
	uint8_t *tag = mip_auth_ext_put(w, type, spi, AUTH_LEN);

	if (!tag || w->bad)
		return 0;
	wire_bytes covered = { w->start, (size_t)(tag - w->start) };
	return auth_compute(a, key, 32, covered, tag) ? wire_len(w) : 0;
}

size_t reg_auth_finish(wire_wr *w, const key0_set *k, uint32_t spi)
{
	return put(w, MIP_EXT_MOBILE_HOME, spi, k->auth, k->key0);
}

size_t reg_auth_add(uint8_t *msg, size_t n, size_t room, uint8_t type, uint32_t spi,
		    const uint8_t key[32])
{
	wire_wr w = wire_writer(msg, room);

	wire_room(&w, n); /* what is there already */
	return put(&w, type, spi, AUTH_HMAC_SHA256_128, key);
}
