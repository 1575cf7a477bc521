/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/reg/key3_ext.h"
#include "proto/sa_payload.h"

static const uint8_t key[64] = { 5, 6, 7 };

TEST(a_key3_has_an_spi_its_algorithm_and_32_octets)
{
	const general_sa good = { 7, SA_AUTH_HMAC_SHA256_128, { key, KEY3_LEN } };
	general_sa bad;
	reg_key3 got;

	assert_true(reg_key3_get(&good, &got));
	assert_int_equal(got.spi, 7);
	assert_memory_equal(got.key, key, KEY3_LEN);
	bad = good;
	bad.spi = 0;
	assert_false(reg_key3_get(&bad, &got));
	bad = good;
	bad.algorithm = SA_AUTH_HMAC_MD5_96;
	assert_false(reg_key3_get(&bad, &got));
	bad = good;
	bad.key.n = KEY3_LEN - 1;
	assert_false(reg_key3_get(&bad, &got));
	bad.key.n = KEY3_LEN + 1;
	assert_false(reg_key3_get(&bad, &got));
}

RUN(T(a_key3_has_an_spi_its_algorithm_and_32_octets))
