/* SPDX-License-Identifier: MIT */
#include "core/crypto/auth.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>

bool auth_compute(auth_algorithm a, const uint8_t *key, size_t key_len, wire_bytes data,
		  uint8_t out[AUTH_LEN])
{
	uint8_t full[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	const EVP_MD *md = a == AUTH_HMAC_MD5 ? EVP_md5() : EVP_sha256();

	if (key_len > INT32_MAX || !HMAC(md, key, (int)key_len, data.p, data.n, full, &n) ||
	    n < AUTH_LEN)
		return false;
	memcpy(out, full, AUTH_LEN);
	explicit_bzero(full, sizeof full);
	return true;
}

bool auth_verify(auth_algorithm a, const uint8_t *key, size_t key_len, wire_bytes data,
		 wire_bytes tag)
{
	uint8_t want[AUTH_LEN];

	return tag.n == AUTH_LEN && auth_compute(a, key, key_len, data, want) &&
	       bytes_equal_ct(want, tag.p, AUTH_LEN);
}
