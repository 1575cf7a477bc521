/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/reg/relay.h"
#include "core/reg/reply.h"
#include "core/reg/request.h"

enum { PSEUDONYM = 0x2a2b3c4d };
static const uint64_t request_id = 0xe9f1a2b3c4d5e6f7;

typedef struct kit {
	key0_set keys;
	key2_set key2;
	uint8_t key3[KEY3_LEN];
	uint8_t msg[MIP_MAX_MESSAGE];
	size_t n, inner;
	reg_scan s;
} kit;

static void start(kit *k)
{
	uint8_t key0[KEY0_LEN] = { 1, 2, 3 }, key2[KEY2_LEN] = { 9, 8, 7 };

	memset(k, 0, sizeof *k);
	assert_true(key0_set_derive(key0, &k->keys));
	assert_true(key2_set_derive(key2, &k->key2));
	assert_true(reg_derive_key3(key0, "dmz1", k->key3));
}

static void request(kit *k)
{
	reg_request q = { .flags = MIP_D, .lifetime_s = 600, .identification = request_id };

	q.pseudonym = PSEUDONYM;
	strcpy(q.nai, "alice@example.net");
	k->n = k->inner = reg_request_build(&k->keys, &q, k->msg);
	assert_true(k->n > 0);
}

static void reply(kit *k, const reg_key3 *key3)
{
	reg_reply r = { .code = MIP_ACCEPTED, .lifetime_s = 600, .identification = request_id };

	r.pseudonym = PSEUDONYM;
	r.key3 = *key3;
	k->n = k->inner = reg_reply_build(&k->keys, &r, k->msg);
	assert_true(k->n > 0);
}

static void add(kit *k, uint8_t type, uint32_t spi, const uint8_t key[32])
{
	k->n = reg_auth_add(k->msg, k->n, sizeof k->msg, type, spi, key);
	assert_true(k->n > 0);
}

static bool scan(kit *k)
{
	return reg_scan_message(k->msg, k->n, &k->s);
}

TEST(what_a_relay_adds_stands_after_the_inner_message)
{
	kit k;

	start(&k);
	request(&k);
	add(&k, MIP_EXT_MOBILE_FOREIGN, PSEUDONYM, k.key3);
	assert_int_equal(k.n, k.inner + REG_AUTH_EXT_LEN);
	assert_true(scan(&k));
	assert_int_equal(k.s.inner_len, k.inner);
	assert_true(k.s.mobile_foreign.present && !k.s.foreign_home.present);
	assert_int_equal(k.s.mobile_foreign.spi, PSEUDONYM);
	assert_true(reg_verify_mobile_foreign(&k.s, k.key3));
	assert_true(reg_verify_mobile_home(&k.s, &k.keys));
}

TEST(every_changed_octet_spoils_mobile_foreign_authentication)
{
	kit k;

	start(&k);
	request(&k);
	add(&k, MIP_EXT_MOBILE_FOREIGN, PSEUDONYM, k.key3);
	for (size_t i = 0; i < k.n; i++) {
		k.msg[i] ^= 0x10;
		assert_false(scan(&k) && reg_verify_mobile_foreign(&k.s, k.key3));
		k.msg[i] ^= 0x10;
	}
}

TEST(an_extension_of_one_kind_is_not_taken_for_the_other)
{
	kit k;

	start(&k);
	request(&k);
	add(&k, MIP_EXT_FOREIGN_HOME, PSEUDONYM, k.key3);
	assert_true(scan(&k));
	assert_false(reg_verify_mobile_foreign(&k.s, k.key3));
	assert_true(reg_verify_foreign_home(&k.s, k.key3));
}

TEST(a_truncated_authenticator_is_refused)
{
	kit k;

	start(&k);
	request(&k);
	add(&k, MIP_EXT_MOBILE_FOREIGN, PSEUDONYM, k.key3);
	k.msg[k.inner + 1] -= 8; /* a shorter one, correct as far as it goes */
	k.n -= 8;
	assert_true(scan(&k));
	assert_false(reg_verify_mobile_foreign(&k.s, k.key3));
}

