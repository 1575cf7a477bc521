/* SPDX-License-Identifier: MIT */
#include "core/client/credential.h"
#include "unit.h"

enum { PROFILE_SPI = 0x2a2b3c4d, PSEUDONYM = 0x3badcafe, NEXT_PSEUDONYM = 0x4badcafe };

static client_conf conf;
static client_events events;
static const logger silent;
static const client_host host = { .conf = &conf, .log = &silent, .events = &events };

static const core_time now = { 5000, 0xe8000000ull << 32 };

static client_credential make(const client_saved *saved)
{
	client_credential k;

	memset(conf.key0, 7, sizeof conf.key0);
	conf.spi = PROFILE_SPI;
	events = (client_events){ 0 };
	assert_true(client_credential_init(&k, &host, saved));
	return k;
}

static client_credential make_new(void)
{
	return make(&(client_saved){ 0 });
}

static bool is_at(client_credential *k, core_time at, uint64_t home_ntp)
{
	uint64_t id = client_credential_next_id(k, at), tolerance = 4ull << 32;

	return id > home_ntp - tolerance && id < home_ntp + tolerance;
}

static bool is_to_be_saved(void)
{
	client_event e;

	return client_events_take(&events, &e) && e.kind == CLIENT_EV_SAVE;
}

TEST(the_profiles_spi_is_used_until_home_gives_a_pseudonym)
{
	client_credential k = make_new();

	assert_int_equal(client_credential_spi(&k), PROFILE_SPI);
	client_credential_set_pseudonym(&k, 10, PSEUDONYM);
	assert_int_equal(client_credential_spi(&k), PSEUDONYM);
	assert_true(is_to_be_saved());
}

TEST(a_refusal_without_a_pseudonym_changes_nothing)
{
	client_credential k = make_new();

	client_credential_set_pseudonym(&k, 10, PSEUDONYM);
	assert_true(is_to_be_saved());
	client_credential_set_pseudonym(&k, 11, 0);
	assert_int_equal(client_credential_spi(&k), PSEUDONYM);
	assert_false(is_to_be_saved());
}

TEST(the_same_pseudonym_again_is_no_reason_to_write)
{
	client_credential k = make_new();

	client_credential_set_pseudonym(&k, 10, PSEUDONYM);
	assert_true(is_to_be_saved());
	client_credential_set_pseudonym(&k, 11, PSEUDONYM);
	assert_false(is_to_be_saved());
	client_credential_set_pseudonym(&k, 10, NEXT_PSEUDONYM); /* of an older request than that */
	assert_int_equal(client_credential_spi(&k), PSEUDONYM);
}

TEST(a_reply_to_an_older_request_brings_no_pseudonym)
{
	client_credential k = make_new();

	client_credential_set_pseudonym(&k, 10, PSEUDONYM);
	client_credential_set_pseudonym(&k, 9, NEXT_PSEUDONYM);
	client_credential_set_pseudonym(&k, 10, NEXT_PSEUDONYM); /* a duplicate */
	assert_int_equal(client_credential_spi(&k), PSEUDONYM);
	client_credential_set_pseudonym(&k, 11, NEXT_PSEUDONYM);
	assert_int_equal(client_credential_spi(&k), NEXT_PSEUDONYM);
}

TEST(a_pseudonym_that_home_may_not_have_gives_way_to_the_profile_until_there_is_another)
{
	client_credential k = make_new();

	assert_false(client_credential_leave_pseudonym(&k));
	client_credential_set_pseudonym(&k, 10, PSEUDONYM);
	assert_true(client_credential_leave_pseudonym(&k));
	assert_int_equal(client_credential_spi(&k), PROFILE_SPI);
	assert_false(client_credential_leave_pseudonym(&k)); /* there is no third */
	client_credential_set_pseudonym(&k, 11, NEXT_PSEUDONYM);
	assert_int_equal(client_credential_spi(&k), NEXT_PSEUDONYM);
	assert_true(client_credential_leave_pseudonym(&k));
}

TEST(pseudonym_and_clock_survive_the_process)
{
	client_credential k = make_new();
	client_saved saved = { 0 };

	client_credential_set_pseudonym(&k, 10, PSEUDONYM);
	client_credential_set_clock(&k, now, now.ntp + (100ull << 32));
	client_credential_save(&k, &saved);
	client_credential next = make(&saved);
	assert_int_equal(client_credential_spi(&next), PSEUDONYM);
	assert_true(is_at(&next, now, now.ntp + (100ull << 32)));
}

