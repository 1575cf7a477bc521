/* SPDX-License-Identifier: MIT */
/* sim_fallback_memory.c - what worked on a network is remembered, and for how long. Times are those
 * of sim_fallback.c. */
#include "world.h"

enum { RTT_MS = 40, PROMISED_MS = 1000 + 3 * RTT_MS };

static void hotel(world *w)
{
	world_profile_mux(w, PATH_HTTPS, "home");
	world_profile_mux(w, PATH_HTTP, "home");
	w->sites[1].no_udp = true;
}

static void traffic(world *w)
{
	world_traffic(w, 1000, 100);
	world_run(w, 1000);
	world_account(w);
}

TEST(what_worked_on_a_network_is_tried_at_once_the_next_time)
{
	world *w = world_with(hotel);

	world_up(w, 0);
	world_move(w, 0, 1);
	assert_true(world_until_kind(w, PATH_HTTPS, 2000));
	world_run(w, 1000);
	assert_int_equal(w->saved_client.n_networks, 1);
	world_move(w, 1, 0);
	world_run(w, 20000);
	traffic(w);
	world_move(w, 0, 1);
	world_run(w, 3000);
	assert_int_equal(world_kind(w), PATH_HTTPS);
	assert_true(w->up.gap_us < 5 * RTT_MS * 1000);
	world_free(w);
}

TEST(a_network_is_known_when_its_gateway_comes_after_the_address)
{
	world *w = world_with(hotel);
	ip_addr gateway = w->sites[1].gateway;

	world_up(w, 0);
	world_move(w, 0, 1);
	assert_true(world_until_kind(w, PATH_HTTPS, 2000));
	world_run(w, 1000);
	world_move(w, 1, 0);
	world_run(w, 20000);
	w->sites[1].gateway.len = 0;
	world_move(w, 0, 1);
	world_run(w, 5);
	w->sites[1].gateway = gateway;
	world_plug(w, 1);
	assert_true(world_until_kind(w, PATH_HTTPS, 4 * RTT_MS));
	world_free(w);
}

/* The shell passes it on before the tunnel is up. */
static void pass_hint(world *w, const char *text)
{
	for (uint32_t k = 0; k < SIM_SOCKS; k++)
		if (w->socks[k].site >= 0 && w->socks[k].mux && !w->socks[k].up)
			client_core_carrier_hint(w->client, w->socks[k].opened, text);
}

static uplink uplink_of(const world *w, int i)
{
	const site *s = &w->sites[i];

	return (uplink){ .gateway = s->gateway, .local = { s->local, s->bits } };
}

static void visit(world *w, const char *text)
{
	world_move(w, 0, 1);
	for (int i = 0; i < 100 && !world_carriers_open(w); i++)
		world_run(w, 10);
	pass_hint(w, text);
	assert_true(world_until_kind(w, PATH_HTTPS, 2000));
	world_run(w, 1000);
	world_move(w, 1, 0);
	assert_true(world_until_kind(w, PATH_DIRECT, 2000));
	world_run(w, 20000);
}

TEST(the_hint_of_what_got_through_is_there_on_the_next_visit)
{
	world *w = world_with(hotel);
	const uplink there = uplink_of(w, 1), here = uplink_of(w, 0);
	char too_long[CLIENT_HINT + 1];

	memset(too_long, 'x', sizeof too_long);
	too_long[CLIENT_HINT] = 0;
	world_up(w, 0);
	assert_string_equal(client_core_known_hint(w->client, &there, 0), "");
	visit(w, "plain proxy:3128");
	assert_string_equal(client_core_known_hint(w->client, &there, 0), "plain proxy:3128");
	assert_string_equal(client_core_known_hint(w->client, &there, 1), ""); /* of http */
	assert_string_equal(client_core_known_hint(w->client, &here, 0), "");
	assert_string_equal(w->saved_client.networks[0].hint, "plain proxy:3128");
	visit(w, "connect-udp");
	assert_int_equal(w->saved_client.n_networks, 1);
	assert_string_equal(w->saved_client.networks[0].hint, "connect-udp");
	visit(w, too_long);
	assert_string_equal(w->saved_client.networks[0].hint, "");
	world_free(w);
}

TEST(a_network_that_passes_udp_again_is_forgotten)
{
	world *w = world_with(hotel);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, PROMISED_MS));
	world_run(w, 1000);
	assert_int_equal(w->saved_client.n_networks, 1);
	assert_int_equal(w->saved_client.networks[0].kind, PATH_HTTPS);
	w->sites[1].no_udp = false;
	assert_true(world_until_kind(w, PATH_DIRECT, 61000));
	assert_int_equal(w->saved_client.n_networks, 0);
	world_run(w, 100);
	assert_false(world_by_carrier(w));
	world_free(w);
}

RUN(T(what_worked_on_a_network_is_tried_at_once_the_next_time),
    T(a_network_is_known_when_its_gateway_comes_after_the_address),
    T(the_hint_of_what_got_through_is_there_on_the_next_visit),
    T(a_network_that_passes_udp_again_is_forgotten))
