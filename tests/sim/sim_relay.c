/* SPDX-License-Identifier: MIT */
/* sim_relay.c - by a relay, directly, and from one to the other. */
#include "world.h"

static void two_relays(world *w)
{
	world_add_relay(w);
	world_add_relay(w);
	world_profile_relays(w, true);
}

static void relay_without_name(world *w)
{
	world_add_relay(w);
	world_profile_relays(w, false);
	w->relays[0].conf.answers_strangers = true; /* else it does not tell its name */
	w->direct_black = true;
}

static void relay_unknown_to_profile(world *w)
{
	world_add_relay(w);
}

static void no_trust(world *w)
{
	world_one_relay(w);
	w->cconf.kinds[0] = PATH_DIRECT;
	w->cconf.n_kinds = 1;
}

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

TEST(a_relay_learns_from_home_who_may_register)
{
	world *w = world_with(world_one_relay);

	assert_int_equal(world_relay(w, 0).link, RELAY_LINK_DOWN);
	world_run(w, 10);
	assert_int_equal(world_relay(w, 0).link, RELAY_LINK_UP);
	assert_true(world_relay(w, 0).list_complete);
	assert_int_equal(world_relay(w, 0).admitted, 1);
	assert_true(home_core_relay(w->home, 0).linked);
	world_run(w, 100);
	assert_true(home_core_relay(w->home, 0).has_all_clients);
	world_free(w);
}

TEST(registers_by_the_relay_where_nothing_else_passes)
{
	world *w = world_ready(world_relay_alone);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 1000));
	assert_int_equal(world_kind(w), PATH_RELAY);
	assert_int_equal(world_relay(w, 0).visitors, 1);
	traffic(w);
	world_run(w, 2000);
	quiet(w);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	assert_true(w->up.received > 1000 && w->down.received > 1000);
	world_free(w);
}

