/* SPDX-License-Identifier: MIT */
/* kdf.h - key derivation, HKDF-SHA-256 (RFC 5869). */
#ifndef HW_CORE_CRYPTO_KDF_H
#define HW_CORE_CRYPTO_KDF_H

#include "base/wire.h"

/* False: the cryptographic library failed. */
bool kdf_hkdf(wire_bytes ikm, wire_bytes salt, wire_bytes info, uint8_t *out, size_t n);

#endif
