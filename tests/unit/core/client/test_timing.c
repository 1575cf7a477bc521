/* SPDX-License-Identifier: MIT */
#include "core/client/timing.h"
#include "unit.h"

enum { MANY = 5000 }; /* random numbers, of which none of 41 is left out by chance */

/* The real time is ahead of the monotonic one by that much. */
static core_time at(uint64_t ms, uint64_t ahead_us)
{
	uint64_t us = ms * 1000 + ahead_us;

	return (core_time){ ms,
			    (us / 1000000) << 32 | (((us % 1000000) << 32) + 999999) / 1000000 };
}

TEST(microseconds_are_taken_from_the_real_time)
{
	const core_time t = { .ntp = 7ull << 32 | 0x80000000u };

	assert_int_equal(client_time_us(t), 7500000);
	assert_int_equal(client_time_us((core_time){ .ntp = 0xffffffffu }), 999999);
}

TEST(time_passed_is_as_fine_as_the_real_time)
{
	assert_in_range(client_time_since_us(at(1040, 345), 1000, client_time_us(at(1000, 0))),
			40344, 40346);
}

TEST(where_the_real_time_was_set_meanwhile_the_monotonic_clock_decides)
{
	static const struct {
		uint64_t ahead_us;
		uint32_t passed_us;
	} cases[] = { { 1000000, 41000 }, /* both agree to a millisecond */
		      { 1002001, 40000 },
		      { 999000, 39000 },
		      { 997999, 40000 },
		      { 0, 40000 } };
	uint64_t then_us = client_time_us(at(1000, 999000 + 1000));

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t ahead = cases[i].ahead_us + (i == 0 ? 1000 : 0);
		uint32_t us = client_time_since_us(at(1040, ahead), 1000, then_us);
		assert_in_range(us, cases[i].passed_us - 1, cases[i].passed_us + 1);
	}
}

TEST(what_is_too_long_to_count_is_the_longest)
{
	assert_int_equal(client_time_since_us(at(5000000, 0), 1000, 1000000), UINT32_MAX);
}

TEST(jitter_is_a_fifth_either_way)
{
	uint64_t least = UINT64_MAX, most = 0;

	for (int i = 0; i < MANY; i++) {
		uint64_t ms = client_time_jitter(1000);
		least = min_u64(least, ms);
		most = max_u64(most, ms);
	}
	assert_int_equal(least, 800);
	assert_int_equal(most, 1200);
}

TEST(renewal_is_after_70_to_75_percent_of_a_life)
{
	uint64_t least = UINT64_MAX, most = 0;

	for (int i = 0; i < MANY; i++) {
		uint64_t ms = client_time_renewal(5000, 1000);
		least = min_u64(least, ms);
		most = max_u64(most, ms);
	}
	assert_int_equal(least, 5700);
	assert_int_equal(most, 5750);
}

RUN(T(microseconds_are_taken_from_the_real_time), T(time_passed_is_as_fine_as_the_real_time),
    T(where_the_real_time_was_set_meanwhile_the_monotonic_clock_decides),
    T(what_is_too_long_to_count_is_the_longest), T(jitter_is_a_fifth_either_way),
    T(renewal_is_after_70_to_75_percent_of_a_life))