TEST(directly_is_preferred_where_both_work)
{
	world *w = world_ready(world_one_relay);

	world_up(w, 1);
	traffic(w);
	world_run(w, 5000);
	assert_int_equal(world_kind(w), PATH_DIRECT);
	quiet(w);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(the_profile_may_prefer_the_relay)
{
	world *w = world_ready(world_relay_first);

	world_up(w, 1);
	assert_int_equal(world_kind(w), PATH_RELAY);
	world_free(w);
}

TEST(changes_to_the_relay_when_the_direct_path_dies_and_back_without_a_loss)
{
	world *w = world_ready(world_one_relay);

	world_up(w, 1);
	traffic(w);
	world_run(w, 1000);
	w->direct_black = true;
	assert_true(world_until_kind(w, PATH_RELAY, 1000));
	world_run(w, 1000);
	assert_true(w->up.gap_us < 600000 && w->down.gap_us < 600000);
	world_account(w);
	w->direct_black = false;
	assert_true(world_until_kind(w, PATH_DIRECT, 60000));
	world_run(w, 1000);
	quiet(w);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

static bool swallow_up(world *w, direction to, uint8_t *p, size_t n)
{
	bool request = dgram_classify(p, n) == DGRAM_REQUEST;

	return to == TO_CLIENT || world_kind(w) != PATH_DIRECT || request;
}

TEST(a_path_that_is_open_in_one_direction_only_is_left)
{
	world *w = world_ready(world_one_relay);

	world_up(w, 1);
	traffic(w);
	w->watch = swallow_up; /* of the direct path: home is still heard there */
	assert_true(world_until_kind(w, PATH_RELAY, 4000));
	w->watch = NULL;
	world_run(w, 1000);
	assert_true(w->up.gap_us < 4000000);
	assert_true(w->down.gap_us < 300000);
	world_free(w);
}

TEST(changes_to_the_direct_path_when_the_relay_dies)
{
	world *w = world_ready(world_relay_first);

	world_up(w, 1);
	traffic(w);
	world_stop_relay(w, 0);
	assert_true(world_until_kind(w, PATH_DIRECT, 1000));
	world_run(w, 2000);
	assert_true(w->up.gap_us < 600000 && w->down.gap_us < 600000);
	world_start_relay(w, 0);
	world_account(w);
	assert_true(world_until_kind(w, PATH_RELAY, 90000));
	quiet(w);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(a_move_by_the_relay_costs_one_round_trip_and_no_packet_upwards)
{
	world *w = world_ready(world_relay_alone);

	world_up(w, 1);
	traffic(w);
	world_move(w, 1, 2);
	world_run(w, 2000);
	quiet(w);
	assert_int_equal(world_kind(w), PATH_RELAY);
	assert_int_equal(lost(&w->up), 0);
	assert_true(w->up.gap_us < 60000 + 20000); /* 41 ms there and back, 20 ms up */
	assert_true(w->down.gap_us < 65000);
	world_free(w);
}

TEST(a_restarted_relay_is_back_within_a_second)
{
	world *w = world_ready(world_relay_alone);

	world_up(w, 1);
	traffic(w);
	world_stop_relay(w, 0);
	world_start_relay(w, 0);
	world_run(w, 2000);
	quiet(w);
	assert_int_equal(world_kind(w), PATH_RELAY);
	assert_true(w->up.gap_us < 500000 && w->down.gap_us < 500000);
	world_free(w);
}

TEST(a_restarted_home_is_reached_by_the_relay_again)
{
	world *w = world_ready(world_relay_alone);

	world_up(w, 1);
	traffic(w);
	world_restart_home(w);
	world_run(w, 3000);
	quiet(w);
	assert_true(w->up.gap_us < 200000 &&
		    w->down.gap_us < 200000); /* the relay kept its entry */
	assert_true(home_core_relay(w->home, 0).linked);
	world_free(w);
}

TEST(admission_completes_over_a_bad_link)
{
	world *w = world_with(world_relay_alone);

	w->relays[0].loss = 100;
	world_run(w, 10000);
	assert_true(world_relay(w, 0).list_complete);
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 5000));
	world_run(w, 600000);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(a_relay_that_home_names_is_used_though_the_profile_is_older)
{
	world *w = world_ready(relay_unknown_to_profile);

	world_up(w, 1);
	assert_int_equal(w->saved_client.n_relays, 1);
	assert_string_equal(w->saved_client.relays[0].name, "dmz1");
	traffic(w);
	w->direct_black = true;
	assert_true(world_until_kind(w, PATH_RELAY, 3000));
	world_run(w, 1000);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(a_relays_name_is_asked_of_the_relay)
{
	world *w = world_ready(relay_without_name);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 1500));
	assert_int_equal(world_kind(w), PATH_RELAY);
	world_free(w);
}

TEST(a_standby_leaves_the_binding_alone)
{
	world *w = world_ready(world_one_relay);

	world_up(w, 1);
	traffic(w);
	world_run(w, 3000);
	assert_int_equal(world_relay(w, 0).visitors, 1); /* ready */
	assert_int_equal(world_relay(w, 0).down_bytes > 0, 1);
	assert_true(world_relay(w, 0).down_packets < 20); /* echoes, no traffic */
	world_traffic(w, 50000, 100);
	world_run(w, 1200 * 1000);
	assert_int_equal(world_relay(w, 0).visitors, 1); /* renewed */
	assert_int_equal(world_kind(w), PATH_DIRECT);
	quiet(w);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(without_trust_in_relays_none_is_used)
{
	world *w = world_ready(no_trust);

	world_up(w, 1);
	traffic(w);
	world_run(w, 1000);
	w->direct_black = true;
	world_run(w, 5000);
	assert_int_equal(world_kind(w), PATH_DIRECT);
	assert_int_equal(world_relay(w, 0).visitors + world_relay(w, 0).pending, 0);
	world_free(w);
}

TEST(clocks_may_be_wrong)
{
	int64_t client[] = { 3600, -3600, 0, 0, 3600 }, its[] = { 0, 0, 3600, -3600, -86400 };

	for (size_t i = 0; i < COUNT(client); i++) {
		world *w = world_with(world_relay_alone);
		w->client_clock_s = client[i];
		w->relays[0].clock_s = its[i];
		world_run(w, 500);
		world_plug(w, 1);
		assert_true(world_until(w, CLIENT_REGISTERED, 1000));
		world_run(w, 1200 * 1000);
		assert_int_equal(w->state, CLIENT_REGISTERED);
		world_free(w);
	}
}

TEST(a_silent_home_makes_the_client_go_on)
{
	world *w = world_ready(world_relay_first);

	w->relays[0].cut = true;
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 3000));
	assert_int_equal(world_kind(w), PATH_DIRECT);
	world_free(w);
}

