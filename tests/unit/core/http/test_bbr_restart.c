/* SPDX-License-Identifier: MIT */
#include "core/http/bbr_restart.h"
#include "unit.h"

static const bbr_sample cruising = { .rate = 1000000, .probe_bw = true };

/* Asks every 10 ms whether packets that wait for 60 ms are worth a new start; returns when they were. */
static uint64_t next_restart(bbr_restart *b, uint64_t from_ms, const bbr_sample *s,
			     uint64_t until_ms)
{
	for (uint64_t now = from_ms; now < until_ms; now += 10)
		if (bbr_restart_note_wait(b, now, 60) && bbr_restart_decide(b, now, s))
			return now;
	return UINT64_MAX;
}

TEST(packets_that_have_not_waited_need_no_look)
{
	bbr_restart b = { 0 };

	assert_false(bbr_restart_note_wait(&b, 1000, 0));
	assert_false(bbr_restart_note_wait(&b, 1000, BBR_RESTART_WAIT_MS - 1));
	assert_true(bbr_restart_note_wait(&b, 1000, BBR_RESTART_WAIT_MS));
}

TEST(looks_are_apart)
{
	bbr_restart b = { 0 };
	unsigned looks = 0;

	for (uint64_t now = 5000; now < 6000; now++)
		looks += bbr_restart_note_wait(&b, now, 100);
	assert_int_equal(looks, 1000 / BBR_RESTART_LOOK_MS);
}

TEST(a_connection_in_startup_is_left_alone)
{
	bbr_restart b = { 0 };
	const bbr_sample s = { .rate = 1000000 };

	assert_true(next_restart(&b, 1000, &s, 100000) == UINT64_MAX);
}

TEST(a_repair_is_waited_for)
{
	bbr_restart b = { 0 };
	const bbr_sample s = { .rate = 1000000, .probe_bw = true, .in_recovery = true };

	assert_true(next_restart(&b, 1000, &s, 2000) == UINT64_MAX);
	assert_true(next_restart(&b, 2000, &cruising, 3000) < 2000 + 2 * BBR_RESTART_LOOK_MS);
}

TEST(a_start_that_finds_the_same_rate_is_not_repeated_for_long)
{
	bbr_restart b = { 0 };
	uint64_t at = next_restart(&b, 1000, &cruising, 2000), gap = BBR_RESTART_SAME_MIN_MS;

	assert_int_equal(at, 1000);
	for (unsigned i = 0; i < 6; i++) {
		uint64_t then = next_restart(&b, at + 10, &cruising, at + 100000);
		assert_int_equal(then - at, gap);
		at = then;
		gap = gap < BBR_RESTART_SAME_MAX_MS ? 2 * gap : gap;
	}
}

TEST(a_start_that_found_another_rate_may_be_followed_soon)
{
	bbr_restart b = { 0 };
	uint64_t at = 1000;

	for (unsigned i = 0; i < 4; i++)
		at = next_restart(&b, at, &cruising, UINT64_MAX);
	bbr_sample other = cruising;
	other.rate += other.rate / 4 + 1;
	uint64_t then = next_restart(&b, at + 10, &other, UINT64_MAX);
	assert_int_equal(then - at, BBR_RESTART_GAP_MS);
	other.rate /= 2;
	at = next_restart(&b, then + 10, &other, UINT64_MAX);
	assert_int_equal(at - then, BBR_RESTART_GAP_MS);
	then = next_restart(&b, at + 10, &other, UINT64_MAX);
	assert_int_equal(then - at, BBR_RESTART_SAME_MIN_MS);
}

TEST(a_transfer_after_a_pause_is_not_held_against_the_one_before)
{
	bbr_restart b = { 0 };
	uint64_t at = 1000;

	for (unsigned i = 0; i < 4; i++)
		at = next_restart(&b, at, &cruising, UINT64_MAX);
	assert_true(next_restart(&b, at + 10, &cruising, at + 2000) == UINT64_MAX);
	at += 2000 + BBR_RESTART_PAUSE_MS;
	assert_int_equal(next_restart(&b, at, &cruising, UINT64_MAX), at);
}

TEST(a_short_pause_begins_no_other_transfer)
{
	bbr_restart b = { 0 };
	uint64_t at = next_restart(&b, 1000, &cruising, UINT64_MAX);

	at = next_restart(&b, at + 10, &cruising, UINT64_MAX);
	assert_true(next_restart(&b, at + 4900, &cruising, at + 6000) == UINT64_MAX);
}

RUN(T(packets_that_have_not_waited_need_no_look), T(looks_are_apart),
    T(a_connection_in_startup_is_left_alone), T(a_repair_is_waited_for),
    T(a_start_that_finds_the_same_rate_is_not_repeated_for_long),
    T(a_start_that_found_another_rate_may_be_followed_soon),
    T(a_transfer_after_a_pause_is_not_held_against_the_one_before),
    T(a_short_pause_begins_no_other_transfer))