TEST(key3_differs_by_client_and_by_relay)
{
	uint8_t a[KEY0_LEN] = { 1 }, b[KEY0_LEN] = { 2 }, k[3][KEY3_LEN];

	assert_true(reg_derive_key3(a, "dmz1", k[0]) && reg_derive_key3(a, "dmz2", k[1]) &&
		    reg_derive_key3(b, "dmz1", k[2]));
	assert_memory_not_equal(k[0], k[1], KEY3_LEN);
	assert_memory_not_equal(k[0], k[2], KEY3_LEN);
	assert_memory_not_equal(k[0], a, KEY0_LEN);
}

TEST(key2_of_a_registration_differs_by_client_and_by_registration)
{
	kit k;
	key2_registration r[3];

	start(&k);
	assert_true(reg_derive_key2(&k.key2, PSEUDONYM, 1, &r[0]));
	assert_true(reg_derive_key2(&k.key2, PSEUDONYM, 2, &r[1]));
	assert_true(reg_derive_key2(&k.key2, PSEUDONYM + 1, 1, &r[2]));
	assert_memory_not_equal(&r[0], &r[1], sizeof r[0]);
	assert_memory_not_equal(&r[0], &r[2], sizeof r[0]);
	assert_memory_not_equal(r[0].auth, r[0].seal, 32);
}

TEST(client_and_relay_get_the_same_key3_each_under_its_own_key)
{
	kit k;
	key2_registration k2;
	reg_key3 made = { .spi = 0x51525354 }, relays = { 0 };
	reg_reply r;

	start(&k);
	memset(made.key, 0x77, KEY3_LEN);
	reply(&k, &made);
	assert_null(memmem(k.msg, k.n, made.key, 8)); /* nowhere in the clear */
	assert_true(reg_derive_key2(&k.key2, PSEUDONYM, request_id, &k2));
	k.n = reg_relay_key_add(k.msg, k.n, sizeof k.msg, &k2, &made);
	assert_true(k.n > 0);
	add(&k, MIP_EXT_FOREIGN_HOME, k.key2.spi, k2.auth);
	assert_null(memmem(k.msg, k.n, made.key, 8));
	assert_true(scan(&k) && reg_verify_foreign_home(&k.s, k2.auth));
	assert_true(reg_relay_key_get(&k.s, &k2, &relays));
	assert_memory_equal(&relays, &made, sizeof made);
	assert_true(reg_verify_mobile_home(&k.s, &k.keys) && reg_reply_open(&k.s, &k.keys, &r));
	assert_memory_equal(&r.key3, &made, sizeof made);
}

TEST(the_relays_copy_of_another_registration_does_not_open)
{
	kit k;
	key2_registration k2, other;
	reg_key3 made = { .spi = 0x51525354, .key = { 5 } }, got;

	start(&k);
	reply(&k, &made);
	assert_true(reg_derive_key2(&k.key2, PSEUDONYM, request_id, &k2));
	assert_true(reg_derive_key2(&k.key2, PSEUDONYM, request_id + 1, &other));
	k.n = reg_relay_key_add(k.msg, k.n, sizeof k.msg, &k2, &made);
	assert_true(scan(&k) && k.s.has_relay_key);
	assert_false(reg_relay_key_get(&k.s, &other, &got));
	k.msg[3] ^= 1; /* the fixed header is associated data: the lifetime */
	assert_true(scan(&k));
	assert_false(reg_relay_key_get(&k.s, &k2, &got));
}

TEST(a_refusal_is_never_longer_than_the_question)
{
	uint8_t out[MIP_MAX_MESSAGE], key[32] = { 3 };
	const mip_request q = { .identification = request_id };
	reg_relay_refusal f = { .request = &q, .code = MIP_FA_MN_FAILED_AUTH, .name = "dmz1" };

	for (size_t len = MIP_REQUEST_LEN; len < 200; len++) {
		f.request_len = len;
		size_t n = reg_relay_refusal_build(&f, out);
		assert_true(n >= MIP_REPLY_LEN && n <= len);
	}
	f.key = key; /* only who proved to hold KEY3 gets an authenticator */
	f.spi = PSEUDONYM;
	f.identification = request_id;
	reg_scan s;
	assert_true(reg_scan_message(out, reg_relay_refusal_build(&f, out), &s));
	assert_true(reg_verify_mobile_foreign(&s, key) && s.has_relay_name);
	assert_memory_equal(s.relay_name.p, "dmz1", 4);
}