TEST(a_second_relay_takes_over)
{
	world *w = world_ready(two_relays);

	w->direct_black = true;
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 2000));
	traffic(w);
	world_run(w, 2000);
	unsigned used = world_relay(w, 0).up_packets > world_relay(w, 1).up_packets ? 0 : 1;
	world_stop_relay(w, used);
	world_run(w, 2000);
	assert_int_equal(world_kind(w), PATH_RELAY);
	assert_true(w->up.gap_us < 800000 && w->down.gap_us < 800000);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(leaves_by_the_relay)
{
	world *w = world_ready(world_relay_alone);

	world_up(w, 1);
	client_core_stop(w->client, world_client_time(w));
	world_collect(w);
	assert_true(world_until(w, CLIENT_STOPPED, 200));
	assert_false(w->attracted);
	assert_int_equal(world_relay(w, 0).visitors, 0);
	world_free(w);
}

TEST(keys_are_renewed_by_the_relay_without_a_loss)
{
	world *w = world_ready(world_relay_alone);

	world_up(w, 1);
	world_traffic(w, 20000, 100);
	world_run(w, 1000);
	world_account(w);
	world_run(w, 3600 * 1000);
	quiet(w);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

static agent_adv advertisement(uint16_t lifetime_s)
{
	agent_adv a = { .router_lifetime_s = lifetime_s, .flags = AGENT_R | AGENT_F, .sa2 = true };

	a.registration_lifetime_s = 0xffff;
	a.port = 4500;
	strcpy(a.name, "dmz1");
	return a;
}

static void prefers_advertised(world *w)
{
	world_add_relay(w);
	w->hconf.relays[0].at = (endpoint){ 0 }; /* no client learns of it from home */
	w->cconf.prefer_advertised = true;
}

TEST(a_relay_that_advertises_itself_is_used_on_that_link)
{
	world *w = world_ready(prefers_advertised);

	world_up(w, 1);
	assert_int_equal(world_kind(w), PATH_DIRECT);
	traffic(w);
	agent_adv a = advertisement(30);
	client_core_agent(w->client, world_client_time(w), 3, &w->relays[0].at.addr, &a);
	world_collect(w);
	assert_true(world_until_kind(w, PATH_RELAY, 1000));
	quiet(w);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_run(w, 30000); /* it advertises itself no more */
	assert_int_equal(world_kind(w), PATH_DIRECT);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

RUN(T(a_relay_learns_from_home_who_may_register),
    T(registers_by_the_relay_where_nothing_else_passes), T(directly_is_preferred_where_both_work),
    T(the_profile_may_prefer_the_relay),
    T(changes_to_the_relay_when_the_direct_path_dies_and_back_without_a_loss),
    T(a_path_that_is_open_in_one_direction_only_is_left),
    T(changes_to_the_direct_path_when_the_relay_dies),
    T(a_move_by_the_relay_costs_one_round_trip_and_no_packet_upwards),
    T(a_restarted_relay_is_back_within_a_second), T(a_restarted_home_is_reached_by_the_relay_again),
    T(admission_completes_over_a_bad_link),
    T(a_relay_that_home_names_is_used_though_the_profile_is_older),
    T(a_relays_name_is_asked_of_the_relay), T(a_standby_leaves_the_binding_alone),
    T(without_trust_in_relays_none_is_used), T(clocks_may_be_wrong),
    T(a_silent_home_makes_the_client_go_on), T(a_second_relay_takes_over), T(leaves_by_the_relay),
    T(keys_are_renewed_by_the_relay_without_a_loss),
    T(a_relay_that_advertises_itself_is_used_on_that_link))
