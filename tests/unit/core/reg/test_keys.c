/* SPDX-License-Identifier: MIT */
/* Keys of registrations and associations (core/reg/keys.h). */
#include "unit.h"
#include "core/reg/keys.h"

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

RUN(T(association_keys_depend_on_every_input_and_on_the_direction))
