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

TEST(home_has_two_seconds_from_the_first_request)
{
	relay_outstanding o;

	relay_outstanding_init(&o);
	assert_true(relay_outstanding_timer_ms(&o) == UINT64_MAX);
	add(&o, 1000, 1);
	assert_int_equal(relay_outstanding_timer_ms(&o), 3000);
	add(&o, 1500, 2); /* does not prolong it */
	assert_int_equal(relay_outstanding_timer_ms(&o), 3000);
	relay_outstanding_restart(&o, 2000);
	assert_int_equal(relay_outstanding_timer_ms(&o), 4000);
	relay_outstanding_stop(&o);
	assert_true(relay_outstanding_timer_ms(&o) == UINT64_MAX);
	add(&o, 5000, 3);
	assert_int_equal(relay_outstanding_timer_ms(&o), 7000);
}

TEST(the_latest_four_are_kept)
{
	relay_outstanding o;

	relay_outstanding_init(&o);
	for (uint64_t id = 1; id <= 4; id++)
		add(&o, 0, id);
	assert_non_null(relay_outstanding_find(&o, 1));
	add(&o, 0, 5);
	assert_null(relay_outstanding_find(&o, 1));
	for (uint64_t id = 2; id <= 5; id++)
		assert_int_equal(relay_outstanding_find(&o, id)->id, id);
	assert_int_equal(relay_outstanding_newest(&o)->id, 5);
	relay_outstanding_remove(&o, relay_outstanding_find(&o, 4));
	add(&o, 0, 6); /* there is an empty place */
	for (uint64_t id = 2; id <= 6; id++)
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

TEST(the_newest_is_the_one_with_the_highest_identification)
{
	relay_outstanding o;

	relay_outstanding_init(&o);
	assert_null(relay_outstanding_newest(&o));
	add(&o, 0, 5);
	add(&o, 0, 9);
	add(&o, 0, 7);
	assert_int_equal(relay_outstanding_newest(&o)->id, 9);
	relay_outstanding_remove(&o, relay_outstanding_find(&o, 9));
	assert_int_equal(relay_outstanding_newest(&o)->id, 7);
	assert_null(relay_outstanding_find(&o, 9));
}

TEST(what_is_removed_or_cleared_leaves_no_key)
{
	relay_outstanding o;
	static const relay_request none[RELAY_OUTSTANDING];

	relay_outstanding_init(&o);
	add(&o, 0, 1);
	relay_outstanding_remove(&o, relay_outstanding_find(&o, 1));
	assert_memory_equal(o.list, none, sizeof none);
	add(&o, 0, 2);
	add(&o, 0, 3);
	relay_outstanding_clear(&o);
	assert_memory_equal(o.list, none, sizeof none);
	assert_true(relay_outstanding_timer_ms(&o) == UINT64_MAX);
}

RUN(T(home_has_two_seconds_from_the_first_request), T(the_latest_four_are_kept),
    T(a_reply_is_matched_by_the_low_half_of_its_identification),
    T(the_newest_is_the_one_with_the_highest_identification),
    T(what_is_removed_or_cleared_leaves_no_key))
