/* SPDX-License-Identifier: MIT */
#include "core/mux/waiting.h"
#include "unit.h"

enum { READERS = 1000, MANY = 5000 };

static void put(mux_waiting_pool *pool, mux_waiting *w, unsigned count)
{
	static const uint8_t p[100];

	for (unsigned i = 0; i < count; i++)
		mux_waiting_put(w, pool, 1000, p, sizeof p);
}

TEST(one_slow_reader_has_room_for_what_a_fast_flow_has_under_way)
{
	mux_waiting_pool pool = { 0 };
	mux_waiting w = { 0 };

	put(&pool, &w, MANY);
	assert_int_equal(fairq_len(w.queue), 4096);
	mux_waiting_end(&w, &pool);
	assert_int_equal(pool.dropped, MANY - 4096);
	mux_waiting_end(&w, &pool); /* again is fine */
	assert_int_equal(pool.dropped, MANY - 4096);
}

/* However many take it, whoever comes next has some. */
TEST(many_slow_readers_share_a_bound_and_none_is_left_without)
{
	static mux_waiting w[READERS];
	mux_waiting_pool pool = { 0 };
	uint64_t all = 0;

	memset(w, 0, sizeof w);
	for (unsigned i = 0; i < READERS; i++) {
		put(&pool, &w[i], MANY);
		all += fairq_len(w[i].queue);
		assert_true(fairq_len(w[i].queue) >= 256);
		assert_true(i == 0 || fairq_len(w[i].queue) <= fairq_len(w[i - 1].queue));
	}
	/* Sixteen have not taken it all: of what is left each has a sixteenth. */
	assert_int_equal(fairq_len(w[0].queue), 4096);
	assert_in_range(fairq_len(w[16].queue), 256 + 256, 2048);
	assert_in_range(fairq_len(w[32].queue), 256 + 256, fairq_len(w[16].queue) / 2);
	assert_true(all <= 65536 + 256 * READERS);
	for (unsigned i = 0; i < READERS; i++)
		mux_waiting_end(&w[i], &pool);
	put(&pool, &w[0], MANY);
	assert_int_equal(fairq_len(w[0].queue), 4096);
	mux_waiting_end(&w[0], &pool);
}

TEST(what_waits_is_over_when_the_last_of_it_is_too_old)
{
	mux_waiting_pool pool = { 0 };
	mux_waiting w = { 0 };

	assert_true(mux_waiting_expiry_ms(&w) == UINT64_MAX);
	put(&pool, &w, 3);
	assert_int_equal(mux_waiting_expiry_ms(&w), 1000 + FAIRQ_AGE_MS);
	mux_waiting_end(&w, &pool);
	assert_true(mux_waiting_expiry_ms(&w) == UINT64_MAX);
}

TEST(all_of_it_has_a_bound)
{
	static mux_waiting w[READERS];
	mux_waiting_pool pool = { .most = 2000 };
	unsigned had = 0;

	memset(w, 0, sizeof w);
	for (unsigned i = 0; i < READERS; i++) {
		put(&pool, &w[i], MANY);
		had += w[i].queue != NULL;
		assert_true(!w[i].queue || fairq_len(w[i].queue) >= 16);
		assert_true(pool.reserved <= pool.most);
	}
	assert_in_range(had, 8, 2000 / 16);
	assert_true(pool.reserved > pool.most - 16);
	for (unsigned i = 0; i < READERS; i++)
		mux_waiting_end(&w[i], &pool);
	assert_int_equal(pool.reserved, 0);
}

RUN(T(all_of_it_has_a_bound), T(one_slow_reader_has_room_for_what_a_fast_flow_has_under_way),
    T(many_slow_readers_share_a_bound_and_none_is_left_without),
    T(what_waits_is_over_when_the_last_of_it_is_too_old))
