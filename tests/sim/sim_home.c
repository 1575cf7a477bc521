/* SPDX-License-Identifier: MIT */
/* sim_home.c - at home, where nothing is protected: the link that moves under the client without loss of carrier. */
#include "world.h"

enum {
	HOME = 3, /* the site */
	EVERY_MS = 10,
	INTERVAL_MS = 5000,
	RTT_MS = 1,
	NOTICE_MS = 3 * RTT_MS + 300,
};

/* The same address, the same gateway, another network: it leads to the internet, or nowhere. */
static void move_the_link(world *w, bool with_internet)
{
	site *s = &w->sites[HOME];

	s->home_link = false;
	s->seen = ip4(203, 0, 113, 26);
	s->delay_us = 20000;
	s->black = !with_internet;
}

static void move_it_back(world *w)
{
	site *s = &w->sites[HOME];

	s->home_link = true;
	s->seen = (ip_addr){ 0 };
	s->delay_us = 200;
	s->black = false;
}

static world *at_home(void (*adjust)(world *w))
{
	world *w = world_with(adjust);

	world_plug(w, HOME);
	assert_true(world_until(w, CLIENT_HOME, 2000));
	return w;
}

static void traffic(world *w)
{
	world_traffic(w, EVERY_MS * 1000, 100);
	w->down.every_us = 0;
}

/* Until now, since the link moved. */
static void assert_leaked_for_at_most(const world *w, uint64_t moved_us, uint64_t ms)
{
	assert_in_range(w->leaked_us, moved_us, moved_us + ms * 1000);
	assert_in_range(w->leaked, 1, ms / EVERY_MS + 1);
}

TEST(link_that_moves_during_traffic_is_noticed_within_an_interval)
{
	for (unsigned n = 0; n < 25; n++) {
		world *w = at_home(NULL);
		traffic(w);
		world_run(w, 20000 + n * 210);
		assert_int_equal(w->state, CLIENT_HOME);
		uint64_t moved_us = w->us;
		move_the_link(w, true);
		world_run(w, 10000);
		assert_leaked_for_at_most(w, moved_us, INTERVAL_MS + NOTICE_MS);
		assert_int_equal(w->state, CLIENT_REGISTERED);
		assert_true(w->tunnel.up && !w->tunnel.at_home);
		world_account(w);
		world_run(w, 1000);
		world_traffic(w, 0, 0);
		world_run(w, 100);
		assert_int_equal(lost(&w->up), 0); /* by the tunnel */
		world_free(w);
	}
}

TEST(link_that_leads_nowhere_is_noticed_too_and_nothing_leaves_in_the_clear_any_more)
{
	world *w = at_home(NULL);

	traffic(w);
	world_run(w, 7000);
	uint64_t moved_us = w->us;
	move_the_link(w, false);
	world_run(w, 600000);
	assert_leaked_for_at_most(w, moved_us, INTERVAL_MS + NOTICE_MS);
	assert_int_not_equal(w->state, CLIENT_HOME);
	assert_true(w->tunnel.up && !w->tunnel.at_home);
	world_free(w);
}

TEST(idle_client_at_home_neither_sends_nor_wakes_up)
{
	world *w = at_home(NULL);

	world_run(w, 10000);
	uint64_t sent = w->sent_up, ticks = w->client_ticks;
	world_run(w, 3600000);
	assert_int_equal(w->sent_up, sent);
	assert_int_equal(w->client_ticks, ticks);
	assert_int_equal(w->state, CLIENT_HOME);
	world_free(w);
}

