/* SPDX-License-Identifier: MIT */
/* auth.h - authenticators of registration messages (RFC 5944 3.5.1): HMAC-SHA-256 truncated to 128 bits;
 * HMAC-MD5 for a peer whose security association names it. */
#ifndef HW_CORE_CRYPTO_AUTH_H
#define HW_CORE_CRYPTO_AUTH_H

#include "base/wire.h"

enum { AUTH_LEN = 16, KEY0_LEN = 32 };
typedef enum auth_algorithm { AUTH_HMAC_SHA256_128, AUTH_HMAC_MD5 } auth_algorithm;
bool auth_compute(auth_algorithm a, const uint8_t *key, size_t key_len, wire_bytes data,
		  uint8_t out[AUTH_LEN]);
bool auth_verify(auth_algorithm a, const uint8_t *key, size_t key_len, wire_bytes data,
		 wire_bytes tag);

#endif
