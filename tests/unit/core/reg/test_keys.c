/* SPDX-License-Identifier: MIT */
/* Authenticators, key derivation, one-shot AEAD and Diffie-Hellman against published vectors. */
#include "unit.h"
#include "core/crypto/aead.h"
#include "core/crypto/auth.h"
#include "core/crypto/dh.h"
#include "core/reg/keys.h"
#include "proto/sa_payload.h"

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	assert_true(hex_decode(hex, out, n));
	return n;
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

TEST(aes_256_gcm_is_that_of_the_gcm_specification_case_16)
{
	uint8_t key[32], nonce[12], plain[60], aad[20], want[76], got[76], back[60];

	unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key);
	unhex("cafebabefacedbaddecaf888", nonce);
	unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf"
	      "0e2449a6b52"
	      "5b16aedf5aa0de657ba637b39",
	      plain);
	unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad);
	unhex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b0"
	      "8b1056828838"
	      "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
	      want);
	wire_bytes a = { aad, 20 };
	assert_true(aead_seal(key, nonce, a, (wire_bytes){ plain, 60 }, got));
	assert_memory_equal(got, want, 76);
	assert_true(aead_open(key, nonce, a, (wire_bytes){ got, 76 }, back));
	assert_memory_equal(back, plain, 60);
	for (size_t bit = 0; bit < 76 * 8; bit += 7) {
		got[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(aead_open(key, nonce, a, (wire_bytes){ got, 76 }, back));
		got[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_false(aead_open(key, nonce, a, (wire_bytes){ got, 15 }, back));
}

TEST(both_ends_of_every_group_agree_and_lengths_are_those_of_ikev2)
{
	static const struct {
		uint16_t group;
		size_t value, secret;
	} want[] = { { DH_X25519, 32, 32 },
		     { DH_P256, 64, 32 },
		     { DH_P384, 96, 48 },
		     { DH_MODP2048, 256, 256 } };
	err e;

	for (size_t i = 0; i < COUNT(want); i++) {
		dh *a = dh_new(want[i].group, &e), *b = dh_new(want[i].group, &e);
		uint8_t ka[DH_MAX_VALUE], kb[DH_MAX_VALUE];
		assert_non_null(a);
		assert_non_null(b);
		assert_int_equal(dh_public(a).n, want[i].value);
		assert_int_equal(dh_shared(a, dh_public(b), ka, &e), want[i].secret);
		assert_int_equal(dh_shared(b, dh_public(a), kb, &e), want[i].secret);
		assert_memory_equal(ka, kb, want[i].secret);
		dh_free(a);
		dh_free(b);
	}
}

/* RFC 6989: a value out of range, off the curve or of small order must not reach the derivation. */
TEST(degenerate_peer_values_are_refused)
{
	uint8_t value[DH_MAX_VALUE], out[DH_MAX_VALUE];
	static const uint16_t groups[] = { DH_X25519, DH_P256, DH_P384, DH_MODP2048 };
	err e;

	for (size_t i = 0; i < COUNT(groups); i++) {
		dh *d = dh_new(groups[i], &e);
		size_t n = dh_public(d).n;
		memset(value, 0, sizeof value); /* 0 */
		assert_int_equal(dh_shared(d, (wire_bytes){ value, n }, out, &e), 0);
		value[groups[i] == DH_X25519 ? 0 : n - 1] = 1; /* 1 */
		assert_int_equal(dh_shared(d, (wire_bytes){ value, n }, out, &e), 0);
		assert_int_equal(dh_shared(d, (wire_bytes){ dh_public(d).p, n - 1 }, out, &e), 0);
		if (groups[i] != DH_X25519) { /* above p, or no point; X25519 reduces any value */
			memset(value, 0xff, sizeof value);
			assert_int_equal(dh_shared(d, (wire_bytes){ value, n }, out, &e), 0);
		}
		assert_int_equal(e.kind, ERR_PEER);
		dh_free(d);
	}
}

TEST(groups_one_and_two_and_unknown_ones_are_not_offered)
{
	err e;

	assert_null(dh_new(DH_MODP768, &e));
	assert_null(dh_new(DH_MODP1024, &e));
	assert_null(dh_new(12345, &e));
	assert_false(dh_group_known(DH_MODP1024));
}

TEST(association_keys_depend_on_every_input_and_on_the_direction)
{
	uint8_t secret[32] = { 1 }, key0[KEY0_LEN] = { 2 };
	sa_key_input in = { { secret, 32 }, key0,           3, 4, { 5 }, { 6 }, 0x20000001,
			    0x20000002,     ESP_AES_256_GCM };
	sa_keys base, other;

	assert_true(reg_derive_sa_keys(&in, &base));
	assert_memory_not_equal(base.to_home, base.to_client, 36);
#define CHANGED(change)                                                                            \
	do {                                                                                       \
		sa_key_input save = in;                                                            \
		change;                                                                            \
		assert_true(reg_derive_sa_keys(&in, &other));                                      \
		assert_memory_not_equal(base.to_home, other.to_home, 20);                          \
		assert_memory_not_equal(base.to_client, other.to_client, 20);                      \
		in = save;                                                                         \
	} while (0)
	CHANGED(in.request_id++);
	CHANGED(in.reply_id++);
	CHANGED(in.client_nonce[15]++);
	CHANGED(in.home_nonce[15]++);
	CHANGED(in.client_spi++);
	CHANGED(in.home_spi++);
	CHANGED(in.cipher = ESP_CHACHA20_POLY1305);
	key0[31] ^= 1;
	CHANGED((void)0);
	key0[31] ^= 1;
	secret[31] ^= 1;
	CHANGED((void)0);
}

RUN(T(hmac_sha256_is_that_of_rfc_4231_case_2_truncated), T(hmac_md5_is_that_of_rfc_2202_case_2),
    T(hkdf_is_that_of_rfc_5869_case_1), T(hkdf_without_salt_is_that_of_rfc_5869_case_3),
    T(aes_256_gcm_is_that_of_the_gcm_specification_case_16),
    T(both_ends_of_every_group_agree_and_lengths_are_those_of_ikev2),
    T(degenerate_peer_values_are_refused), T(groups_one_and_two_and_unknown_ones_are_not_offered),
    T(association_keys_depend_on_every_input_and_on_the_direction))
