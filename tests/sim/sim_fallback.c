/* SPDX-License-Identifier: MIT */
/* sim_fallback.c - the fallback order: to carriers where UDP does not pass, and back to UDP where it does. The path to
 * every site is 20 ms long: a round trip takes 40 ms, a carrier 120 ms to open. */
#include "world.h"

enum { RTT_MS = 40, PROMISED_MS = 1000 + 3 * RTT_MS };

static void https(world *w)
{
	world_profile_mux(w, PATH_HTTPS, "home");
}

static void https_and_http(world *w)
{
	world_profile_mux(w, PATH_HTTPS, "home");
	world_profile_mux(w, PATH_HTTP, "home");
}

static void hotel(world *w)
{
	https_and_http(w);
	w->sites[1].no_udp = true;
}

static void https_to_relay(world *w)
{
	world_add_relay(w);
	world_profile_mux(w, PATH_HTTPS, "dmz1");
	w->sites[1].no_udp = true;
	w->direct_black = true;
}

static void https_first(world *w)
{
	https(w);
	w->cconf.kinds[0] = PATH_HTTPS;
	w->cconf.kinds[1] = PATH_DIRECT;
	w->cconf.n_kinds = 2;
}

static void no_https(world *w)
{
	https_and_http(w);
	w->cconf.kinds[0] = PATH_DIRECT;
	w->cconf.n_kinds = 1;
	w->sites[1].no_udp = true;
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

TEST(a_network_that_passes_udp_never_sees_a_carrier)
{
	world *w = world_with(https_and_http);

	world_up(w, 1);
	traffic(w);
	world_run(w, 20000);
	world_move(w, 1, 2);
	world_run(w, 20000);
	assert_int_equal(w->carriers, 0);
	world_free(w);
}

TEST(registers_by_https_within_a_second_and_three_round_trips_where_udp_is_dropped)
{
	world *w = world_with(hotel);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, PROMISED_MS));
	assert_int_equal(world_kind(w), PATH_HTTPS);
	assert_true(world_by_carrier(w));
	traffic(w);
	world_run(w, 5000);
	quiet(w);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(a_move_to_a_network_that_drops_udp_costs_a_second_and_three_round_trips)
{
	world *w = world_with(hotel);

	world_up(w, 0);
	traffic(w);
	world_move(w, 0, 1);
	world_run(w, 5000);
	assert_int_equal(world_kind(w), PATH_HTTPS);
	assert_true(w->up.gap_us < PROMISED_MS * 1000 && w->down.gap_us < PROMISED_MS * 1000);
	world_free(w);
}

TEST(goes_by_http_where_https_is_dropped_too)
{
	world *w = world_with(hotel);

	w->sites[1].no_https = true;
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 2000));
	assert_int_equal(world_kind(w), PATH_HTTP);
	world_free(w);
}

TEST(moves_up_from_http_to_https_and_to_udp_without_a_lost_packet)
{
	world *w = world_with(hotel);

	w->sites[1].no_https = true;
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 2000));
	traffic(w);
	w->sites[1].no_https = false;
	assert_true(world_until_kind(w, PATH_HTTPS, 80000));
	world_run(w, 2000);
	assert_int_equal(w->saved_client.networks[0].kind, PATH_HTTPS);
	w->sites[1].no_udp = false;
	assert_true(world_until_kind(w, PATH_DIRECT, 61000));
	world_run(w, 2000);
	quiet(w);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(moves_up_also_while_nobody_uses_the_tunnel)
{
	world *w = world_with(hotel);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, PROMISED_MS));
	world_run(w, 200000);
	w->sites[1].no_udp = false;
	assert_true(world_until_kind(w, PATH_DIRECT, 61000));
	world_free(w);
}

TEST(carriers_are_closed_some_time_after_udp_works)
{
	world *w = world_with(hotel);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, PROMISED_MS));
	w->sites[1].no_udp = false;
	assert_true(world_until_kind(w, PATH_DIRECT, 61000));
	assert_true(world_carriers_open(w));
	world_run(w, 12000);
	assert_false(world_carriers_open(w));
	world_free(w);
}

TEST(falls_to_https_when_a_firewall_begins_to_drop_udp)
{
	world *w = world_with(hotel);

	w->sites[1].no_udp = false;
	world_up(w, 1);
	traffic(w);
	w->sites[1].no_udp = true;
	assert_true(world_until_kind(w, PATH_HTTPS, PROMISED_MS + 250 + 3 * RTT_MS));
	world_run(w, 2000);
	assert_true(w->up.gap_us < 1500000);
	world_free(w);
}

TEST(an_idle_client_notices_at_its_next_echo_that_udp_is_dropped)
{
	world *w = world_with(hotel);

	w->sites[1].no_udp = false;
	world_up(w, 1);
	world_run(w, 5000);
	w->sites[1].no_udp = true;
	assert_true(world_until_kind(w, PATH_HTTPS, w->hconf.keepalive_s * 1000u + 3500));
	world_traffic(w, 1000, 100);
	w->up.every_us = 0; /* home reaches it */
	world_run(w, 1000);
	assert_true(w->down.received > 900);
	world_free(w);
}

