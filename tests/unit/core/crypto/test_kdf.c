/* SPDX-License-Identifier: MIT */
/* Key derivation (core/crypto/kdf.h) against published vectors. */
#include "unit.h"
#include "core/crypto/kdf.h"

static void unhex(const char *hex, uint8_t *out)
{
	assert_true(hex_decode(hex, out, strlen(hex) / 2));
}

TEST(hkdf_is_that_of_rfc_5869_case_1)
{
	uint8_t ikm[22], salt[13], info[10], want[42], got[42];

	unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", ikm);
	unhex("000102030405060708090a0b0c", salt);
	unhex("f0f1f2f3f4f5f6f7f8f9", info);
	unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b88718586"
	      "5",
	      want);
	assert_true(kdf_hkdf((wire_bytes){ ikm, 22 }, (wire_bytes){ salt, 13 },
			     (wire_bytes){ info, 10 }, got, 42));
	assert_memory_equal(got, want, 42);
}

TEST(hkdf_without_salt_is_that_of_rfc_5869_case_3)
{
	uint8_t ikm[22], want[42], got[42];

	unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", ikm);
	unhex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c"
	      "8",
	      want);
	assert_true(kdf_hkdf((wire_bytes){ ikm, 22 }, (wire_bytes){ NULL, 0 },
			     (wire_bytes){ NULL, 0 }, got, 42));
	assert_memory_equal(got, want, 42);
}

RUN(T(hkdf_is_that_of_rfc_5869_case_1), T(hkdf_without_salt_is_that_of_rfc_5869_case_3))
