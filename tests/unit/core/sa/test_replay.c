/* SPDX-License-Identifier: MIT */
#include "core/sa/replay.h"
#include "unit.h"

static bool accept(replay *w, uint64_t seq)
{
	if (!replay_is_new(w, seq))
		return false;
	replay_commit(w, seq);
	return true;
}

TEST(first_packet_is_new_and_zero_never_is)
{
	replay w = { 0 };

	assert_false(replay_is_new(&w, 0));
	assert_true(accept(&w, 1));
	assert_false(accept(&w, 1));
	assert_false(replay_is_new(&w, 0));
	replay_commit(&w, 0);
	assert_int_equal(w.top, 1);
}

TEST(reordering_up_to_the_window_is_accepted_once)
{
	replay w = { 0 };

	for (uint64_t base = 5000; base < 5064;
	     base++) { /* every position of the top in its word */
		memset(&w, 0, sizeof w);
		assert_true(accept(&w, base));
		for (uint64_t seq = base - REPLAY_WINDOW + 1; seq < base; seq++)
			assert_true(accept(&w, seq));
		for (uint64_t seq = base - REPLAY_WINDOW + 1; seq <= base; seq++)
			assert_false(accept(&w, seq));
	}
}

TEST(beyond_the_window_is_refused)
{
	replay w = { 0 };

	assert_true(accept(&w, 10000));
	assert_true(replay_is_new(&w, 10000 - REPLAY_WINDOW + 1));
	assert_false(replay_is_new(&w, 10000 - REPLAY_WINDOW));
	assert_false(replay_is_new(&w, 1));
	/* Does nothing, above all not to another's bit. */
	for (uint64_t seq = 10000 - 2 * REPLAY_WINDOW; seq <= 10000 - REPLAY_WINDOW; seq++)
		replay_commit(&w, seq);
	for (uint64_t seq = 10000 - REPLAY_WINDOW + 1; seq < 10000; seq++)
		assert_true(replay_is_new(&w, seq));
}

TEST(leap_forgets_all_that_is_behind_the_window)
{
	replay w = { 0 };

	for (uint64_t seq = 1; seq <= 3000; seq++)
		assert_true(accept(&w, seq));
	assert_true(accept(&w, 1000000));
	for (uint64_t seq = 1000000 - REPLAY_WINDOW + 1; seq < 1000000; seq++)
		assert_true(replay_is_new(&w, seq));
	assert_false(replay_is_new(&w, 3000));
}

/* A set of the last numbers, kept without any cleverness. */
static bool model_is_new(const uint64_t *seen, size_t n, uint64_t top, uint64_t seq)
{
	if (seq == 0 || (seq <= top && top - seq >= REPLAY_WINDOW))
		return false;
	for (size_t i = 0; i < n; i++)
		if (seen[i] == seq)
			return false;
	return true;
}

TEST(random_arrivals_agree_with_a_plain_set)
{
	static uint64_t seen[20000];
	uint64_t top = 0, rng = 42;
	size_t n = 0;
	replay w = { 0 };

	for (int i = 0; i < 20000; i++) {
		rng = rng * 6364136223846793005ull + 1442695040888963407ull;
		uint64_t r = rng >> 33;
		uint64_t seq = r % 50 == 0 ? top + r % 5000 : top + 100 - r % 2400 % (top + 100);
		bool want = model_is_new(seen, n, top, seq);
		assert_int_equal(accept(&w, seq), want);
		if (want)
			seen[n++] = seq;
		if (want && seq > top)
			top = seq;
		assert_int_equal(w.top, top);
	}
	assert_in_range(n, 5000, 19999);
}

TEST(low_half_wraps_and_the_high_half_follows)
{
	replay w = { 0 };
	uint64_t start = (5ull << 32) - 5000;

	assert_true(accept(&w, start));
	for (uint64_t seq = start + 1; seq < start + 10000; seq++) {
		assert_int_equal(replay_infer(&w, (uint32_t)seq), seq);
		assert_true(accept(&w, seq));
	}
}

TEST(old_subspace_is_inferred_for_what_the_window_still_spans)
{
	replay w = { .top = (7ull << 32) + 100 };

	assert_int_equal(replay_infer(&w, 0xffffff00), (6ull << 32) + 0xffffff00);
	assert_int_equal(replay_infer(&w, 101), (7ull << 32) + 101);
	assert_int_equal(replay_infer(&w, 0), 7ull << 32);
	uint32_t bottom = (uint32_t)(100 - (REPLAY_WINDOW - 1));
	assert_int_equal(replay_infer(&w, bottom), (6ull << 32) + bottom);
	assert_int_equal(replay_infer(&w, bottom - 1), (7ull << 32) + bottom - 1);
}

TEST(new_subspace_is_inferred_for_what_lies_below_the_window)
{
	replay w = { .top = (7ull << 32) + 50000 };
	uint32_t bottom = 50000 - (REPLAY_WINDOW - 1);

	assert_int_equal(replay_infer(&w, bottom), (7ull << 32) + bottom);
	assert_int_equal(replay_infer(&w, bottom - 1), (8ull << 32) + bottom - 1);
	assert_int_equal(replay_infer(&w, 0xffffffff), (7ull << 32) + 0xffffffff);
}

TEST(replays_after_the_wrap_are_refused)
{
	replay w = { 0 };
	uint64_t start = (1ull << 32) - 1000;

	for (uint64_t seq = start; seq < start + 2000; seq++)
		assert_true(accept(&w, seq));
	for (uint64_t seq = start; seq < start + 2000; seq++) {
		uint64_t as = replay_infer(&w, (uint32_t)seq);
		assert_int_equal(as, seq);
		assert_false(replay_is_new(&w, as));
	}
}

TEST(nothing_before_the_first_or_past_the_last_is_inferred)
{
	replay w = { .top = 10 };

	assert_int_equal(replay_infer(&w, 0xffffffff), 0);
	assert_int_equal(replay_infer(&w, 11), 11);
	w.top = UINT64_MAX;
	assert_int_equal(replay_infer(&w, 5), 0);
	assert_int_equal(replay_infer(&w, 0xffffffff), UINT64_MAX);
}

RUN(T(first_packet_is_new_and_zero_never_is), T(reordering_up_to_the_window_is_accepted_once),
    T(beyond_the_window_is_refused), T(leap_forgets_all_that_is_behind_the_window),
    T(random_arrivals_agree_with_a_plain_set), T(low_half_wraps_and_the_high_half_follows),
    T(old_subspace_is_inferred_for_what_the_window_still_spans),
    T(new_subspace_is_inferred_for_what_lies_below_the_window),
    T(replays_after_the_wrap_are_refused), T(nothing_before_the_first_or_past_the_last_is_inferred))
