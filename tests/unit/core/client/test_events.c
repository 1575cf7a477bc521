/* SPDX-License-Identifier: MIT */
#include "core/client/events.h"
#include "core/client/handover.h"
#include "core/client/hints.h"
#include "unit.h"

TEST(events_come_out_in_the_order_they_went_in)
{
	client_events q = { 0 };
	client_event e;

	assert_false(client_events_take(&q, &e));
	for (uint16_t i = 1; i <= 3; i++)
		client_events_put_path(&q, CLIENT_EV_PATH_FAILED, i);
	for (uint16_t i = 1; i <= 3; i++) {
		assert_true(client_events_wait(&q) && client_events_take(&q, &e));
		assert_int_equal(e.kind, CLIENT_EV_PATH_FAILED);
		assert_int_equal(e.path, i);
	}
	assert_false(client_events_wait(&q));
}

TEST(one_that_waits_is_not_put_in_again_and_one_that_differs_is)
{
	client_events q = { 0 };
	client_event e = { .kind = CLIENT_EV_PATH_ANSWERED, .path = 7 };

	client_events_put(&q, e);
	client_events_put(&q, e);
	assert_int_equal(q.n, 1);
	e.flag = true;
	client_events_put(&q, e);
	e.agent = 1;
	client_events_put(&q, e);
	e.path = 8;
	client_events_put(&q, e);
	e.kind = CLIENT_EV_PATH_FAILED;
	client_events_put(&q, e);
	assert_int_equal(q.n, 5);
	e.agent = 0;
	client_events_put(&q, e);
	assert_int_equal(q.n, 6);
	q.n = 5;
	assert_true(client_events_take(&q, &e));
	client_events_put(&q, e); /* it waits no longer */
	assert_int_equal(q.n, 5);
}

TEST(a_full_queue_counts_what_it_loses)
{
	client_events q = { 0 };
	client_event e;

	for (unsigned round = 0; round < 2; round++) {
		for (uint16_t i = 1; i <= CLIENT_EVENTS_MAX + 2; i++)
			client_events_put_path(&q, CLIENT_EV_PATH_FAILED, i);
		assert_int_equal(q.lost, 2 * (round + 1));
		for (uint16_t i = 1; i <= CLIENT_EVENTS_MAX; i++)
			assert_true(client_events_take(&q, &e) && e.path == i);
		assert_false(client_events_take(&q, &e));
	}
}

TEST(hints_are_followed_at_pauses_that_double_up_to_a_minute)
{
	static const uint64_t pauses_ms[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
	client_hints h = { 0 };
	uint64_t now_ms = 5000;

	assert_true(client_hints_take(&h, now_ms));
	for (size_t i = 0; i < COUNT(pauses_ms); i++) {
		assert_false(client_hints_take(&h, now_ms + pauses_ms[i] - 1));
		now_ms += pauses_ms[i];
		assert_true(client_hints_take(&h, now_ms));
	}
}

TEST(after_quiet_for_two_pauses_hints_begin_again)
{
	client_hints h = { 0 };

	assert_true(client_hints_take(&h, 0));
	assert_true(client_hints_take(&h, 1000)); /* the next at 3000 */
	assert_true(client_hints_take(&h, 3000 + 2 * 2000));
	assert_true(client_hints_take(&h, 7000 + 1000));
	assert_true(client_hints_take(&h, 60000)); /* for longer */
	assert_true(client_hints_take(&h, 60000 + 1000));
}

static core_time at(uint64_t ms)
{
	return (core_time){ ms, (ms / 1000) << 32 | ((ms % 1000) << 32) / 1000 };
}

TEST(packets_are_held_for_the_first_second_of_an_outage)
{
	client_handover h;

	client_handover_init(&h);
	assert_false(client_handover_holds_packets(&h, 5000));
	client_handover_outage(&h, at(5000));
	client_handover_outage(&h, at(5500)); /* the same one */
	assert_true(client_handover_holds_packets(&h, 5999));
	assert_false(client_handover_holds_packets(&h, 6000));
	client_handover_outage_over(&h);
	assert_false(client_handover_holds_packets(&h, 5999));
}

TEST(a_move_counts_from_the_loss_of_the_old_path_to_the_first_packet_on_the_new_one)
{
	client_handover h;

	client_handover_init(&h);
	client_handover_begin(&h, at(1000)); /* the first path is no move */
	client_handover_finish(&h, at(1040));
	assert_int_equal(h.n, 0);
	client_handover_up(&h);
	client_handover_lost(&h, at(2000));
	client_handover_begin(&h, at(2100));
	client_handover_finish(&h, at(2140));
	client_handover_finish(&h, at(2180)); /* a later packet */
	assert_int_equal(h.n, 1);
	assert_in_range((unsigned)(h.last_ms + 0.5), 140, 140);
	client_handover_begin(&h, at(3000)); /* by choice */
	client_handover_finish(&h, at(3040));
	assert_int_equal(h.n, 2);
	assert_in_range((unsigned)(h.last_ms + 0.5), 40, 40);
}

RUN(T(events_come_out_in_the_order_they_went_in),
    T(one_that_waits_is_not_put_in_again_and_one_that_differs_is),
    T(a_full_queue_counts_what_it_loses),
    T(hints_are_followed_at_pauses_that_double_up_to_a_minute),
    T(after_quiet_for_two_pauses_hints_begin_again),
    T(packets_are_held_for_the_first_second_of_an_outage),
    T(a_move_counts_from_the_loss_of_the_old_path_to_the_first_packet_on_the_new_one))