TEST(a_connection_that_is_reset_is_made_again_at_once)
{
	world *w = world_with(hotel);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, PROMISED_MS));
	traffic(w);
	world_cut_carriers(w);
	world_run(w, 3000);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	assert_true(w->up.gap_us < 300000 && w->down.gap_us < 300000);
	world_free(w);
}

TEST(a_connection_that_goes_silent_is_given_up_and_made_again)
{
	world *w = world_with(hotel);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, PROMISED_MS));
	traffic(w);
	w->sites[1].black = true;
	world_run(w, 4000);
	w->sites[1].black = false;
	world_run(w, 20000);
	world_account(w);
	world_run(w, 1000);
	quiet(w);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(a_multiplexer_that_cannot_be_reached_is_tried_less_and_less_often)
{
	world *w = world_with(hotel);

	w->sites[1].no_https = w->sites[1].no_http = true;
	world_plug(w, 1);
	world_run(w, 600000);
	assert_int_equal(w->state, CLIENT_REGISTERING);
	assert_true(w->carriers > 10 && w->carriers < 30);
	world_free(w);
}

TEST(behind_a_captive_portal_it_is_tried_every_five_seconds)
{
	world *w = world_with(hotel);

	w->sites[1].portal = true;
	world_plug(w, 1);
	world_run(w, 60000);
	assert_true(w->carriers >= 20 && w->carriers <= 26); /* of two kinds */
	w->sites[1].portal = false;
	assert_true(world_until(w, CLIENT_REGISTERED, 6000));
	world_free(w);
}

TEST(a_relay_is_reached_by_a_carrier_as_well)
{
	world *w = world_ready(https_to_relay);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 2000));
	assert_int_equal(world_kind(w), PATH_HTTPS);
	assert_int_equal(world_relay(w, 0).visitors, 1);
	traffic(w);
	world_run(w, 2000);
	world_cut_carriers(w);
	world_run(w, 3000);
	world_account(w);
	world_run(w, 2000);
	quiet(w);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	assert_true(w->up.received > 1000);
	world_free(w);
}

TEST(a_profile_may_prefer_https)
{
	world *w = world_with(https_first);

	world_plug(w, 1);
	assert_true(world_until_kind(w, PATH_HTTPS, 3000));
	traffic(w);
	world_run(w, 60000);
	quiet(w);
	assert_int_equal(world_kind(w), PATH_HTTPS);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(a_kind_that_the_profile_leaves_out_is_not_tried)
{
	world *w = world_with(no_https);

	world_plug(w, 1);
	world_run(w, 60000);
	assert_int_equal(w->carriers, 0);
	world_free(w);
}

TEST(with_two_uplinks_the_one_that_still_has_a_carrier_takes_over)
{
	world *w = world_with(hotel);

	w->sites[2].no_udp = true;
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, PROMISED_MS));
	world_plug(w, 2);
	world_run(w, 2000);
	traffic(w);
	world_unplug(w, 1);
	world_run(w, 3000);
	assert_int_equal(world_kind(w), PATH_HTTPS);
	assert_true(w->up.gap_us < PROMISED_MS * 1000);
	world_free(w);
}

TEST(at_home_no_carrier_is_kept)
{
	world *w = world_with(hotel);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, PROMISED_MS));
	world_move(w, 1, 3);
	assert_true(world_until(w, CLIENT_HOME, 3000));
	world_run(w, 12000);
	assert_false(world_carriers_open(w));
	world_free(w);
}

RUN(T(a_network_that_passes_udp_never_sees_a_carrier),
    T(registers_by_https_within_a_second_and_three_round_trips_where_udp_is_dropped),
    T(a_move_to_a_network_that_drops_udp_costs_a_second_and_three_round_trips),
    T(goes_by_http_where_https_is_dropped_too),
    T(moves_up_from_http_to_https_and_to_udp_without_a_lost_packet),
    T(moves_up_also_while_nobody_uses_the_tunnel), T(carriers_are_closed_some_time_after_udp_works),
    T(falls_to_https_when_a_firewall_begins_to_drop_udp),
    T(an_idle_client_notices_at_its_next_echo_that_udp_is_dropped),
    T(a_connection_that_is_reset_is_made_again_at_once),
    T(a_connection_that_goes_silent_is_given_up_and_made_again),
    T(a_multiplexer_that_cannot_be_reached_is_tried_less_and_less_often),
    T(behind_a_captive_portal_it_is_tried_every_five_seconds),
    T(a_relay_is_reached_by_a_carrier_as_well), T(a_profile_may_prefer_https),
    T(a_kind_that_the_profile_leaves_out_is_not_tried),
    T(with_two_uplinks_the_one_that_still_has_a_carrier_takes_over), T(at_home_no_carrier_is_kept))
