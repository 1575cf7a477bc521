/* SPDX-License-Identifier: MIT */
/* Keys of registrations and associations (core/reg/keys.h). */
#include "unit.h"
#include "core/reg/keys.h"

static void assert_hex(const uint8_t *p, const char *want)
{
	char got[129];
	size_t n = strlen(want) / 2;

	assert_true(2 * n < sizeof got);
	hex_encode(p, n, got);
	assert_string_equal(got, want);
}

static void count_up(uint8_t *p, size_t n, uint8_t from)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(from + i);
}

TEST(keys_of_encrypted_extensions_are_those_of_section_8)
{
	uint8_t key0[KEY0_LEN];
	static const key0_set zero;
	key0_set k;

	count_up(key0, sizeof key0, 0);
	assert_true(key0_set_derive(key0, &k));
	assert_hex(k.request_seal,
		   "c1113329bf5b3636b9c6158b759b079fb9c05e5a3449d4fa6beb602f14be0881");
	assert_hex(k.reply_seal,
		   "8fddd961f05e496f49b4a72ffad8bdbbc8befd20144ca38192e1dde8644d97ff");
	assert_memory_equal(k.key0, key0, sizeof key0);
	assert_int_equal(k.auth, AUTH_HMAC_SHA256_128);
	key0_set_wipe(&k);
	assert_memory_equal(&k, &zero, sizeof k);
}

TEST(keys_of_an_association_are_those_of_section_8)
{
	uint8_t key0[KEY0_LEN], secret[32];
	sa_key_input in = { .dh_shared = { secret, sizeof secret },
			    .key0 = key0,
			    .request_id = 0xe9f1a2b3c4d5e6f7,
			    .reply_id = 0xe9f1a2b3c4d5e6f7,
			    .client_spi = 0x20000001,
			    .home_spi = 0x20000002,
			    .cipher = ESP_AES_128_GCM };
	static const uint8_t zero[16];
	sa_keys keys;

	count_up(key0, sizeof key0, 0);
	count_up(secret, sizeof secret, 0x20);
	count_up(in.client_nonce, NONCE_LEN, 0xa0);
	count_up(in.home_nonce, NONCE_LEN, 0xb0);
	memset(&keys, 0xee, sizeof keys);
	assert_true(reg_derive_sa_keys(&in, &keys));
	assert_hex(keys.to_home, "53f30d3450a9018b0ad86573059f0525a9cac93f");
	assert_hex(keys.to_client, "ce2063532ea9b454a38d46172669aadb60aba352");
	assert_memory_equal(keys.to_home + 20, zero, 16);
	assert_memory_equal(keys.to_client + 20, zero, 16);
}

TEST(the_longest_secret_of_any_group_fits)
{
	uint8_t key0[KEY0_LEN] = { 1 }, secret[512 - KEY0_LEN + 1] = { 2 };
	sa_key_input in = { .dh_shared = { secret, 512 - KEY0_LEN }, .key0 = key0 };
	sa_keys keys;

	assert_true(reg_derive_sa_keys(&in, &keys));
	in.dh_shared.n++;
	assert_false(reg_derive_sa_keys(&in, &keys));
}

TEST(keys_of_a_relay_are_those_of_section_18_5)
{
	uint8_t key[32], key3[KEY3_LEN];
	static const key2_set zero;
	key2_set k;
	key2_registration r;
	uint64_t handle;

	count_up(key, sizeof key, 0);
	assert_true(reg_derive_key3(key, "dmz1", key3));
	assert_hex(key3, "05d134039be21c0116514adfc63e967d8b6bc22cf7fe6314d8d9972b72deb1ed");
	assert_true(key2_set_derive(key, &k));
	assert_memory_equal(k.key2, key, sizeof key);
	assert_hex(k.link_auth, "a9ce7ee90671a1264890efb47f0cf5ded1643341775bc1eb1a52a1474f063723");
	assert_int_equal(k.spi, 0x6b88d636);
	assert_true(reg_derive_key2(&k, 0x1a2b3c4d, 0xe9f1a2b3c4d5e6f7, &r));
	assert_hex(r.auth, "494bf8cde06cc2fe26cfb939b34931c8d93ab91086a815558643683f5054f03c");
	assert_hex(r.seal, "0e1711ce08f0e440ecbccd50df2dfe9a87b835f1b32959d3f6ceb9b469404f91");
	assert_true(reg_derive_handle(key, &handle));
	assert_true(handle == 0x86a2330b7d92b8e8);
	key2_set_wipe(&k);
	assert_memory_equal(&k, &zero, sizeof k);
}

TEST(keys_of_a_link_are_those_of_section_18_5)
{
	static const char hello[] =
		"1202000020000001e9f1a2b3c4d5e6f7358072d6365880d1aeea329adf9121383851ed21a28e3b75"
		"e965d0d2cd166254e1c86cd52c6113dd01799e97d2a2ee9a";
	static const char welcome[] =
		"1302000020000002e9f1a2b3c4d5e6f779a631eede1bf9c98f12032cdeadd0e7a079398fc786b88c"
		"c846ec89af85a51a1c1bf744e98078716e1241199011021c";
	static const char shared[] =
		"04c304fb1ca83cee75e206344231f33797e07d9929db670994b7c6fbeb1dc255";
	uint8_t key2[KEY2_LEN], h[64], w[64], x[32];
	link_key_input in = { { x, sizeof x }, key2, { h, sizeof h }, { w, sizeof w } };
	link_keys keys;

	count_up(key2, sizeof key2, 0);
	assert_true(hex_decode(hello, h, sizeof h) && hex_decode(welcome, w, sizeof w) &&
		    hex_decode(shared, x, sizeof x));
	assert_true(reg_derive_link_keys(&in, &keys));
	assert_hex(keys.to_home, "93d1f9089bcc34f234331b91f4045aba45492cbf4a289f6e0899a20100dfe4fd"
				 "c71d9fdc");
	assert_hex(keys.to_relay, "60e59816ab118a4c985952542233101d53ef65b92d389210a6966fcb0fa856ee"
				  "c9347c37");
	in.shared.n = sizeof x - 1;
	assert_false(reg_derive_link_keys(&in, &keys));
}

TEST(the_spi_that_names_key2_is_never_one_of_another_message)
{
	for (unsigned i = 0; i < 64; i++) {
		uint8_t key2[KEY2_LEN] = { (uint8_t)i };
		key2_set k;

		assert_true(key2_set_derive(key2, &k));
		assert_true(k.spi >= ESP_MIN_SPI);
	}
}

TEST(a_relays_name_may_be_as_long_as_any)
{
	uint8_t key0[KEY0_LEN] = { 1 }, a[KEY3_LEN], b[KEY3_LEN];
	char name[96] = { 0 };

	memset(name, 'x', 63);
	assert_true(reg_derive_key3(key0, name, a));
	name[62] = 'y';
	assert_true(reg_derive_key3(key0, name, b));
	assert_memory_not_equal(a, b, sizeof a);
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

RUN(T(keys_of_encrypted_extensions_are_those_of_section_8),
    T(keys_of_an_association_are_those_of_section_8), T(the_longest_secret_of_any_group_fits),
    T(keys_of_a_relay_are_those_of_section_18_5), T(keys_of_a_link_are_those_of_section_18_5),
    T(the_spi_that_names_key2_is_never_one_of_another_message),
    T(a_relays_name_may_be_as_long_as_any),
    T(association_keys_depend_on_every_input_and_on_the_direction))