TEST(a_reply_names_as_many_relays_as_fit)
{
	kit k;

	start(&k);
	reg_reply r = { .code = MIP_ACCEPTED, .lifetime_s = 600, .pseudonym = PSEUDONYM }, got;
	r.n_relays = REG_RELAYS;
	for (unsigned i = 0; i < REG_RELAYS; i++) {
		r.relays[i].at =
			(endpoint){ .addr = ip4(203, 0, 113, (uint8_t)(10 + i)), .port = 4500 };
		memset(r.relays[i].name, 'a' + (int)i, RELAY_NAME_MAX);
	}
	k.n = reg_reply_build(&k.keys, &r, k.msg);
	assert_true(k.n > 0 && scan(&k) && reg_reply_open(&k.s, &k.keys, &got));
	assert_int_equal(got.n_relays, REG_RELAYS);
	for (unsigned i = 0; i < REG_RELAYS; i++) {
		assert_true(endpoint_equal(&got.relays[i].at, &r.relays[i].at));
		assert_string_equal(got.relays[i].name, r.relays[i].name);
	}
	uint8_t value[600] = { 0 };
	r.sa.present = true;
	r.sa.ke_value = (wire_bytes){ value, sizeof value };
	k.n = reg_reply_build(&k.keys, &r, k.msg);
	assert_true(k.n > 0 && scan(&k));
	assert_true(k.n + 140 <= MIP_MAX_MESSAGE);
}

TEST(what_a_relay_appends_still_fits_and_not_an_octet_is_wasted)
{
	kit k;
	static uint8_t value[1000];
	reg_reply r = { .code = MIP_ACCEPTED, .pseudonym = PSEUDONYM, .n_relays = 1 }, got;
	size_t longest = 0;

	start(&k);
	r.relays[0].at = (endpoint){ .addr = ip4(203, 0, 113, 10), .port = 4500 };
	r.sa.present = true;
	for (size_t n = 700; n < sizeof value; n++) {
		r.sa.ke_value = (wire_bytes){ value, n };
		k.n = reg_reply_build(&k.keys, &r, k.msg);
		if (k.n == 0 || !scan(&k) || !reg_reply_open(&k.s, &k.keys, &got) || !got.n_relays)
			break;
		longest = k.n;
	}
	assert_int_equal(longest, MIP_MAX_MESSAGE - REG_RELAY_ROOM);
}

TEST(standby_is_read_as_it_was_meant)
{
	kit k;
	reg_request q = { .lifetime_s = 600, .identification = request_id, .standby = true }, got;

	start(&k);
	q.pseudonym = PSEUDONYM;
	strcpy(q.nai, "alice@example.net");
	k.n = reg_request_build(&k.keys, &q, k.msg);
	assert_true(scan(&k) && !k.s.unknown_critical && reg_request_open(&k.s, &k.keys, &got));
	assert_true(got.standby && !got.home_link);
}

RUN(T(what_a_relay_adds_stands_after_the_inner_message),
    T(every_changed_octet_spoils_mobile_foreign_authentication),
    T(an_extension_of_one_kind_is_not_taken_for_the_other), T(a_truncated_authenticator_is_refused),
    T(key3_differs_by_client_and_by_relay),
    T(key2_of_a_registration_differs_by_client_and_by_registration),
    T(client_and_relay_get_the_same_key3_each_under_its_own_key),
    T(the_relays_copy_of_another_registration_does_not_open),
    T(a_refusal_is_never_longer_than_the_question), T(a_reply_names_as_many_relays_as_fit),
    T(what_a_relay_appends_still_fits_and_not_an_octet_is_wasted),
    T(standby_is_read_as_it_was_meant))
