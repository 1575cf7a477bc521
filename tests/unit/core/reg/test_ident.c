/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/reg/ident.h"

#define S(n) ((uint64_t)(n) << 32)
static const uint64_t now = S(4000000000u) | 0x80000000u;

TEST(fresh_is_within_the_tolerance_and_above_the_last)
{
	assert_int_equal(ident_check(now, 0, now), IDENT_FRESH);
	assert_int_equal(ident_check(now + S(IDENT_TOLERANCE_S), 0, now), IDENT_FRESH);
	assert_int_equal(ident_check(now - S(IDENT_TOLERANCE_S), 0, now), IDENT_FRESH);
	assert_int_equal(ident_check(now + 1, now, now), IDENT_FRESH);
}

TEST(a_replay_is_stale_and_a_wrong_clock_is_skewed)
{
	assert_int_equal(ident_check(now, now, now), IDENT_STALE);
	assert_int_equal(ident_check(now - 1, now, now), IDENT_STALE);
	assert_int_equal(ident_check(now + S(8), 0, now), IDENT_SKEWED);
	assert_int_equal(ident_check(now - S(86400), 0, now), IDENT_SKEWED);
	assert_int_equal(ident_check(0, 0, now), IDENT_SKEWED);
	assert_int_equal(ident_check(UINT64_MAX, 0, now), IDENT_SKEWED);
}

TEST(a_client_a_day_off_is_fresh_after_one_resynchronisation)
{
	for (int sign = -1; sign <= 1; sign += 2) {
		ident_clock c = { 0 };
		uint64_t off = sign < 0 ? now - S(86400) : now + S(86400);
		uint64_t id = ident_next(&c, off, 12345);

		assert_int_equal(ident_check(id, 0, now), IDENT_SKEWED);
		uint64_t answer = ident_resync(id, ident_now(0, now));
		assert_int_equal((uint32_t)answer,
				 (uint32_t)id); /* RFC 5944 5.7.1: the low half is copied */
		ident_learn(&c, answer, off);
		assert_int_equal(ident_check(ident_next(&c, off, 99), 0, now), IDENT_FRESH);
	}
}

TEST(a_home_clock_set_back_locks_nobody_out)
{
	ident_clock c = { 0 };
	uint64_t last = now + S(86400); /* accepted before home's clock went back a day */
	uint64_t id = ident_next(&c, now, 7);

	assert_int_not_equal(ident_check(id, last, now), IDENT_FRESH);
	ident_learn(&c, ident_resync(id, ident_now(last, now)), now);
	assert_int_equal(ident_check(ident_next(&c, now, 8), last, now), IDENT_FRESH);
}

TEST(identifications_strictly_increase_even_when_the_clock_does_not)
{
	ident_clock c = { 0 };
	uint64_t before = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		uint64_t id = ident_next(&c, now - i % 3, i * 2654435761u);
		assert_true(id > before);
		before = id;
	}
}

RUN(T(fresh_is_within_the_tolerance_and_above_the_last),
    T(a_replay_is_stale_and_a_wrong_clock_is_skewed),
    T(a_client_a_day_off_is_fresh_after_one_resynchronisation),
    T(a_home_clock_set_back_locks_nobody_out),
    T(identifications_strictly_increase_even_when_the_clock_does_not))
