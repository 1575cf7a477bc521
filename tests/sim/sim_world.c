/* SPDX-License-Identifier: MIT */
/* sim_world.c - the world itself: a core whose timer is always now fails its test and does not hang it. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(timer_in_the_future_is_never_stuck)
{
	sim_timer t = { 0 };

	for (uint64_t now = 1000; now < 1100; now++)
		assert_false(sim_timer_is_stuck(&t, now + 1, now));
}

TEST(timer_that_moves_at_last_is_not_stuck)
{
	sim_timer t = { 0 };

	for (int n = 0; n < 5; n++) {
		for (unsigned i = 1; i < SIM_STUCK_TICKS; i++)
			assert_false(sim_timer_is_stuck(&t, 1000, 1000));
		assert_false(sim_timer_is_stuck(&t, 1001, 1000));
	}
}

TEST(timer_of_now_is_stuck_after_the_bound)
{
	sim_timer t = { 0 };

	for (uint64_t now = 1000; now < 1000 + SIM_STUCK_TICKS - 1; now++)
		assert_false(sim_timer_is_stuck(&t, now, now));
	assert_true(sim_timer_is_stuck(&t, 1000 + SIM_STUCK_TICKS, 1000 + SIM_STUCK_TICKS));
}

TEST(timer_that_is_always_a_millisecond_ahead_is_stuck)
{
	sim_timer t = { 0 };
	uint64_t now = 1000;

	while (now < 2000 && !sim_timer_is_stuck(&t, now + 1, now))
		now++;
	assert_in_range(now, 1000, 1999);
}

/* In a process of its own, since it must fail. */
static void core_whose_timer_is_always_now(void **state)
{
	sim_timer t = { 0 };

	(void)state;
	for (;;)
		world_ticked(&t, "core", 0, 1000);
}

TEST(core_whose_timer_is_always_now_fails_its_test)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(core_whose_timer_is_always_now) };
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(99);
		_exit(cmocka_run_group_tests(tests, NULL, NULL));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

RUN(T(timer_in_the_future_is_never_stuck), T(timer_that_moves_at_last_is_not_stuck),
    T(timer_of_now_is_stuck_after_the_bound), T(timer_that_is_always_a_millisecond_ahead_is_stuck),
    T(core_whose_timer_is_always_now_fails_its_test))
