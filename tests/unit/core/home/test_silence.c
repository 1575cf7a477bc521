/* SPDX-License-Identifier: MIT */
/* What gets no answer: whoever can't prove a key, and recordings of who could. Each is answered where home is configured
 * to answer strangers, so that a test of silence can't pass for another reason. */
#include "home_kit.h"
#include "core/reg/auth_ext.h"

static bool is_answered(kit *k)
{
	return k->tx.n_runs > 0;
}

/* The same message at a home that answers strangers, and at one that does not. */
static void assert_silence(kit *k, const away *a, const uint8_t *p, size_t n)
{
	uint8_t copy[MIP_MAX_MESSAGE];

	for (int speaks = 1; speaks >= 0; speaks--) {
		memcpy(copy, p, n);
		k->conf.answers_strangers = speaks;
		dgramq_clear(&k->tx);
		kit_deliver(k, a, copy, n);
		assert_int_equal(is_answered(k), speaks);
	}
	dgramq_clear(&k->tx);
}

/* Not even where strangers are answered. */
static void assert_ignored(kit *k, const away *a, const uint8_t *p, size_t n)
{
	uint8_t copy[MIP_MAX_MESSAGE];

	for (int speaks = 1; speaks >= 0; speaks--) {
		memcpy(copy, p, n);
		k->conf.answers_strangers = speaks;
		dgramq_clear(&k->tx);
		kit_deliver(k, a, copy, n);
		assert_false(is_answered(k));
	}
}

TEST(a_malformed_request_gets_no_answer)
{
	SCENE_PREPARED(k, a);

	away_build(&a);
	assert_silence(&k, &a, a.octets,
		       MIP_REQUEST_LEN); /* no extension, and so no authenticator */
	assert_silence(&k, &a, a.octets, a.n - 1);
	END(k, a);
}

TEST(an_unknown_spi_gets_no_answer)
{
	SCENE_PREPARED(k, a);

	a.q.pseudonym = 0x7badbeef;
	away_build(&a);
	assert_silence(&k, &a, a.octets, a.n);
	assert_int_equal(home_core_counters(k.h).registrations.denied_unknown,
			 2); /* but is counted */
	END(k, a);
}

TEST(a_wrong_authenticator_gets_no_answer)
{
	SCENE_PREPARED(k, a);

	away_build(&a);
	a.octets[a.n - 1] ^= 1;
	assert_silence(&k, &a, a.octets, a.n);
	END(k, a);
}

TEST(a_request_that_was_accepted_gets_no_answer_when_it_comes_again)
{
	SCENE_REGISTERED(k, a);

	assert_ignored(&k, &a, a.octets, a.n);
	END(k, a);
}

TEST(nor_does_one_with_a_relays_authentication_appended)
{
	SCENE_REGISTERED(k, a);
	uint8_t longer[MIP_MAX_MESSAGE];
	const uint8_t key[32] = { 1 };

	memcpy(longer, a.octets, a.n);
	size_t n = reg_auth_add(longer, a.n, sizeof longer, MIP_EXT_FOREIGN_HOME, 0x30000000, key);
	assert_true(n > a.n);
	assert_ignored(&k, &a, longer, n);
	END(k, a);
}

TEST(a_request_from_before_the_last_accepted_one_gets_no_answer_however_old_it_is)
{
	SCENE_REGISTERED(k, a);
	const uint64_t accepted = a.q.identification;

	for (uint64_t s = 0; s < 100000; s = 10 * s + 1) {
		away_prepare(&a);
		a.q.identification = accepted - (s << 32) - 1;
		away_build(&a);
		assert_ignored(&k, &a, a.octets, a.n);
	}
	END(k, a);
}

/* A client whose clock is wrong has signed something that nobody has seen before. */
TEST(a_later_identification_than_any_before_is_answered_with_homes_time)
{
	SCENE_REGISTERED(k, a);
	const uint64_t accepted = a.q.identification;

	k.conf.answers_strangers = false;
	kit_pass(&k, 100000);
	for (uint64_t s = 0; s < 100000; s = 10 * s + 1) {
		away_prepare(&a);
		a.q.identification = accepted + (s << 32) + 1;
		if (s > 93 && s < 107)
			continue;
		assert_int_equal(away_ask(&a), MIP_HA_IDENT_MISMATCH);
	}
	END(k, a);
}

TEST(packets_of_an_unknown_association_get_no_answer)
{
	SCENE_REGISTERED(k, a);
	uint8_t packet[100] = { 0x40, 1, 2, 3 };

	assert_silence(&k, &a, packet, sizeof packet);
	assert_int_equal(home_core_counters(k.h).inbound.unknown_spi, 2);
	END(k, a);
}

TEST(what_proves_a_key_is_refused_with_the_reason)
{
	SCENE_PREPARED(k, a);

	k.conf.answers_strangers = false;
	a.q.home_agent = ip4(192, 0, 2, 1);
	assert_int_equal(away_ask(&a), MIP_HA_UNKNOWN_AGENT);
	END(k, a);
}

RUN(T(a_malformed_request_gets_no_answer), T(an_unknown_spi_gets_no_answer),
    T(a_wrong_authenticator_gets_no_answer),
    T(a_request_that_was_accepted_gets_no_answer_when_it_comes_again),
    T(nor_does_one_with_a_relays_authentication_appended),
    T(a_request_from_before_the_last_accepted_one_gets_no_answer_however_old_it_is),
    T(a_later_identification_than_any_before_is_answered_with_homes_time),
    T(packets_of_an_unknown_association_get_no_answer),
    T(what_proves_a_key_is_refused_with_the_reason))
