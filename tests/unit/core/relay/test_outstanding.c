/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/relay/outstanding.h"

static relay_request request(uint64_t id)
{
	return (relay_request){ .id = id, .key3 = { .spi = 7, .key = { 9 } } };
}

static void add(relay_outstanding *o, uint64_t now_ms, uint64_t id)
{
	const relay_request q = request(id);

	relay_outstanding_add(o, now_ms, &q);
}

/* Six seconds, which is more than home takes (REG_HOME_ANSWERS_MS) and the way there and back. */
TEST(home_has_six_seconds_for_each_request)
{
	relay_outstanding o;

	relay_outstanding_init(&o);
	assert_true(relay_outstanding_timer_ms(&o) == UINT64_MAX);
	assert_null(relay_outstanding_oldest(&o));
	add(&o, 1000, 1);
	assert_int_equal(relay_outstanding_timer_ms(&o), 7000);
	add(&o, 1500, 2);
	assert_int_equal(relay_outstanding_timer_ms(&o), 7000);
	assert_int_equal(relay_outstanding_oldest(&o)->id, 1);
	relay_outstanding_remove(&o, relay_outstanding_oldest(&o));
	assert_int_equal(relay_outstanding_timer_ms(&o), 7500);
	assert_int_equal(relay_outstanding_oldest(&o)->id, 2);
	relay_outstanding_stop(&o);
	assert_true(relay_outstanding_timer_ms(&o) == UINT64_MAX);
	assert_null(relay_outstanding_oldest(&o));
	assert_non_null(relay_outstanding_find(&o, 2)); /* its answer is good all the same */
	add(&o, 5000, 3);
	assert_int_equal(relay_outstanding_timer_ms(&o), 11000);
}

/* A client asks again after 0.3 s, 0.6 s, 1.2 s ...: five times, or six, while home may still answer the first. */
TEST(the_latest_eight_are_kept)
{
	relay_outstanding o;

	relay_outstanding_init(&o);
	for (uint64_t id = 1; id <= 8; id++)
		add(&o, 0, id);
	assert_non_null(relay_outstanding_find(&o, 1));
	add(&o, 0, 9);
	assert_null(relay_outstanding_find(&o, 1));
	for (uint64_t id = 2; id <= 9; id++)
		assert_int_equal(relay_outstanding_find(&o, id)->id, id);
	relay_outstanding_remove(&o, relay_outstanding_find(&o, 4));
	add(&o, 0, 10); /* there is an empty place */
	for (uint64_t id = 2; id <= 10; id++)
		assert_int_equal(relay_outstanding_find(&o, id) != NULL, id != 4);
}

TEST(a_reply_is_matched_by_the_low_half_of_its_identification)
{
	relay_outstanding o;

	relay_outstanding_init(&o);
	add(&o, 0, 0x1111111122222222);
	assert_non_null(relay_outstanding_find(&o, 0x3333333322222222)); /* code 133 */
	assert_null(relay_outstanding_find(&o, 0x1111111122222223));
	assert_null(relay_outstanding_find(&o, 0)); /* an empty place is no request */
}

TEST(the_oldest_is_the_one_that_is_waited_for_longest)
{
	relay_outstanding o;

	relay_outstanding_init(&o);
	add(&o, 20, 5);
	add(&o, 10, 9);
	add(&o, 30, 7);
	assert_int_equal(relay_outstanding_oldest(&o)->id, 9);
	relay_outstanding_remove(&o, relay_outstanding_find(&o, 9));
	assert_int_equal(relay_outstanding_oldest(&o)->id, 5);
	assert_null(relay_outstanding_find(&o, 9));
}

TEST(what_is_removed_leaves_no_key)
{
	relay_outstanding o;
	static const relay_request none[RELAY_OUTSTANDING];

	relay_outstanding_init(&o);
	add(&o, 0, 1);
	relay_outstanding_remove(&o, relay_outstanding_find(&o, 1));
	assert_memory_equal(o.list, none, sizeof none);
	assert_true(relay_outstanding_timer_ms(&o) == UINT64_MAX);
}

RUN(T(home_has_six_seconds_for_each_request), T(the_latest_eight_are_kept),
    T(a_reply_is_matched_by_the_low_half_of_its_identification),
    T(the_oldest_is_the_one_that_is_waited_for_longest), T(what_is_removed_leaves_no_key))
