/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/crypto/aead.h"
#include "core/reg/notice.h"
#include "proto/ctl.h"
#include "proto/mip.h"

static key0_set keys_of(uint8_t octet)
{
	uint8_t key0[KEY0_LEN];
	key0_set k;

	memset(key0, octet, sizeof key0);
	assert_true(key0_set_derive(key0, &k));
	return k;
}

static bool opens(const key0_set *k, const uint8_t *p, size_t n, uint64_t *id)
{
	return reg_notice_open(k, (wire_bytes){ p, n }, id);
}

TEST(a_notice_brings_the_identification_to_who_holds_the_key)
{
	const key0_set k = keys_of(1);
	uint8_t msg[REG_NOTICE_LEN];
	uint64_t id = 0;

	assert_int_equal(reg_notice_build(&k, 0x0123456789abcdef, msg), REG_NOTICE_LEN);
	assert_int_equal(msg[0], 0x15);
	assert_int_equal(dgram_classify(msg, sizeof msg), DGRAM_OWN);
	assert_true(opens(&k, msg, sizeof msg, &id));
	assert_true(id == 0x0123456789abcdef);
}

/* docs/protocol.md, section 22: somebody else's implementation must be able to open it. */
TEST(it_is_sealed_as_the_document_says)
{
	uint8_t key0[KEY0_LEN], key[32], plain[8];
	uint8_t msg[REG_NOTICE_LEN];
	static const char label[] = "homeward restarted notice";
	key0_set k;

	for (unsigned i = 0; i < sizeof key0; i++)
		key0[i] = (uint8_t)i;
	assert_true(key0_set_derive(key0, &k));
	assert_true(kdf_hkdf((wire_bytes){ key0, sizeof key0 }, (wire_bytes){ NULL, 0 },
			     (wire_bytes){ (const uint8_t *)label, strlen(label) }, key,
			     sizeof key));
	assert_int_equal(reg_notice_build(&k, 7, msg), REG_NOTICE_LEN);
	assert_true(aead_open(key, msg + 4, (wire_bytes){ msg, 4 }, (wire_bytes){ msg + 16, 24 },
			      plain));
	assert_true(load_be64(plain) == 7);
}

TEST(nothing_of_it_can_be_changed)
{
	const key0_set k = keys_of(1);
	uint8_t msg[REG_NOTICE_LEN];
	uint64_t id;

	assert_int_equal(reg_notice_build(&k, 7, msg), REG_NOTICE_LEN);
	for (size_t bit = 0; bit < 8 * sizeof msg; bit++) {
		msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(opens(&k, msg, sizeof msg, &id));
		msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(opens(&k, msg, sizeof msg, &id));
}

TEST(another_key_or_length_opens_none)
{
	const key0_set k = keys_of(1), other = keys_of(2);
	uint8_t msg[REG_NOTICE_LEN + 1] = { 0 };
	uint64_t id;

	assert_int_equal(reg_notice_build(&k, 7, msg), REG_NOTICE_LEN);
	assert_false(opens(&other, msg, REG_NOTICE_LEN, &id));
	assert_false(opens(&k, msg, REG_NOTICE_LEN + 1, &id));
	assert_false(opens(&k, msg, REG_NOTICE_LEN - 1, &id));
	assert_false(opens(&k, msg, 0, &id));
}

TEST(two_of_the_same_client_have_nothing_in_common)
{
	const key0_set k = keys_of(1);
	uint8_t a[REG_NOTICE_LEN], b[REG_NOTICE_LEN];

	assert_int_equal(reg_notice_build(&k, 7, a), REG_NOTICE_LEN);
	assert_int_equal(reg_notice_build(&k, 7, b), REG_NOTICE_LEN);
	assert_memory_not_equal(a + 4, b + 4, 8);
	assert_memory_not_equal(a + 16, b + 16, 8);
}

RUN(T(a_notice_brings_the_identification_to_who_holds_the_key),
    T(it_is_sealed_as_the_document_says), T(nothing_of_it_can_be_changed),
    T(another_key_or_length_opens_none), T(two_of_the_same_client_have_nothing_in_common))
