/* SPDX-License-Identifier: MIT */
/* Authenticators of registrations (core/crypto/auth.h) against published vectors. */
#include "unit.h"
#include "core/crypto/auth.h"

static void unhex(const char *hex, uint8_t *out)
{
	assert_true(hex_decode(hex, out, strlen(hex) / 2));
}

TEST(hmac_sha256_is_that_of_rfc_4231_case_2_truncated)
{
	uint8_t want[AUTH_LEN], got[AUTH_LEN];
	wire_bytes data = { (const uint8_t *)"what do ya want for nothing?", 28 };

	unhex("5bdcc146bf60754e6a042426089575c7", want);
	assert_true(auth_compute(AUTH_HMAC_SHA256_128, (const uint8_t *)"Jefe", 4, data, got));
	assert_memory_equal(got, want, AUTH_LEN);
	assert_true(auth_verify(AUTH_HMAC_SHA256_128, (const uint8_t *)"Jefe", 4, data,
				(wire_bytes){ want, AUTH_LEN }));
	want[15] ^= 1;
	assert_false(auth_verify(AUTH_HMAC_SHA256_128, (const uint8_t *)"Jefe", 4, data,
				 (wire_bytes){ want, AUTH_LEN }));
	assert_false(
		auth_verify(AUTH_HMAC_SHA256_128, (const uint8_t *)"Jefe", 4, data,
			    (wire_bytes){ got, AUTH_LEN - 1 })); /* a shorter tag proves less */
}

TEST(hmac_md5_is_that_of_rfc_2202_case_2)
{
	uint8_t want[AUTH_LEN], got[AUTH_LEN];
	wire_bytes data = { (const uint8_t *)"what do ya want for nothing?", 28 };

	unhex("750c783e6ab0b503eaa86e310a5db738", want);
	assert_true(auth_compute(AUTH_HMAC_MD5, (const uint8_t *)"Jefe", 4, data, got));
	assert_memory_equal(got, want, AUTH_LEN);
	assert_true(auth_verify(AUTH_HMAC_MD5, (const uint8_t *)"Jefe", 4, data,
				(wire_bytes){ want, AUTH_LEN }));
	assert_false(auth_verify(AUTH_HMAC_SHA256_128, (const uint8_t *)"Jefe", 4, data,
				 (wire_bytes){ want, AUTH_LEN }));
}

TEST(a_tag_of_another_length_proves_nothing)
{
	uint8_t tag[AUTH_LEN + 1] = { 0 };
	wire_bytes data = { (const uint8_t *)"data", 4 };

	assert_true(auth_compute(AUTH_HMAC_SHA256_128, (const uint8_t *)"key", 3, data, tag));
	for (size_t n = 0; n <= sizeof tag; n++)
		assert_int_equal(auth_verify(AUTH_HMAC_SHA256_128, (const uint8_t *)"key", 3, data,
					     (wire_bytes){ tag, n }),
				 n == AUTH_LEN);
}

RUN(T(hmac_sha256_is_that_of_rfc_4231_case_2_truncated), T(hmac_md5_is_that_of_rfc_2202_case_2),
    T(a_tag_of_another_length_proves_nothing))
