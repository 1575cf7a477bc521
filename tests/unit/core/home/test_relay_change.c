/* SPDX-License-Identifier: MIT */
/* Registrations by relays that wait while the relays change; and strangers' by relays. */
#include "relayed_kit.h"
#include "core/home/txn.h"

static unsigned in_progress(const kit *k)
{
	return (unsigned)home_core_counters(k->h).in_progress;
}

static void complete_all(kit *k)
{
	dgramq_clear(&k->tx);
	kit_complete_all(k);
}

TEST(a_registration_by_a_relay_that_is_removed_meanwhile_is_not_decided)
{
	RELAYED(k, r, a);
	k.hold = true;
	assert_int_equal(ask_by(&r[1], &a, &r[1].key2, &s, copy), -1);
	k.conf.n_relays = 1;
	assert_true(home_core_relays_changed(k.h));
	assert_int_equal(in_progress(&k), 0);
	complete_all(&k);
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(kit_status(&k).n, 0);
	END_RELAYED(k, r, a);
}

TEST(a_registration_by_a_relay_whose_key2_changes_meanwhile_is_not_decided)
{
	RELAYED(k, r, a);
	k.hold = true;
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), -1);
	k.conf.relays[0].key2[0] ^= 1;
	assert_true(home_core_relays_changed(k.h));
	complete_all(&k);
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(kit_status(&k).n, 0);
	END_RELAYED(k, r, a);
}

/* Directly, by a relay, and directly again. */
TEST(when_relays_change_what_came_directly_goes_on)
{
	RELAYED(k, r, a);
	k.hold = true;
	assert_int_equal(away_ask(&a), -1);
	away_prepare(&a);
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), -1);
	away_prepare(&a);
	assert_int_equal(away_ask(&a), -1);
	assert_int_equal(in_progress(&k), 3);
	assert_true(home_core_relays_changed(k.h));
	assert_int_equal(in_progress(&k), 2);
	for (unsigned i = 0; i < 2; i++) {
		dgramq_clear(&k.tx);
		kit_complete(&k, 0);
		assert_int_equal(away_reply(&a), MIP_ACCEPTED);
	}
	assert_int_equal(in_progress(&k), 0);
	END_RELAYED(k, r, a);
}

TEST(what_waits_behind_a_registration_by_a_relay_has_its_turn_when_that_is_ended)
{
	RELAYED(k, r, a);
	k.hold = true;
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), -1);
	away_prepare(&a);
	assert_int_equal(ask_by(&r[1], &a, &r[1].key2, &s, copy), -1);
	away_prepare(&a);
	assert_int_equal(away_ask(&a), -1);
	assert_true(home_core_relays_changed(k.h));
	assert_int_equal(in_progress(&k), 1);
	assert_true(home_core_next_timer_ms(k.h) <= k.now.ms);
	kit_pass(&k, 0);
	complete_all(&k);
	assert_int_equal(away_reply(&a), MIP_ACCEPTED);
	assert_int_equal(in_progress(&k), 0);
	END_RELAYED(k, r, a);
}

/* Its time runs on from its arrival. */
TEST(what_has_its_turn_that_way_is_refused_when_its_time_is_over)
{
	RELAYED(k, r, a);
	k.hold = true;
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), -1);
	away_prepare(&a);
	assert_int_equal(away_ask(&a), -1);
	assert_true(home_core_relays_changed(k.h));
	kit_pass(&k, REG_HOME_ANSWERS_MS - 1);
	assert_int_equal(away_reply(&a), -1);
	assert_true(home_core_next_timer_ms(k.h) == k.now.ms + 1);
	kit_pass(&k, 1);
	assert_int_equal(away_reply(&a), MIP_HA_RESOURCES);
	assert_int_equal(in_progress(&k), 0);
	END_RELAYED(k, r, a);
}

static home_verdict wait_for_authority(const reg_scan *request, const home_answer *answer,
				       home_question *q, home_client_conf *who)
{
	(void)request, (void)answer, (void)q, (void)who;
	return home_must_wait(HOME_WAIT_AUTHORITY);
}

static const home_authority authority = { .spi = 300, .verify = wait_for_authority };

TEST(a_strangers_registration_by_a_relay_ends_when_the_relays_change)
{
	RELAYED(k, r, a);
	k.hold = true;
	k.conf.authority = &authority;
	a.q.pseudonym = authority.spi;
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), -1);
	a.q.identification++;
	assert_int_equal(away_ask(&a), -1);
	assert_int_equal(in_progress(&k), 2);
	assert_true(home_core_relays_changed(k.h));
	assert_int_equal(in_progress(&k), 1);
	END_RELAYED(k, r, a);
}

/* All have the relay's address; its port tells them apart, and the relay has authenticated each. */
TEST(of_a_relays_clients_each_is_a_source_of_its_own)
{
	RELAYED(k, r, a);
	k.hold = true;
	k.conf.authority = &authority;
	a.q.pseudonym = authority.spi;
	for (unsigned i = 0; i < 3 * HOME_STRANGERS_OF_SOURCE; i++) {
		a.q.identification++;
		int code = ask_by(&r[i % 2], &a, &r[i % 2].key2, &s, copy);
		assert_int_equal(code, i < 2 * HOME_STRANGERS_OF_SOURCE ? -1 : MIP_HA_RESOURCES);
	}
	dgramq_clear(&k.tx);
	from_relay(&r[0], 2001, a.octets, a.n); /* signed by the other relay: 132 */
	assert_int_equal(in_progress(&k), 2 * HOME_STRANGERS_OF_SOURCE);
	from_relay(&r[1], 2001, a.octets, a.n);
	assert_int_equal(in_progress(&k), 2 * HOME_STRANGERS_OF_SOURCE + 1);
	END_RELAYED(k, r, a);
}

RUN(T(a_registration_by_a_relay_that_is_removed_meanwhile_is_not_decided),
    T(a_registration_by_a_relay_whose_key2_changes_meanwhile_is_not_decided),
    T(when_relays_change_what_came_directly_goes_on),
    T(what_waits_behind_a_registration_by_a_relay_has_its_turn_when_that_is_ended),
    T(what_has_its_turn_that_way_is_refused_when_its_time_is_over),
    T(a_strangers_registration_by_a_relay_ends_when_the_relays_change),
    T(of_a_relays_clients_each_is_a_source_of_its_own))
