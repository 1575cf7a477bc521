/* SPDX-License-Identifier: MIT */
/* sim_move.c - moving: with and without overlap, often, under loss; dead paths. */
#include "world.h"

TEST(move_without_overlap_costs_one_round_trip_down_and_nothing_up)
{
	world *w = world_new();

	world_up(w, 1);
	world_traffic(w, 1000, 100);
	world_run(w, 1000);
	world_move(w, 1, 2);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up), 0);
	assert_in_range(lost(&w->down), 20, 41); /* what was under way, and sent before home knew */
	assert_in_range(w->down.gap_us, 40000, 43000);
	assert_in_range(w->up.gap_us, 0, 3000);
	assert_int_equal(w->up.duplicated + w->down.duplicated, 0);
	client_status s = world_status(w);
	assert_int_equal(s.handovers, 1);
	assert_in_range((int)s.last_handover_ms, 39, 43);
	world_free(w);
}

TEST(gap_between_networks_is_bridged_for_what_waits_in_the_tun)
{
	world *w = world_new();

	world_up(w, 1);
	world_traffic(w, 10000, 100);
	world_run(w, 1000);
	world_unplug(w, 1);
	assert_false(client_core_wants_packets(w->client, world_client_time(w)));
	world_run(w, 500);
	assert_int_equal(w->state, CLIENT_SEARCHING);
	world_plug(w, 2);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up), 0);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(better_uplink_is_taken_without_loss_or_duplicate)
{
	world *w = world_new();

	world_up(w, 2);
	world_traffic(w, 1000, 100);
	world_run(w, 1000);
	world_plug(w, 1); /* lower metric */
	world_run(w, 1000);
	client_path_status p[UPLINK_MAX];
	size_t n = client_core_paths(w->client, world_client_time(w), p, UPLINK_MAX);
	for (size_t i = 0; i < n; i++)
		assert_true(p[i].active == (strcmp(p[i].uplink, "wan1") == 0));
	world_unplug(w, 2);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	assert_int_equal(w->up.duplicated + w->down.duplicated, 0);
	assert_int_equal(world_status(w).handovers, 1);
	world_free(w);
}

