/* SPDX-License-Identifier: MIT */
#include "core/http/dial.h"
#include "unit.h"

enum { T0 = 5000 };

TEST(one_attempt_begins_at_once_and_the_next_after_the_stagger)
{
	dial d;

	dial_init(&d, 3, T0);
	assert_int_equal(dial_next_timer_ms(&d), T0);
	assert_int_equal(dial_begin_next(&d, T0), 0);
	assert_int_equal(dial_begin_next(&d, T0), -1);
	assert_int_equal(dial_next_timer_ms(&d), T0 + DIAL_STAGGER_MS);
	assert_int_equal(dial_begin_next(&d, T0 + DIAL_STAGGER_MS - 1), -1);
	assert_int_equal(dial_begin_next(&d, T0 + DIAL_STAGGER_MS), 1);
	assert_int_equal(dial_begin_next(&d, T0 + DIAL_STAGGER_MS), -1);
	assert_int_equal(dial_begin_next(&d, T0 + 2 * DIAL_STAGGER_MS), 2);
	assert_int_equal(dial_begin_next(&d, T0 + 9 * DIAL_STAGGER_MS), -1);
}

TEST(after_a_failure_the_next_begins_at_once)
{
	dial d;

	dial_init(&d, 3, T0);
	dial_begin_next(&d, T0);
	dial_failed(&d, 0, T0 + 10);
	assert_int_equal(dial_next_timer_ms(&d), T0 + 10);
	assert_int_equal(dial_begin_next(&d, T0 + 10), 1);
	assert_int_equal(dial_begin_next(&d, T0 + 10), -1);
	assert_int_equal(dial_next_timer_ms(&d), T0 + 10 + DIAL_STAGGER_MS);
}

TEST(a_failure_reported_late_does_not_delay_the_next)
{
	dial d;

	dial_init(&d, 2, T0);
	dial_begin_next(&d, T0);
	dial_failed(&d, 0, T0 + 2 * DIAL_STAGGER_MS);
	assert_int_equal(dial_next_timer_ms(&d), T0 + DIAL_STAGGER_MS);
}

TEST(an_attempt_that_fails_before_it_begins_is_skipped_at_the_same_pace)
{
	dial d;

	dial_init(&d, 3, T0);
	dial_begin_next(&d, T0);
	dial_failed(&d, 1, T0 + 1);
	assert_int_equal(dial_begin_next(&d, T0 + 1), -1);
	assert_int_equal(dial_begin_next(&d, T0 + DIAL_STAGGER_MS), 2);
}

TEST(once_one_has_won_nothing_is_begun_or_due)
{
	dial d;

	dial_init(&d, 3, T0);
	dial_begin_next(&d, T0);
	dial_begin_next(&d, T0 + DIAL_STAGGER_MS);
	dial_won(&d, 1);
	assert_int_equal(d.attempt[0], DIAL_UNDER_WAY);
	assert_int_equal(dial_begin_next(&d, T0 + 60000), -1);
	assert_int_equal(dial_find_overdue(&d, T0 + 60000), -1);
	assert_true(dial_next_timer_ms(&d) == UINT64_MAX);
	assert_false(dial_has_failed(&d));
}

TEST(a_winner_that_fails_lets_the_others_go_on)
{
	dial d;

	dial_init(&d, 2, T0);
	dial_begin_next(&d, T0);
	dial_won(&d, 0);
	dial_failed(&d, 0, T0 + 20);
	assert_int_equal(dial_next_timer_ms(&d), T0 + 20);
	assert_int_equal(dial_begin_next(&d, T0 + 20), 1);
}

TEST(each_attempt_has_its_own_timeout)
{
	dial d;

	dial_init(&d, 2, T0);
	dial_begin_next(&d, T0);
	dial_begin_next(&d, T0 + DIAL_STAGGER_MS);
	assert_int_equal(dial_next_timer_ms(&d), T0 + DIAL_TIMEOUT_MS);
	assert_int_equal(dial_find_overdue(&d, T0 + DIAL_TIMEOUT_MS - 1), -1);
	assert_int_equal(dial_find_overdue(&d, T0 + DIAL_TIMEOUT_MS), 0);
	dial_failed(&d, 0, T0 + DIAL_TIMEOUT_MS);
	assert_int_equal(dial_find_overdue(&d, T0 + DIAL_TIMEOUT_MS), -1);
	assert_int_equal(dial_next_timer_ms(&d), T0 + DIAL_STAGGER_MS + DIAL_TIMEOUT_MS);
	assert_int_equal(dial_find_overdue(&d, T0 + DIAL_STAGGER_MS + DIAL_TIMEOUT_MS), 1);
}

TEST(it_has_failed_when_every_attempt_has)
{
	dial d;

	dial_init(&d, 2, T0);
	dial_begin_next(&d, T0);
	dial_failed(&d, 0, T0);
	assert_false(dial_has_failed(&d));
	dial_begin_next(&d, T0);
	dial_failed(&d, 1, T0);
	assert_true(dial_has_failed(&d));
	assert_true(dial_next_timer_ms(&d) == UINT64_MAX);
	assert_int_equal(dial_begin_next(&d, T0 + 60000), -1);
}

TEST(without_attempts_it_has_failed_at_once)
{
	dial d;

	dial_init(&d, 0, T0);
	assert_true(dial_has_failed(&d));
	assert_int_equal(dial_begin_next(&d, T0), -1);
	assert_true(dial_next_timer_ms(&d) == UINT64_MAX);
}

TEST(no_more_attempts_than_there_is_room_for)
{
	dial d;

	dial_init(&d, DIAL_ATTEMPTS + 5, T0);
	assert_int_equal(d.n, DIAL_ATTEMPTS);
	dial_failed(&d, DIAL_ATTEMPTS, T0);
	dial_won(&d, DIAL_ATTEMPTS);
	for (unsigned i = 0; i < DIAL_ATTEMPTS; i++)
		assert_int_equal(dial_begin_next(&d, T0 + i * DIAL_STAGGER_MS), (int)i);
	assert_int_equal(dial_begin_next(&d, T0 + 60000), -1);
}

RUN(T(one_attempt_begins_at_once_and_the_next_after_the_stagger),
    T(after_a_failure_the_next_begins_at_once), T(a_failure_reported_late_does_not_delay_the_next),
    T(an_attempt_that_fails_before_it_begins_is_skipped_at_the_same_pace),
    T(once_one_has_won_nothing_is_begun_or_due), T(a_winner_that_fails_lets_the_others_go_on),
    T(each_attempt_has_its_own_timeout), T(it_has_failed_when_every_attempt_has),
    T(without_attempts_it_has_failed_at_once), T(no_more_attempts_than_there_is_room_for))
