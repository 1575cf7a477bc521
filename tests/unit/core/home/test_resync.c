/* SPDX-License-Identifier: MIT */
/* Home's time: who gets it, and how often. */
#include "home_kit.h"
#include "core/reg/ident.h"

TEST(a_recording_of_what_was_accepted_gets_no_answer)
{
	SCENE_PREPARED(k, a);

	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	for (int i = 0; i < 1000; i++) {
		away_send(&a);
		assert_int_equal(k.tx.n_runs, 0);
	}
	assert_int_equal(home_core_counters(k.h).registrations.denied_replay, 1000);
	assert_int_equal(k.saves, 1);
	END(k, a);
}

TEST(code_133_for_a_clock_a_day_off_and_then_the_client_is_in_step)
{
	SCENE_PREPARED(k, a);
	ident_clock c = { 0 };

	a.q.identification = k.now.ntp - (86400ull << 32);
	assert_int_equal(away_ask(&a), MIP_HA_IDENT_MISMATCH);
	assert_int_equal(a.r.identification >> 32, k.now.ntp >> 32);
	assert_int_equal((uint32_t)a.r.identification, (uint32_t)a.q.identification);
	assert_true(ident_set(&c, a.r.identification, k.now.ms));
	a.q.identification = ident_next(&c, k.now.ms, 2);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	END(k, a);
}

TEST(a_question_for_the_time_is_answered_and_registers_nothing)
{
	SCENE_PREPARED(k, a);

	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	const uint64_t accepted = a.q.identification,
		       ids[] = { 7, accepted, accepted + 1, UINT64_MAX };
	for (size_t i = 0; i < COUNT(ids); i++) {
		away_prepare(&a);
		a.q.asks_time = true;
		a.q.identification = ids[i];
		assert_int_equal(away_ask(&a), MIP_HA_IDENT_MISMATCH);
		assert_in_range(a.r.identification >> 32, k.now.ntp >> 32, (k.now.ntp >> 32) + 1);
		assert_int_equal((uint32_t)a.r.identification, (uint32_t)ids[i]);
	}
	assert_int_equal(home_core_counters(k.h).registrations.accepted, 1);
	assert_int_equal(k.saves, 1);
	a.last_id = accepted;
	away_prepare(&a); /* questions use no identification up */
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	END(k, a);
}

TEST(a_recorded_question_or_skewed_request_is_answered_once)
{
	SCENE_PREPARED(k, a);

	for (int question = 0; question <= 1; question++) {
		away_prepare(&a);
		a.q.asks_time = question;
		a.q.identification = k.now.ntp + (3600ull << 32) + (unsigned)question;
		assert_int_equal(away_ask(&a), MIP_HA_IDENT_MISMATCH);
		for (int i = 0; i < 1000; i++) {
			away_send(&a);
			assert_int_equal(k.tx.n_runs, 0);
		}
		k.now.ms += 10000;
	}
	END(k, a);
}

TEST(questions_are_answered_at_a_limited_rate)
{
	SCENE_PREPARED(k, a);
	unsigned answers = 0;

	for (uint64_t i = 0; i < 1000; i++) {
		away_prepare(&a);
		a.q.asks_time = true;
		a.q.identification = i;
		away_build(&a);
		away_send(&a);
		answers += k.tx.n_runs;
	}
	assert_int_equal(answers, 20);
	END(k, a);
}

TEST(an_accepted_identification_stays_used_after_a_restart)
{
	SCENE_PREPARED(k, a);

	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	home_client_state saved = k.saved;
	assert_true(home_core_client_remove(k.h, a.conf.id));
	assert_true(home_core_client_put(k.h, &a.conf, &saved, NULL));
	away_send(&a);
	assert_int_equal(k.tx.n_runs, 0);
	away_prepare(&a);
	a.q.pseudonym = saved.spi_now;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	END(k, a);
}

RUN(T(a_recording_of_what_was_accepted_gets_no_answer),
    T(code_133_for_a_clock_a_day_off_and_then_the_client_is_in_step),
    T(a_question_for_the_time_is_answered_and_registers_nothing),
    T(a_recorded_question_or_skewed_request_is_answered_once),
    T(questions_are_answered_at_a_limited_rate),
    T(an_accepted_identification_stays_used_after_a_restart))