TEST(better_uplink_that_leads_nowhere_is_not_taken)
{
	world *w = world_new();

	world_up(w, 2);
	w->sites[1].black = true;
	world_traffic(w, 1000, 100);
	world_plug(w, 1);
	world_run(w, 5000);
	assert_int_equal(world_status(w).handovers, 0);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(hundred_random_moves_lose_no_association)
{
	world *w = world_new();
	int at = 1;

	world_up(w, at);
	uint32_t spi = world_status(w).spi_in;
	world_traffic(w, 5000, 100);
	for (int i = 0; i < 100; i++) {
		int to = (int)world_random(w, 3);
		if (to != at)
			world_move(w, at, to);
		at = to;
		world_run(w, 20 + world_random(w, 600));
		assert_int_equal(w->state, CLIENT_REGISTERED);
	}
	assert_int_equal(world_status(w).spi_in, spi);
	world_run(w, 1000);
	world_account(w);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(moves_under_loss_and_reordering_recover)
{
	world *w = world_new();

	for (int i = 0; i < 3; i++) {
		w->sites[i].loss_up = w->sites[i].loss_down = 100;
		w->sites[i].jitter_us = 30000;
	}
	world_up(w, 0);
	world_traffic(w, 5000, 100);
	for (int i = 1; i < 31; i++) {
		world_move(w, (i - 1) % 3, i % 3);
		world_run(w, 3000);
		assert_int_equal(w->state, CLIENT_REGISTERED);
	}
	world_traffic(w, 0, 0);
	world_run(w, 200);
	assert_true(w->down.received > w->down.sent * 8 / 10);
	assert_int_equal(w->up.duplicated + w->down.duplicated, 0);
	world_free(w);
}

TEST(dead_path_is_left_in_three_round_trips_and_300_ms)
{
	world *w = world_new();

	w->sites[1].metric = 50;
	world_up(w, 1);
	world_plug(w, 2);
	world_traffic(w, 1000, 100);
	world_run(w, 1000);
	w->sites[1].black = true;
	world_run(w, 2000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_in_range(w->up.gap_us, 350000, 3 * 40000 + 300000 + 42000);
	assert_in_range(w->down.gap_us, 350000, 3 * 40000 + 300000 + 2 * 42000);
	w->sites[1].black = false;
	world_run(w, 60000);
	client_path_status p[UPLINK_MAX];
	size_t n = client_core_paths(w->client, world_client_time(w), p, UPLINK_MAX);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) /* healed: the preferred one is used again */
		assert_true(p[i].active == (strcmp(p[i].uplink, "wan1") == 0));
	world_free(w);
}

TEST(only_path_that_dies_and_heals_is_used_again_within_a_second_or_two)
{
	world *w = world_new();

	world_up(w, 1);
	world_traffic(w, 10000, 100);
	world_run(w, 1000);
	w->sites[1].black = true;
	world_run(w, 20000);
	assert_int_equal(w->state, CLIENT_REGISTERING);
	w->sites[1].black = false;
	assert_true(world_until(w, CLIENT_REGISTERED, 2000));
	world_run(w, 200);
	world_account(w);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(idle_client_notices_a_dead_path_when_it_is_next_used)
{
	world *w = world_new();

	world_up(w, 0);
	world_run(w, 10000);
	w->sites[0].black = true;
	world_run(w, 60000);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_traffic(w, 10000, 100);
	assert_true(world_until(w, CLIENT_REGISTERING, 3 * 40 + 300 + 20));
	world_free(w);
}

TEST(nat_that_forgets_its_mapping_is_followed)
{
	world *w = world_new();

	world_up(w, 1);
	w->sites[1].nat_port = (uint16_t)(w->sites[1].nat_port + 500);
	world_traffic(w, 1000, 100);
	world_run(w, 1000);
	world_account(w);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(nat_that_forgets_an_idle_client_is_followed_at_its_next_echo)
{
	world *w = world_new();

	world_up(w, 1);
	world_run(w, 5000);
	w->sites[1].nat_port = (uint16_t)(w->sites[1].nat_port + 500);
	world_run(w, w->hconf.keepalive_s * 1000u);
	world_traffic(w, 1000, 100);
	w->up.every_us = 0; /* home speaks first */
	world_run(w, 20);
	assert_int_equal(w->up.sent, 0);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->down), 0);
	world_free(w);
}

TEST(coming_home_deregisters_and_leaving_registers)
{
	world *w = world_new();

	world_up(w, 1);
	world_traffic(w, 10000, 100);
	world_run(w, 500);
	world_move(w, 1, 3);
	assert_true(world_until(w, CLIENT_HOME, 100));
	assert_false(w->attracted);
	assert_true(w->tunnel.at_home);
	assert_false(w->tunnel.up);
	assert_int_equal(w->tunnel.home_ifindex, 2 + 3);
	world_traffic(w, 0, 0);
	world_run(w, 10000);
	uint64_t sent = w->sent_up;
	world_run(w, 600000);
	assert_int_equal(w->sent_up, sent);
	world_move(w, 3, 2);
	assert_true(world_until(w, CLIENT_REGISTERED, 100));
	assert_true(w->tunnel.up);
	assert_true(w->attracted);
	world_free(w);
}

TEST(network_that_only_looks_like_home_is_any_other_network)
{
	world *w = world_new();

	world_up(w, 1);
	w->sites[3].home_link = false;
	w->sites[3].seen = ip4(203, 0, 113, 26);
	w->sites[3].delay_us = 20000;
	world_traffic(w, 10000, 100);
	world_run(w, 500);
	world_move(w, 1, 3);
	world_run(w, 3000);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	assert_true(w->up.gap_us < 20000); /* what it is was not waited for */
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up), 0);
	world_free(w);
}

TEST(uplink_whose_route_comes_later_waits_for_it)
{
	world *w = world_new();

	world_up(w, 1);
	world_unplug(w, 1);
	uplink u = { .ifindex = 4, .local = { w->sites[2].local, 24 }, .mtu = 1500 };
	strcpy(u.name, "wan2");
	w->sites[2].plugged = true;
	client_core_uplinks(w->client, world_client_time(w), &u, 1);
	world_collect(w);
	assert_false(client_core_wants_packets(w->client, world_client_time(w)));
	world_run(w, 5);
	world_plug(w, 2);
	assert_true(client_core_wants_packets(w->client, world_client_time(w)));
	world_run(w, 100);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

RUN(T(move_without_overlap_costs_one_round_trip_down_and_nothing_up),
    T(gap_between_networks_is_bridged_for_what_waits_in_the_tun),
    T(better_uplink_is_taken_without_loss_or_duplicate),
    T(better_uplink_that_leads_nowhere_is_not_taken), T(hundred_random_moves_lose_no_association),
    T(moves_under_loss_and_reordering_recover),
    T(dead_path_is_left_in_three_round_trips_and_300_ms),
    T(only_path_that_dies_and_heals_is_used_again_within_a_second_or_two),
    T(idle_client_notices_a_dead_path_when_it_is_next_used),
    T(nat_that_forgets_its_mapping_is_followed),
    T(nat_that_forgets_an_idle_client_is_followed_at_its_next_echo),
    T(coming_home_deregisters_and_leaving_registers),
    T(network_that_only_looks_like_home_is_any_other_network),
    T(uplink_whose_route_comes_later_waits_for_it))
