/* SPDX-License-Identifier: MIT */
#include "core/mux/turns.h"
#include "unit.h"

TEST(a_turn_goes_on_until_its_work_is_done)
{
	mux_turns all = { 0 };

	assert_false(mux_turns_may_go_on(&all));
	mux_turns_begin(&all);
	mux_turns_work(&all, MUX_TURN_WORK - 1);
	assert_true(mux_turns_may_go_on(&all));
	mux_turns_work(&all, 100);
	assert_false(mux_turns_may_go_on(&all));
	mux_turns_begin(&all);
	assert_int_equal(all.left, MUX_TURN_WORK);
}

TEST(what_waits_is_used_from_the_front)
{
	mux_turns all = { 0 };
	mux_turn t = { 0 };

	assert_true(mux_turn_keep(&all, &t, (const uint8_t *)"abcd", 4));
	mux_turn_use(&all, &t, 3);
	assert_true(mux_turn_keep(&all, &t, (const uint8_t *)"efg", 3));
	assert_int_equal(t.n, 4);
	assert_int_equal(all.octets, 4);
	assert_memory_equal(t.p + t.at, "defg", 4);
	mux_turn_use(&all, &t, 4);
	assert_null(t.p);
	assert_int_equal(all.octets, 0);
	assert_true(mux_turn_keep(&all, &t, (const uint8_t *)"h", 1));
	assert_memory_equal(t.p + t.at, "h", 1);
	mux_turn_end(&all, &t);
	assert_null(t.p);
	assert_int_equal(all.octets, 0);
}

TEST(who_is_due_goes_on_in_order_and_once)
{
	mux_turns all = { 0 };
	mux_turn t[3] = { 0 };

	for (unsigned i = 0; i < 3; i++)
		mux_turn_set_due(&all, &t[i], true);
	mux_turn_set_due(&all, &t[0], true);
	assert_int_equal(all.due, 3);
	mux_turn_set_due(&all, &t[1], false);
	mux_turn_set_due(&all, &t[1], false);
	assert_int_equal(all.due, 2);
	assert_ptr_equal(mux_turns_pop(&all), &t[0]);
	mux_turn_set_due(&all, &t[0], true);
	assert_ptr_equal(mux_turns_pop(&all), &t[2]);
	mux_turn_end(&all, &t[0]);
	assert_null(mux_turns_pop(&all));
	assert_int_equal(all.due, 0);
}

TEST(turns_are_a_millisecond_apart)
{
	mux_turns all = { .next_ms = UINT64_MAX };
	mux_turn t = { 0 };

	mux_turns_set_time(&all, 1000);
	assert_true(all.next_ms == UINT64_MAX);
	mux_turn_set_due(&all, &t, true);
	mux_turns_set_time(&all, 1000);
	mux_turns_set_time(&all, 1001);
	assert_int_equal(all.next_ms, 1000 + MUX_TURN_MS);
	assert_int_equal(mux_turns_start(&all, 1000), 0);
	assert_int_equal(mux_turns_start(&all, 1001), 1);
	assert_int_equal(mux_turns_start(&all, 1001), 0);
	mux_turns_set_time(&all, 1001);
	assert_int_equal(all.next_ms, 1002);
	mux_turn_set_due(&all, &t, false);
	mux_turns_set_time(&all, 1001);
	assert_true(all.next_ms == UINT64_MAX);
}

RUN(T(turns_are_a_millisecond_apart), T(a_turn_goes_on_until_its_work_is_done),
    T(what_waits_is_used_from_the_front), T(who_is_due_goes_on_in_order_and_once))
