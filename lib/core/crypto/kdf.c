/* SPDX-License-Identifier: MIT */
#include "core/crypto/kdf.h"
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

static OSSL_PARAM octets(const char *name, wire_bytes b)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)b.p, b.n);
}

bool kdf_hkdf(wire_bytes ikm, wire_bytes salt, wire_bytes info, uint8_t *out, size_t n)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *c = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	char digest[] = "SHA256";
	OSSL_PARAM p[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		octets(OSSL_KDF_PARAM_KEY, ikm),
		octets(OSSL_KDF_PARAM_INFO, info),
		salt.n ? octets(OSSL_KDF_PARAM_SALT, salt) : OSSL_PARAM_construct_end(),
		OSSL_PARAM_construct_end(),
	};
	bool ok = c && EVP_KDF_derive(c, out, n, p) > 0;

	EVP_KDF_CTX_free(c);
	EVP_KDF_free(kdf);
	return ok;
}
