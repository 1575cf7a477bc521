/* SPDX-License-Identifier: MIT */
/* sim_mtu.c - how large packets may be: found, and found again when a path swallows large ones. */
#include "world.h"

static uint16_t inner_for(uint32_t ip_len)
{
	return (uint16_t)esp_inner_max(ip_len - 28);
}

static void finds(uint32_t narrow)
{
	world *w = world_new();

	w->sites[1].narrow = narrow;
	world_up(w, 1);
	assert_in_range(world_status(w).inner_mtu, inner_for(narrow) - 12, inner_for(narrow));
	world_free(w);
}

TEST(ethernet_is_found)
{
	world *w = world_new();

	world_up(w, 1);
	assert_int_equal(world_status(w).inner_mtu, inner_for(1500));
	world_free(w);
}

TEST(path_that_swallows_more_than_1280_is_found)
{
	finds(1280);
}

TEST(path_that_swallows_more_than_1124_is_found)
{
	finds(1124);
}

TEST(odd_limits_are_found)
{
	finds(1492);
	finds(1420);
	finds(1311);
	finds(999);
}

static void turns_narrow(uint32_t narrow)
{
	world *w = world_new();

	world_up(w, 1);
	world_traffic(w, 10000, 1400);
	world_run(w, 1000);
	w->sites[1].narrow = narrow;
	world_run(w, 5000);
	assert_in_range(world_status(w).inner_mtu, inner_for(narrow) - 12, inner_for(narrow));
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(path_that_turns_into_a_black_hole_for_large_packets_is_found_out)
{
	turns_narrow(1280);
	turns_narrow(1124);
}

TEST(large_packets_pass_after_a_move_into_a_narrow_network)
{
	world *w = world_new();

	w->sites[2].narrow = 1280;
	world_up(w, 1);
	world_traffic(w, 10000, 1000);
	world_run(w, 1000);
	world_move(w, 1, 2);
	world_run(w, 1000);
	world_account(w);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(steady_one_way_traffic_of_full_size_is_not_taken_for_a_black_hole)
{
	world *w = world_new();

	world_up(w, 1);
	world_traffic(w, 1000, 1400);
	w->down.every_us = 0;
	world_run(w, 20000);
	w->up.every_us = 0;
	world_run(w, 100);
	assert_int_equal(lost(&w->up), 0);
	assert_int_equal(world_status(w).inner_mtu, inner_for(1500));
	assert_int_equal(world_status(w).drop_too_big, 0);
	world_free(w);
}

TEST(standstill_of_what_home_sends_is_noticed)
{
	world *w = world_new();

	world_up(w, 1);
	world_traffic(w, 10000, 1400);
	world_run(w, 1000);
	w->sites[1].narrow = 1280;
	w->up.every_us = w->down.every_us =
		0; /* a transfer whose acknowledgements ceased with its data */
	world_run(w, 8000);
	assert_in_range(world_status(w).inner_mtu, inner_for(1280) - 12, inner_for(1280));
	world_traffic(w, 10000, 1100);
	world_run(w, 500);
	w->sites[1].narrow = 1124;
	w->up.every_us = w->down.every_us = 0;
	world_run(w, 4000);
	assert_in_range(world_status(w).inner_mtu, inner_for(1124) - 12, inner_for(1124));
	world_free(w);
}

RUN(T(standstill_of_what_home_sends_is_noticed), T(ethernet_is_found),
    T(path_that_swallows_more_than_1280_is_found), T(path_that_swallows_more_than_1124_is_found),
    T(odd_limits_are_found), T(path_that_turns_into_a_black_hole_for_large_packets_is_found_out),
    T(large_packets_pass_after_a_move_into_a_narrow_network),
    T(steady_one_way_traffic_of_full_size_is_not_taken_for_a_black_hole))
