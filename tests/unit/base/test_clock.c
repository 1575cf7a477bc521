/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/clock.h"
#include "ntp.h"

#include <time.h>

/* time() may lag behind by a tick of the kernel. */
static uint64_t seconds(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
	return (uint64_t)now.tv_sec;
}

TEST(ntp_time_is_unix_time_since_1900)
{
	uint64_t first = seconds();
	uint64_t before = clock_unix_s(), ntp = clock_ntp(), after = clock_unix_s();

	assert_in_range((ntp >> 32) - NTP_UNIX_OFFSET, before, after);
	assert_in_range(before, first, seconds());
}

TEST(ntp_fraction_counts_binary_parts_of_a_second)
{
	assert_int_equal(ntp_from_ms(0), 0);
	assert_int_equal(ntp_from_ms(500), 0x80000000);
	assert_int_equal(ntp_from_ms(1250), 0x140000000);
}

TEST(monotonic_clock_goes_on_and_its_units_agree)
{
	uint64_t us = clock_mono_us(), ms = clock_mono_ms(), later_us = clock_mono_us();
	struct timespec nap = { 0, 3000000 };

	assert_in_range(ms, us / 1000, later_us / 1000);
	nanosleep(&nap, NULL);
	assert_true(clock_mono_us() >= us + 3000);
	assert_true(clock_mono_ms() >= ms + 2);
}

TEST(ntp_time_goes_on_within_a_second)
{
	struct timespec nap = { 0, 2000000 };
	uint64_t began_ms = clock_mono_ms(), a = clock_ntp();

	nanosleep(&nap, NULL);
	uint64_t gone = clock_ntp() - a, most_ms = clock_mono_ms() - began_ms + 5;
	assert_in_range(gone, ntp_from_ms(2), ntp_from_ms(most_ms));
}

RUN(T(ntp_time_is_unix_time_since_1900), T(ntp_fraction_counts_binary_parts_of_a_second),
    T(monotonic_clock_goes_on_and_its_units_agree), T(ntp_time_goes_on_within_a_second))
