/* SPDX-License-Identifier: MIT */
/* aead.h - one-shot AES-256-GCM for control messages; the data path has core/sa/esp_sa.h. */
#ifndef HW_CORE_CRYPTO_AEAD_H
#define HW_CORE_CRYPTO_AEAD_H

#include "base/wire.h"

enum { AEAD_KEY_LEN = 32, AEAD_NONCE_LEN = 12, AEAD_TAG_LEN = 16 };
/* out: plaintext length and AEAD_TAG_LEN octets. */
bool aead_seal(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN], wire_bytes aad,
	       wire_bytes plain, uint8_t *out);
/* sealed: ciphertext and tag; out: sealed.n - AEAD_TAG_LEN octets; false: not authentic, out zeroed. */
bool aead_open(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN], wire_bytes aad,
	       wire_bytes sealed, uint8_t *out);

#endif