TEST(link_that_moves_while_idle_is_noticed_at_the_next_packet)
{
	world *w = at_home(NULL);

	world_run(w, 60000);
	move_the_link(w, true);
	world_run(w, 3600000);
	assert_int_equal(w->state, CLIENT_HOME);
	uint64_t first_us = w->us;
	traffic(w);
	world_run(w, 5000);
	assert_leaked_for_at_most(w, first_us, NOTICE_MS);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(what_casts_doubt_on_the_link_is_followed_at_once)
{
	world *w = at_home(NULL);

	traffic(w);
	world_run(w, 6000);
	uint64_t moved_us = w->us;
	move_the_link(w, true);
	client_core_home_doubt(w->client, world_client_time(w));
	world_run(w, 5000);
	assert_leaked_for_at_most(w, moved_us, NOTICE_MS);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(a_change_of_uplinks_casts_doubt)
{
	world *w = at_home(NULL);

	traffic(w);
	world_run(w, 6000);
	uint64_t moved_us = w->us;
	move_the_link(w, true);
	world_plug(w, 1);
	world_run(w, 5000);
	assert_leaked_for_at_most(w, moved_us, NOTICE_MS);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(uplinks_that_are_as_they_were_cast_none)
{
	world *w = at_home(NULL);

	world_run(w, 6000);
	uint64_t sent = w->registrations;
	world_plug(w, HOME); /* a lease was renewed, say */
	world_run(w, 1000);
	assert_int_equal(w->registrations, sent);
	world_free(w);
}

TEST(answer_to_a_request_from_before_the_doubt_does_not_do)
{
	world *w = at_home(NULL);

	world_run(w, 1000);
	w->sites[HOME].delay_us = 50000;
	client_core_home_doubt(w->client, world_client_time(w));
	world_run(w, 1);
	uint64_t sent = w->registrations;
	client_core_home_doubt(w->client, world_client_time(w));
	world_run(w, 1000);
	assert_in_range(w->registrations, sent + 1, sent + 4);
	assert_int_equal(w->state, CLIENT_HOME);
	world_free(w);
}

TEST(doubts_without_end_cost_a_few_requests_a_second)
{
	world *w = at_home(NULL);

	world_run(w, 1000);
	uint64_t sent = w->registrations;
	for (unsigned ms = 0; ms < 10000; ms += 5) {
		client_core_home_doubt(w->client, world_client_time(w));
		world_run(w, 5);
	}
	assert_in_range(w->registrations, sent + 25, sent + 40);
	assert_int_equal(w->state, CLIENT_HOME);
	world_free(w);
}

TEST(traffic_at_home_brings_one_request_in_an_interval_and_no_write)
{
	world *w = at_home(NULL);

	world_run(w, 1000);
	traffic(w);
	world_run(w, 10000);
	const home_client_state saved = w->saved_home;
	uint64_t sent = w->registrations;
	w->save_us = UINT32_MAX; /* home's disk stands still */
	world_run(w, 600000);
	assert_in_range(w->registrations, sent + 115, sent + 120);
	assert_int_equal(w->state, CLIENT_HOME);
	assert_memory_equal(&saved, &w->saved_home, sizeof saved);
	assert_int_equal(w->n_saves, 0);
	world_free(w);
}

TEST(lost_requests_and_answers_are_no_reason_to_leave_home)
{
	world *w = at_home(NULL);

	w->sites[HOME].loss_up = w->sites[HOME].loss_down = 20;
	traffic(w);
	for (unsigned s = 0; s < 1800; s++) {
		world_run(w, 1000);
		assert_int_equal(w->state, CLIENT_HOME);
	}
	world_free(w);
}

TEST(where_packets_cannot_be_seen_home_is_asked_all_the_time)
{
	world *w = at_home(NULL);

	w->packets_unseen = true;
	world_run(w, 60000);
	move_the_link(w, true);
	uint64_t moved_us = w->us;
	traffic(w);
	world_run(w, 10000);
	assert_leaked_for_at_most(w, moved_us, INTERVAL_MS + NOTICE_MS);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(link_that_comes_back_is_home_again)
{
	world *w = at_home(NULL);

	traffic(w);
	world_run(w, 6000);
	move_the_link(w, true);
	world_run(w, 300000);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	move_it_back(w);
	assert_true(world_until(w, CLIENT_HOME, 80000));
	world_run(w, 10000);
	assert_int_equal(w->state, CLIENT_HOME);
	world_free(w);
}

TEST(home_that_is_restarted_is_missed_and_found_again)
{
	world *w = at_home(NULL);

	traffic(w);
	world_run(w, 6000);
	world_restart_home(w);
	world_run(w, 60000);
	assert_int_equal(w->state, CLIENT_HOME);
	world_free(w);
}

TEST(another_uplink_takes_over_from_a_link_that_is_not_home_any_more)
{
	world *w = at_home(NULL);

	world_plug(w, 1);
	world_run(w, 5000);
	assert_int_equal(w->state, CLIENT_HOME);
	traffic(w);
	world_run(w, 6000);
	move_the_link(w, false);
	while (w->state == CLIENT_HOME)
		world_run(w, 10);
	assert_true(world_until(w, CLIENT_REGISTERED, 200)); /* at once */
	world_run(w, 100);
	world_account(w);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up), 0);
	world_free(w);
}

TEST(the_home_link_is_followed_while_it_is_the_home_link)
{
	world *w = at_home(NULL);

	assert_int_equal(w->home_link, 2 + HOME);
	world_move(w, HOME, 1);
	assert_int_equal(w->home_link, 0);
	assert_true(world_until(w, CLIENT_REGISTERED, 2000));
	world_free(w);
}

static void never_in_the_clear(world *w)
{
	w->cconf.never_at_home = true;
}

static void without_a_way_back(world *w)
{
	never_in_the_clear(w);
	w->direct_black = true; /* home's public address, from inside as well */
}

TEST(who_is_never_to_be_at_home_uses_the_tunnel_there)
{
	world *w = world_with(never_in_the_clear);

	world_up(w, HOME);
	traffic(w);
	world_run(w, 20000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	assert_int_equal(w->clear, 0);
	assert_int_equal(lost(&w->up), 0);
	assert_int_equal(w->home_link, 0);
	world_free(w);
}

TEST(who_is_never_to_be_at_home_finds_the_home_server_on_the_link_itself)
{
	world *w = world_with(without_a_way_back);

	world_plug(w, HOME);
	assert_true(world_until(w, CLIENT_REGISTERED, 1000));
	world_free(w);
}

RUN(T(link_that_moves_during_traffic_is_noticed_within_an_interval),
    T(link_that_leads_nowhere_is_noticed_too_and_nothing_leaves_in_the_clear_any_more),
    T(idle_client_at_home_neither_sends_nor_wakes_up),
    T(link_that_moves_while_idle_is_noticed_at_the_next_packet),
    T(what_casts_doubt_on_the_link_is_followed_at_once), T(a_change_of_uplinks_casts_doubt),
    T(uplinks_that_are_as_they_were_cast_none),
    T(answer_to_a_request_from_before_the_doubt_does_not_do),
    T(doubts_without_end_cost_a_few_requests_a_second),
    T(traffic_at_home_brings_one_request_in_an_interval_and_no_write),
    T(lost_requests_and_answers_are_no_reason_to_leave_home),
    T(where_packets_cannot_be_seen_home_is_asked_all_the_time),
    T(link_that_comes_back_is_home_again), T(home_that_is_restarted_is_missed_and_found_again),
    T(another_uplink_takes_over_from_a_link_that_is_not_home_any_more),
    T(the_home_link_is_followed_while_it_is_the_home_link),
    T(who_is_never_to_be_at_home_uses_the_tunnel_there),
    T(who_is_never_to_be_at_home_finds_the_home_server_on_the_link_itself))
