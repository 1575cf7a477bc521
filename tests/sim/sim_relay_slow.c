/* SPDX-License-Identifier: MIT */
/* sim_relay_slow.c - by a relay to a home that takes its time to answer. */
#include "world.h"

static void traffic(world *w)
{
	world_traffic(w, 1000, 100);
	world_run(w, 1000);
	world_account(w);
}

static void quiet(world *w)
{
	world_traffic(w, 0, 0);
	world_run(w, 500);
}

/* Up to what home takes at most. Nothing is bound to a port that the relay gave back meanwhile: what the relay waits
 * for comes, and packets pass. */
TEST(a_home_that_takes_its_time_is_waited_for)
{
	static const uint64_t ms[] = { 1900, 2500, 4000, 4900 };

	for (size_t i = 0; i < COUNT(ms); i++) {
		world *w = world_ready(world_relay_alone);
		w->save_us = ms[i] * 1000;
		world_plug(w, 1);
		assert_true(world_until(w, CLIENT_REGISTERED, 6000));
		traffic(w);
		world_run(w, 20000);
		quiet(w);
		assert_int_equal(lost(&w->up) + lost(&w->down), 0);
		assert_int_equal(world_relay(w, 0).visitors, 1);
		assert_int_equal(world_relay(w, 0).timeouts, 0);
		world_free(w);
	}
}

/* Whatever is written later takes no effect: the relay hears of each request in time, and gives nothing up. */
TEST(a_home_that_takes_too_long_binds_nothing_and_says_so_before_the_relay_gives_up)
{
	static const uint64_t ms[] = { 5100, 7000 };

	for (size_t i = 0; i < COUNT(ms); i++) {
		world *w = world_ready(world_relay_alone);
		w->save_us = ms[i] * 1000;
		world_plug(w, 1);
		assert_false(world_until(w, CLIENT_REGISTERED, 30000));
		assert_int_equal(world_home(w).registrations.accepted, 0);
		assert_true(world_home(w).registrations.denied_policy > 0);
		assert_int_equal(world_relay(w, 0).timeouts, 0);
		w->save_us = 0;
		assert_true(world_until(w, CLIENT_REGISTERED, 60000));
		world_free(w);
	}
}

RUN(T(a_home_that_takes_its_time_is_waited_for),
    T(a_home_that_takes_too_long_binds_nothing_and_says_so_before_the_relay_gives_up))