TEST(identifications_are_taken_from_homes_time_and_the_monotonic_clock)
{
	client_credential k = make_new();
	core_time later = { now.ms + 3600000, now.ntp - (86400ull << 32) }; /* ours was set back */
	const uint64_t home = now.ntp + (7200ull << 32);
	uint64_t last = 0;

	assert_false(client_credential_knows_time(&k));
	client_credential_set_clock(&k, now, home);
	assert_true(is_to_be_saved());
	assert_true(client_credential_knows_time(&k));
	assert_true(is_at(&k, now, home));
	assert_true(is_at(&k, later, home + (3600ull << 32)));
	for (int i = 0; i < 100; i++) {
		uint64_t id = client_credential_next_id(&k, later);
		assert_true(id > last);
		last = id;
	}
}

TEST(questions_have_random_identifications)
{
	uint64_t a = client_credential_question_id(), b = client_credential_question_id();

	assert_true(a != b && a && b);
	assert_int_not_equal(a >> 32, b >> 32);
}

static size_t request(const client_credential *k, reg_scan *s, uint8_t msg[MIP_MAX_MESSAGE])
{
	const reg_request q = { .flags = MIP_D | MIP_T,
				.identification = now.ntp,
				.pseudonym = client_credential_spi(k),
				.care_of = ip4(10, 1, 0, 10),
				.nai = "alice@example.net" };
	size_t n = client_credential_build(k, &q, msg);

	assert_true(n > 0 && reg_scan_message(msg, n, s));
	return n;
}

TEST(a_request_is_authentic_to_whoever_shares_the_key_alone)
{
	client_credential k = make_new();
	uint8_t msg[MIP_MAX_MESSAGE];
	reg_scan s;

	request(&k, &s, msg);
	assert_int_equal(s.mobile_home.spi, PROFILE_SPI);
	assert_true(client_credential_verifies(&k, &s));
	conf.key0[0]++;
	client_credential other;
	assert_true(client_credential_init(&other, &host, &(client_saved){ 0 }));
	assert_false(client_credential_verifies(&other, &s));
}

TEST(a_reply_is_opened_with_the_key_that_home_sealed_it_with)
{
	client_credential k = make_new();
	const reg_reply r = { .lifetime_s = 600,
			      .identification = now.ntp,
			      .pseudonym = PROFILE_SPI,
			      .next_pseudonym = PSEUDONYM,
			      .home4 = ip4(192, 168, 50, 101) };
	uint8_t msg[MIP_MAX_MESSAGE];
	reg_reply got;
	key0_set home;
	reg_scan s;

	assert_true(key0_set_derive(conf.key0, &home));
	size_t n = reg_reply_build(&home, &r, msg);
	assert_true(n > 0 && reg_scan_message(msg, n, &s));
	assert_true(client_credential_verifies(&k, &s));
	assert_true(client_credential_opens(&k, &s, &got));
	assert_int_equal(got.next_pseudonym, PSEUDONYM);
	assert_true(ip_equal(&got.home4, &r.home4));
}

TEST(keys_follow_from_the_secret_that_is_shared_with_home)
{
	client_credential k = make_new();
	const uint8_t shared[32] = { 1, 2, 3 };
	sa_key_input in = { .dh_shared = { shared, sizeof shared },
			    .request_id = 10,
			    .reply_id = 11,
			    .client_spi = 0x1000,
			    .home_spi = 0x2000,
			    .cipher = ESP_AES_128_GCM };
	sa_keys keys, of_home;
	uint8_t key3[KEY3_LEN], key3_of_home[KEY3_LEN];

	assert_true(client_credential_derive_sa(&k, &in, &keys));
	in.key0 = conf.key0;
	assert_true(reg_derive_sa_keys(&in, &of_home));
	assert_memory_equal(&keys, &of_home, sizeof keys);
	assert_true(client_credential_derive_key3(&k, "relay.example.net", key3));
	assert_true(reg_derive_key3(conf.key0, "relay.example.net", key3_of_home));
	assert_memory_equal(key3, key3_of_home, KEY3_LEN);
}

RUN(T(the_profiles_spi_is_used_until_home_gives_a_pseudonym),
    T(a_refusal_without_a_pseudonym_changes_nothing),
    T(the_same_pseudonym_again_is_no_reason_to_write),
    T(a_reply_to_an_older_request_brings_no_pseudonym),
    T(a_pseudonym_that_home_may_not_have_gives_way_to_the_profile_until_there_is_another),
    T(pseudonym_and_clock_survive_the_process),
    T(identifications_are_taken_from_homes_time_and_the_monotonic_clock),
    T(questions_have_random_identifications),
    T(a_request_is_authentic_to_whoever_shares_the_key_alone),
    T(a_reply_is_opened_with_the_key_that_home_sealed_it_with),
    T(keys_follow_from_the_secret_that_is_shared_with_home))
