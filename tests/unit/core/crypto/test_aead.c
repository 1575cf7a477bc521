/* SPDX-License-Identifier: MIT */
/* AES-256-GCM in one call (core/crypto/aead.h) against published vectors. */
#include "unit.h"
#include "core/crypto/aead.h"

static void unhex(const char *hex, uint8_t *out)
{
	assert_true(hex_decode(hex, out, strlen(hex) / 2));
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

TEST(what_is_not_authentic_leaves_no_plaintext_behind)
{
	static const uint8_t zero[16], key[AEAD_KEY_LEN] = { 1 }, nonce[AEAD_NONCE_LEN] = { 2 };
	uint8_t sealed[16 + AEAD_TAG_LEN], out[16 + 1];

	assert_true(aead_seal(key, nonce, (wire_bytes){ NULL, 0 },
			      (wire_bytes){ (const uint8_t *)"sixteen octets..", 16 }, sealed));
	sealed[20] ^= 1;
	memset(out, 0xee, sizeof out);
	assert_false(aead_open(key, nonce, (wire_bytes){ NULL, 0 },
			       (wire_bytes){ sealed, sizeof sealed }, out));
	assert_memory_equal(out, zero, 16);
	assert_int_equal(out[16], 0xee);
}

TEST(nothing_at_all_can_be_sealed)
{
	static const uint8_t key[AEAD_KEY_LEN] = { 1 }, nonce[AEAD_NONCE_LEN] = { 2 };
	uint8_t tag[AEAD_TAG_LEN], other[AEAD_TAG_LEN];
	wire_bytes aad = { (const uint8_t *)"a", 1 }, none = { tag, 0 };

	assert_true(aead_seal(key, nonce, aad, none, tag));
	assert_true(aead_open(key, nonce, aad, (wire_bytes){ tag, sizeof tag }, other));
	assert_false(aead_open(key, nonce, none, (wire_bytes){ tag, sizeof tag }, other));
}

RUN(T(aes_256_gcm_is_that_of_the_gcm_specification_case_16),
    T(what_is_not_authentic_leaves_no_plaintext_behind), T(nothing_at_all_can_be_sealed))
