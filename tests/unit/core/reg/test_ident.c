/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/reg/ident.h"

#define S(n) ((uint64_t)(n) << 32)
static const uint64_t now = S(4000000000u) | 0x80000000u;

static uint64_t some_random(uint64_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15;
}

TEST(fresh_is_within_the_tolerance_and_above_the_last)
{
	assert_int_equal(ident_check(now, 0, now), IDENT_FRESH);
	assert_int_equal(ident_check(now + S(IDENT_TOLERANCE_S), 0, now), IDENT_FRESH);
	assert_int_equal(ident_check(now - S(IDENT_TOLERANCE_S), 0, now), IDENT_FRESH);
	assert_int_equal(ident_check(now + 1, now, now), IDENT_FRESH);
}

TEST(a_recording_is_used_and_a_wrong_clock_is_skewed)
{
	assert_int_equal(ident_check(now, now, now), IDENT_USED);
	assert_int_equal(ident_check(now - 1, now, now), IDENT_USED);
	assert_int_equal(ident_check(now - S(86400), now, now), IDENT_USED);
	assert_int_equal(ident_check(0, 0, now), IDENT_USED);
	assert_int_equal(ident_check(now + S(7) + 1, 0, now), IDENT_SKEWED);
	assert_int_equal(ident_check(now - S(7) - 1, 0, now), IDENT_SKEWED);
	assert_int_equal(ident_check(UINT64_MAX, 0, now), IDENT_SKEWED);
}

TEST(what_follows_a_resynchronisation_is_fresh_wherever_in_a_second_it_was)
{
	const uint64_t last[] = { 0, now - S(1), now - 1, now, now + S(6) };

	for (uint32_t fraction = 0; fraction < 16; fraction++)
		for (size_t l = 0; l < COUNT(last); l++)
			for (uint64_t i = 0; i < 200; i++) {
				uint64_t ntp = S(4000000000u) | fraction << 28;
				uint64_t answer = ident_resync(some_random(i), last[l], ntp);
				ident_clock c = { 0 };
				assert_true(ident_set(&c, answer, 1000));
				uint64_t id = ident_next(&c, 1000, some_random(i));
				assert_int_equal(ident_check(id, last[l], ntp), IDENT_FRESH);
			}
}

TEST(a_resynchronisation_repeats_the_lower_half_of_the_request)
{
	/* RFC 5944 5.7.1 */
	assert_true(ident_resync(S(5) | 0x12345678, 0, now) == (S(4000000000u) | 0x12345678));
}

TEST(a_home_clock_set_back_locks_nobody_out)
{
	ident_clock c = { 0 };
	uint64_t last = now + S(86400); /* accepted before home's clock went back a day */

	assert_true(ident_set(&c, ident_resync(7, last, now), 0));
	uint64_t id = ident_next(&c, 0, 8);
	assert_int_equal(ident_check(id, last, now), IDENT_FRESH);
	assert_int_equal(ident_check(ident_next(&c, 1000, 9), id, now), IDENT_FRESH);
}

TEST(identifications_rise_and_stay_within_3_s_of_homes_time)
{
	ident_clock c = { 0 };
	uint64_t before = 0;

	assert_true(ident_set(&c, S(4000000000u), 5000));
	for (uint64_t ms = 5000; ms < 3600 * 1000; ms += 100) {
		uint64_t home = S(4000000000u) + S((ms - 5000) / 1000);
		uint64_t id = ident_next(&c, ms, some_random(ms));
		assert_true(id > before);
		assert_true(id > home - S(3) && id < home + S(4));
		before = id;
	}
}

TEST(a_burst_of_identifications_stays_within_the_tolerance)
{
	for (uint64_t round = 0; round < 1000; round++) {
		ident_clock c = { 0 };
		uint64_t id = 0;

		assert_true(ident_set(&c, now, 0));
		for (uint64_t i = 0; i < 64; i++)
			id = ident_next(&c, 0, some_random(round * 64 + i));
		assert_int_equal(ident_check(id, 0, now), IDENT_FRESH);
	}
}

TEST(an_identification_shows_nothing_of_the_clock_it_is_taken_from)
{
	/* At the same moment of home's time every value of 4 s is as likely: a quarter lies in each second. */
	unsigned in[4] = { 0 };

	for (uint64_t i = 0; i < 4000; i++) {
		ident_clock c = { .home_ntp = now, .at_ms = i, .last = 0 };
		uint64_t id = ident_next(&c, i, some_random(i));
		assert_true(id >= now - S(2) && id < now + S(2));
		in[(id - (now - S(2))) >> 32]++;
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(in[i], 900, 1100);
}

TEST(homes_time_goes_on_by_the_monotonic_clock_alone)
{
	ident_clock c = { 0 };

	assert_false(ident_is_set(&c));
	assert_false(ident_set(&c, 0x12345678, 10)); /* no time in it */
	assert_false(ident_is_set(&c));
	assert_true(ident_set(&c, S(1000) | 77, 10));
	assert_true(ident_is_set(&c));
	assert_true(ident_home_ntp(&c, 10) == (S(1000) | 0x80000000));
	assert_true(ident_home_ntp(&c, 10 + 86400250) == S(1000 + 86400) + (3ull << 30));
}

RUN(T(fresh_is_within_the_tolerance_and_above_the_last),
    T(a_recording_is_used_and_a_wrong_clock_is_skewed),
    T(what_follows_a_resynchronisation_is_fresh_wherever_in_a_second_it_was),
    T(a_resynchronisation_repeats_the_lower_half_of_the_request),
    T(a_home_clock_set_back_locks_nobody_out),
    T(identifications_rise_and_stay_within_3_s_of_homes_time),
    T(a_burst_of_identifications_stays_within_the_tolerance),
    T(an_identification_shows_nothing_of_the_clock_it_is_taken_from),
    T(homes_time_goes_on_by_the_monotonic_clock_alone))
