/* SPDX-License-Identifier: MIT */
/* sim_receive.c - a client that only receives: nothing that it sends could stay unanswered. The path is 20 ms long, a
 * round trip takes 40 ms. */
#include "world.h"

enum { RTT_MS = 40, SITE = 1 };

static void https(world *w)
{
	world_profile_mux(w, PATH_HTTPS, "home");
}

static void receive(world *w, uint32_t every_us)
{
	world_traffic(w, every_us, 1000);
	w->up.every_us = 0;
}

static void forget_mapping(world *w)
{
	w->sites[SITE].nat_port = (uint16_t)(w->sites[SITE].nat_port + 500);
}

static world *receiving(uint32_t every_us)
{
	world *w = world_with(https);

	world_up(w, SITE);
	receive(w, every_us);
	world_run(w, 3000);
	world_account(w);
	world_run(w, 100);
	return w;
}

TEST(nat_that_forgets_its_mapping_in_a_download_is_followed_within_a_second)
{
	for (unsigned n = 0; n < 20; n++) {
		world *w = receiving(1000);
		world_run(w, 100 * n);
		forget_mapping(w);
		world_run(w, 3000);
		assert_in_range(w->down.gap_us, RTT_MS * 1000, (1000 + 3 * RTT_MS) * 1000);
		assert_int_equal(world_kind(w), PATH_DIRECT);
		assert_int_equal(world_status(w).handovers, 0);
		world_free(w);
	}
}

TEST(nat_that_forgets_its_mapping_between_two_bursts_is_followed_too)
{
	world *w = receiving(1000);

	for (unsigned n = 0; n < 20;
	     n++) { /* a few packets, a pause in which an echo was answered, a few packets */
		w->down.every_us = 0;
		world_run(w, 400);
		receive(w, 10000);
		world_account(w);
		world_run(w, 80);
		forget_mapping(w);
		world_run(w, 3000);
		assert_in_range(w->down.gap_us, RTT_MS * 1000, (1000 + 3 * RTT_MS) * 1000);
	}
	world_free(w);
}

TEST(udp_that_is_shut_in_a_download_is_replaced_by_https_within_a_second)
{
	for (unsigned n = 0; n < 20; n++) {
		world *w = receiving(1000);
		world_run(w, 100 * n);
		w->sites[SITE].no_udp = true;
		world_run(w, 4000);
		assert_int_equal(world_kind(w), PATH_HTTPS);
		assert_in_range(w->down.gap_us, RTT_MS * 1000, 1000000);
		world_free(w);
	}
}

/* Bursts of n packets, 5 ms apart, and a pause after each. Returns how many datagrams left for each burst. */
static double datagrams_for_each_burst(world *w, unsigned bursts, unsigned n, uint64_t pause_ms)
{
	uint64_t sent = w->sent_up;

	for (unsigned i = 0; i < bursts; i++) {
		receive(w, 5000);
		world_run(w, 5 * n);
		w->down.every_us = 0;
		world_run(w, pause_ms);
		assert_int_equal(w->state, CLIENT_REGISTERED);
	}
	return (double)(w->sent_up - sent) / bursts;
}

TEST(natural_pauses_are_no_alarm)
{
	static const struct {
		unsigned n;
		uint64_t pause_ms;
	} cases[] = {
		{ 20, 300 },   /* a server that is slow in between */
		{ 5, 400 },    /* a few packets now and then */
		{ 100, 1000 }, /* a bursty download */
		{ 200, 10000 } /* video: a piece each ten seconds */
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		world *w = world_with(https);
		w->sites[SITE].loss_up = w->sites[SITE].loss_down = 20;
		world_up(w, SITE);
		/* Some are the search for the MTU, which every burst may bring. */
		double each = datagrams_for_each_burst(w, 200, cases[i].n, cases[i].pause_ms);
		print_message("%u packets, %u ms: %.2f datagrams a burst\n", cases[i].n,
			      (unsigned)cases[i].pause_ms, each);
		assert_true(each < 4.5);
		assert_int_equal(w->carriers, 0);
		assert_int_equal(world_status(w).handovers, 0);
		world_free(w);
	}
}

TEST(keystrokes_are_no_alarm)
{
	world *w = world_with(https);

	world_up(w, SITE);
	for (unsigned i = 0; i < 300; i++) { /* one there, its echo back, 40 to 600 ms apart */
		world_traffic(w, 1000000, 60);
		world_run(w, 0);
		w->up.every_us = w->down.every_us = 0;
		world_run(w, 40 + world_random(w, 560));
		assert_int_equal(w->state, CLIENT_REGISTERED);
	}
	assert_int_equal(w->carriers, 0);
	assert_int_equal(world_status(w).handovers, 0);
	world_free(w);
}

TEST(a_trickle_is_answered_by_less_than_one_echo_a_packet)
{
	world *w = world_new();

	world_up(w, SITE);
	receive(w, 300000); /* each packet might be the last */
	world_run(w, 2000);
	uint64_t sent = w->sent_up, received = w->down.received;
	world_run(w, 60000);
	received = w->down.received - received;
	print_message("%u datagrams for %u packets\n", (unsigned)(w->sent_up - sent),
		      (unsigned)received);
	assert_true(w->sent_up - sent < received * 6 / 10);
	world_free(w);
}

TEST(idle_client_behind_a_nat_wakes_up_twelve_times_a_minute_at_most)
{
	world *w = receiving(1000);

	w->down.every_us = 0;
	world_run(w, 60000);
	uint64_t ticks = w->client_ticks;
	world_run(w, 600000);
	print_message("%u ticks in ten minutes\n", (unsigned)(w->client_ticks - ticks));
	assert_true(w->client_ticks - ticks <= 120);
	world_free(w);
}

TEST(who_only_receives_by_a_path_that_dies_uses_the_other_one)
{
	world *w = world_new();

	w->sites[1].metric = 50;
	world_up(w, 1);
	world_plug(w, 2);
	world_run(w, 1000);
	receive(w, 1000);
	world_account(w);
	world_run(w, 1000);
	w->sites[1].black = true;
	world_run(w, 3000);
	assert_int_equal(world_status(w).handovers, 1);
	assert_in_range(w->down.gap_us, RTT_MS * 1000, (1000 + 3 * RTT_MS) * 1000);
	world_free(w);
}

RUN(T(nat_that_forgets_its_mapping_in_a_download_is_followed_within_a_second),
    T(nat_that_forgets_its_mapping_between_two_bursts_is_followed_too),
    T(udp_that_is_shut_in_a_download_is_replaced_by_https_within_a_second),
    T(natural_pauses_are_no_alarm), T(keystrokes_are_no_alarm),
    T(a_trickle_is_answered_by_less_than_one_echo_a_packet),
    T(idle_client_behind_a_nat_wakes_up_twelve_times_a_minute_at_most),
    T(who_only_receives_by_a_path_that_dies_uses_the_other_one))
