/* SPDX-License-Identifier: MIT */
#include "core/http/dial.h"
#include "unit.h"

enum { T0 = 5000 };

TEST(one_way_is_begun_at_once_and_the_next_after_the_stagger)
{
	dial d;
	dial_begin(&d, 3, T0);
	assert_int_equal(dial_due_ms(&d), T0);
	assert_int_equal(dial_next(&d, T0), 0);
	assert_int_equal(dial_next(&d, T0), -1);
	assert_int_equal(dial_due_ms(&d), T0 + DIAL_STAGGER_MS);
	assert_int_equal(dial_next(&d, T0 + DIAL_STAGGER_MS - 1), -1);
	assert_int_equal(dial_next(&d, T0 + DIAL_STAGGER_MS), 1);
	assert_int_equal(dial_next(&d, T0 + DIAL_STAGGER_MS), -1);
	assert_int_equal(dial_next(&d, T0 + 2 * DIAL_STAGGER_MS), 2);
	assert_int_equal(dial_next(&d, T0 + 9 * DIAL_STAGGER_MS), -1);
}

TEST(after_a_failure_the_next_begins_at_once)
{
	dial d;
	dial_begin(&d, 3, T0);
	dial_next(&d, T0);
	dial_failed(&d, 0, T0 + 10);
	assert_int_equal(dial_due_ms(&d), T0 + 10);
	assert_int_equal(dial_next(&d, T0 + 10), 1);
	assert_int_equal(dial_next(&d, T0 + 10), -1);
	assert_int_equal(dial_due_ms(&d), T0 + 10 + DIAL_STAGGER_MS);
}

TEST(a_failure_reported_late_does_not_delay_the_next)
{
	dial d;
	dial_begin(&d, 2, T0);
	dial_next(&d, T0);
	dial_failed(&d, 0, T0 + 2 * DIAL_STAGGER_MS);
	assert_int_equal(dial_due_ms(&d), T0 + DIAL_STAGGER_MS);
}

TEST(a_way_that_fails_before_it_begins_is_skipped_at_the_same_pace)
{
	dial d;
	dial_begin(&d, 3, T0);
	dial_next(&d, T0);
	dial_failed(&d, 1, T0 + 1);
	assert_int_equal(dial_next(&d, T0 + 1), -1);
	assert_int_equal(dial_next(&d, T0 + DIAL_STAGGER_MS), 2);
}

TEST(once_one_has_won_nothing_is_begun_or_due)
{
	dial d;
	dial_begin(&d, 3, T0);
	dial_next(&d, T0);
	dial_next(&d, T0 + DIAL_STAGGER_MS);
	dial_won(&d, 1);
	assert_int_equal(d.way[0], DIAL_TRYING);
	assert_int_equal(dial_next(&d, T0 + 60000), -1);
	assert_int_equal(dial_overdue(&d, T0 + 60000), -1);
	assert_true(dial_due_ms(&d) == UINT64_MAX);
	assert_false(dial_over(&d));
}

TEST(a_winner_that_fails_lets_the_others_go_on)
{
	dial d;
	dial_begin(&d, 2, T0);
	dial_next(&d, T0);
	dial_won(&d, 0);
	dial_failed(&d, 0, T0 + 20);
	assert_int_equal(dial_due_ms(&d), T0 + 20);
	assert_int_equal(dial_next(&d, T0 + 20), 1);
}

TEST(patience_is_for_each_way)
{
	dial d;
	dial_begin(&d, 2, T0);
	dial_next(&d, T0);
	dial_next(&d, T0 + DIAL_STAGGER_MS);
	assert_int_equal(dial_due_ms(&d), T0 + DIAL_PATIENCE_MS);
	assert_int_equal(dial_overdue(&d, T0 + DIAL_PATIENCE_MS - 1), -1);
	assert_int_equal(dial_overdue(&d, T0 + DIAL_PATIENCE_MS), 0);
	dial_failed(&d, 0, T0 + DIAL_PATIENCE_MS);
	assert_int_equal(dial_overdue(&d, T0 + DIAL_PATIENCE_MS), -1);
	assert_int_equal(dial_due_ms(&d), T0 + DIAL_STAGGER_MS + DIAL_PATIENCE_MS);
	assert_int_equal(dial_overdue(&d, T0 + DIAL_STAGGER_MS + DIAL_PATIENCE_MS), 1);
}

TEST(it_is_over_when_every_way_has_failed)
{
	dial d;
	dial_begin(&d, 2, T0);
	dial_next(&d, T0);
	dial_failed(&d, 0, T0);
	assert_false(dial_over(&d));
	dial_next(&d, T0);
	dial_failed(&d, 1, T0);
	assert_true(dial_over(&d));
	assert_true(dial_due_ms(&d) == UINT64_MAX);
	assert_int_equal(dial_next(&d, T0 + 60000), -1);
}

TEST(without_ways_it_is_over_at_once)
{
	dial d;
	dial_begin(&d, 0, T0);
	assert_true(dial_over(&d));
	assert_int_equal(dial_next(&d, T0), -1);
	assert_true(dial_due_ms(&d) == UINT64_MAX);
}

TEST(no_more_ways_than_there_is_room_for)
{
	dial d;
	dial_begin(&d, DIAL_WAYS + 5, T0);
	assert_int_equal(d.n, DIAL_WAYS);
	dial_failed(&d, DIAL_WAYS, T0);
	dial_won(&d, DIAL_WAYS);
	for (unsigned i = 0; i < DIAL_WAYS; i++)
		assert_int_equal(dial_next(&d, T0 + i * DIAL_STAGGER_MS), (int)i);
	assert_int_equal(dial_next(&d, T0 + 60000), -1);
}

RUN(T(one_way_is_begun_at_once_and_the_next_after_the_stagger),
    T(after_a_failure_the_next_begins_at_once), T(a_failure_reported_late_does_not_delay_the_next),
    T(a_way_that_fails_before_it_begins_is_skipped_at_the_same_pace),
    T(once_one_has_won_nothing_is_begun_or_due), T(a_winner_that_fails_lets_the_others_go_on),
    T(patience_is_for_each_way), T(it_is_over_when_every_way_has_failed),
    T(without_ways_it_is_over_at_once), T(no_more_ways_than_there_is_room_for))
