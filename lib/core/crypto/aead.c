/* SPDX-License-Identifier: MIT */
#include "core/crypto/aead.h"
#include <openssl/evp.h>

/* Sets key, nonce and associated data. */
static bool start(EVP_CIPHER_CTX *c, const uint8_t *key, const uint8_t *nonce, wire_bytes aad,
		  int encrypt)
{
	int n;

	if (!c || aad.n > INT32_MAX)
		return false;
	if (!EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce, encrypt))
		return false;
	return aad.n == 0 || EVP_CipherUpdate(c, NULL, &n, aad.p, (int)aad.n);
}

bool aead_seal(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN], wire_bytes aad,
	       wire_bytes plain, uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0, tail = 0;
	bool ok = plain.n <= INT32_MAX && start(c, key, nonce, aad, 1) &&
		  EVP_CipherUpdate(c, out, &n, plain.p, (int)plain.n) &&
		  EVP_CipherFinal_ex(c, out + n, &tail) &&
		  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_LEN, out + plain.n);

	EVP_CIPHER_CTX_free(c);
	return ok;
}

bool aead_open(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN], wire_bytes aad,
	       wire_bytes sealed, uint8_t *out)
{
	if (sealed.n < AEAD_TAG_LEN || sealed.n > INT32_MAX)
		return false;
	size_t len = sealed.n - AEAD_TAG_LEN;
	uint8_t tag[AEAD_TAG_LEN];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0, tail = 0;

	memcpy(tag, sealed.p + len, sizeof tag);
	bool ok = start(c, key, nonce, aad, 0) &&
		  EVP_CipherUpdate(c, out, &n, sealed.p, (int)len) &&
		  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_LEN, tag) &&
		  EVP_CipherFinal_ex(c, out + n, &tail) > 0;
	EVP_CIPHER_CTX_free(c);
	if (!ok)
		explicit_bzero(out, len);
	return ok;
}
