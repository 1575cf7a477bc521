/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/timerq.h"

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

TEST(an_empty_queue_is_idle)
{
	timerq q = { 0 };

	assert_true(timerq_next_ms(&q) == UINT64_MAX);
	assert_null(timerq_pop(&q, UINT64_MAX));
	timerq_free(&q);
}

TEST(entries_come_out_in_order_and_only_when_due)
{
	timerq q = { 0 };
	timer_entry a = { 0 }, b = { 0 }, c = { 0 };

	assert_true(timerq_set(&q, &a, 30) && timerq_set(&q, &b, 10) && timerq_set(&q, &c, 20));
	assert_int_equal(timerq_next_ms(&q), 10);
	assert_null(timerq_pop(&q, 9));
	assert_ptr_equal(timerq_pop(&q, 20), &b);
	assert_ptr_equal(timerq_pop(&q, 20), &c);
	assert_null(timerq_pop(&q, 20));
	assert_int_equal(b.slot, 0);
	assert_int_equal(timerq_next_ms(&q), 30);
	timerq_free(&q);
	assert_int_equal(a.slot, 0);
}

TEST(setting_again_moves_an_entry_both_ways)
{
	timerq q = { 0 };
	timer_entry a = { 0 }, b = { 0 };

	timerq_set(&q, &a, 10);
	timerq_set(&q, &b, 20);
	timerq_set(&q, &a, 30);
	assert_int_equal(timerq_next_ms(&q), 20);
	timerq_set(&q, &a, 5);
	assert_ptr_equal(timerq_pop(&q, 100), &a);
	assert_ptr_equal(timerq_pop(&q, 100), &b);
	assert_null(timerq_pop(&q, 100));
	timerq_free(&q);
}

TEST(cancelling_twice_is_fine)
{
	timerq q = { 0 };
	timer_entry a = { 0 }, b = { 0 };

	timerq_set(&q, &a, 10);
	timerq_set(&q, &b, 20);
	timerq_cancel(&q, &a);
	timerq_cancel(&q, &a);
	assert_ptr_equal(timerq_pop(&q, 100), &b);
	timerq_cancel(&q, &b);
	assert_int_equal(q.n, 0);
	timerq_free(&q);
}

static uint64_t least(const timer_entry *t, size_t n)
{
	uint64_t m = UINT64_MAX;

	for (size_t i = 0; i < n; i++)
		if (t[i].slot && t[i].at_ms < m)
			m = t[i].at_ms;
	return m;
}

TEST(random_sets_moves_cancels_and_pops_keep_the_order)
{
	enum { N = 200, STEPS = 30000 };
	timerq q = { 0 };
	timer_entry t[N] = { 0 };
	uint64_t state = 7;

	for (int i = 0; i < STEPS; i++) {
		timer_entry *e = &t[next_random(&state) % N];
		uint32_t what = next_random(&state) % 4;
		if (what < 2)
			assert_true(timerq_set(&q, e, next_random(&state) % 1000));
		else if (what == 2)
			timerq_cancel(&q, e);
		else if (q.n)
			assert_non_null(timerq_pop(&q, 1000));
		assert_true(timerq_next_ms(&q) == least(t, N));
	}
	for (uint64_t last = 0; q.n;) {
		timer_entry *e = timerq_pop(&q, UINT64_MAX);
		assert_true(e->at_ms >= last);
		last = e->at_ms;
	}
	timerq_free(&q);
}

RUN(T(an_empty_queue_is_idle), T(entries_come_out_in_order_and_only_when_due),
    T(setting_again_moves_an_entry_both_ways), T(cancelling_twice_is_fine),
    T(random_sets_moves_cancels_and_pops_keep_the_order))
