/* SPDX-License-Identifier: MIT */
#include "core/home/foreign.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

/* The key of this registration, from what the request is known by. */
static bool derive(const key2_set *relay, const reg_scan *request, key2_registration *out)
{
	return reg_derive_key2(relay, request->mobile_home.spi, request->request.identification,
			       out);
}

bool home_foreign_vouches(const key2_set *relay, const reg_scan *request)
{
	key2_registration k2;

	bool ok = request->foreign_home.spi == relay->spi && derive(relay, request, &k2) &&
		  reg_verify_foreign_home(request, k2.auth);
	OPENSSL_cleanse(&k2, sizeof k2);
	return ok;
}

bool home_foreign_make_key3(reg_key3 *out)
{
	if (RAND_bytes(out->key, sizeof out->key) != 1 ||
	    RAND_bytes((uint8_t *)&out->spi, sizeof out->spi) != 1)
		return false;
	out->spi |= ESP_MIN_SPI; /* RFC 5944 3.5.1 reserves 0 to 255 */
	return true;
}

size_t home_foreign_sign(const key2_set *relay, const reg_scan *request, const reg_key3 *key3,
			 uint8_t msg[MIP_MAX_MESSAGE], size_t n)
{
	key2_registration k2;

	if (!derive(relay, request, &k2))
		return 0;
	if (key3->spi)
		n = reg_relay_key_add(msg, n, MIP_MAX_MESSAGE, &k2, key3);
	if (n)
		n = reg_auth_add(msg, n, MIP_MAX_MESSAGE, MIP_EXT_FOREIGN_HOME, relay->spi,
				 k2.auth);
	OPENSSL_cleanse(&k2, sizeof k2);
	return n;
}
