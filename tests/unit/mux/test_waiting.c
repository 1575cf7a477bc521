/* SPDX-License-Identifier: MIT */
#include "mux/mux.h"
#include "unit.h"
#include <stdlib.h>

enum { READERS = 1000, MANY = 5000 };

static mux *new_mux(void)
{
	mux *m = calloc(1, sizeof *m);
	assert_non_null(m);
	return m;
}

static void put(mux *m, waiting *w, unsigned count)
{
	static const uint8_t p[100];
	for (unsigned i = 0; i < count; i++)
		waiting_put(m, w, 1000, p, sizeof p);
}

TEST(one_slow_reader_has_room_for_what_a_fast_flow_has_under_way)
{
	mux *m = new_mux();
	waiting w = { 0 };
	put(m, &w, MANY);
	assert_int_equal(fairq_len(w.q), 4096);
	waiting_end(m, &w);
	assert_int_equal(m->counts.dropped_slow, MANY - 4096);
	waiting_end(m, &w); /* again is fine */
	assert_int_equal(m->counts.dropped_slow, MANY - 4096);
	free(m);
}

/* However many take it, whoever comes next has some. */
TEST(many_slow_readers_share_a_bound_and_none_is_left_without)
{
	static waiting w[READERS];
	mux *m = new_mux();
	uint64_t all = 0;
	memset(w, 0, sizeof w);
	for (unsigned i = 0; i < READERS; i++) {
		put(m, &w[i], MANY);
		all += fairq_len(w[i].q);
		assert_true(fairq_len(w[i].q) >= 256);
		assert_true(i == 0 || fairq_len(w[i].q) <= fairq_len(w[i - 1].q));
	}
	assert_true(all <= 65536 + 256 * READERS);
	for (unsigned i = 0; i < READERS; i++)
		waiting_end(m, &w[i]);
	put(m, &w[0], MANY);
	assert_int_equal(fairq_len(w[0].q), 4096);
	waiting_end(m, &w[0]);
	free(m);
}

TEST(what_waits_is_over_when_the_last_of_it_is_too_old)
{
	mux *m = new_mux();
	waiting w = { 0 };
	assert_true(waiting_over_ms(&w) == UINT64_MAX);
	put(m, &w, 3);
	assert_int_equal(waiting_over_ms(&w), 1000 + FAIRQ_AGE_MS);
	waiting_end(m, &w);
	assert_true(waiting_over_ms(&w) == UINT64_MAX);
	free(m);
}

RUN(T(one_slow_reader_has_room_for_what_a_fast_flow_has_under_way),
    T(many_slow_readers_share_a_bound_and_none_is_left_without),
    T(what_waits_is_over_when_the_last_of_it_is_too_old))
