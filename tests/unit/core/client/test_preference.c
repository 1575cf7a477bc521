/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static client_conf conf;
static const client_host host = { .conf = &conf };
static client_agents agents = { .host = &host, .last_used = CLIENT_AGENTS };

static client_path path(unsigned agent, client_path_kind kind, uint32_t rtt_us)
{
	client_path p = { .used = true, .agent = (uint8_t)agent, .kind = kind, .rtt_us = rtt_us };

	p.up = cafe();
	p.remote.addr = ip4(203, 0, 113, 2);
	agents.list[agent].kind = kind;
	return p;
}

static bool is_better(const client_path *a, const client_path *b)
{
	return client_preference_is_better(&agents, a, b);
}

TEST(a_relay_is_better_than_home_only_if_its_round_trip_is_clearly_shorter)
{
	static const struct {
		uint32_t relay_us, home_us;
		bool is_better;
	} cases[] = {
		{ 20000, 40000, false },  { 20000, 40001, true }, /* 3/2 and 10 ms */
		{ 2, 10003, false },      { 2, 10004, true },      { 100000, 160000, false },
		{ 100000, 160001, true }, { 40000, 20000, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		client_path home = path(0, PATH_DIRECT, cases[i].home_us);
		client_path relay = path(1, PATH_RELAY, cases[i].relay_us);
		assert_int_equal(is_better(&relay, &home), cases[i].is_better);
		assert_int_equal(is_better(&home, &relay), !cases[i].is_better);
	}
}

TEST(a_round_trip_that_is_not_known_decides_nothing)
{
	client_path home = path(0, PATH_DIRECT, 0), relay = path(1, PATH_RELAY, 1000);

	assert_true(is_better(&home, &relay));
	home.rtt_us = 900000;
	relay.rtt_us = 0;
	assert_true(is_better(&home, &relay));
	relay.rtt_us = 1000;
	home.rtt_is_rough = true; /* of a registration */
	assert_true(is_better(&home, &relay));
	home.rtt_is_rough = false;
	assert_true(is_better(&relay, &home));
}

TEST(udp_is_better_than_a_carrier_however_long_its_round_trip)
{
	client_path home = path(0, PATH_DIRECT, 900000);
	client_path https = path(CLIENT_FIRST_MUX, PATH_HTTPS, 1000);
	client_path http = path(CLIENT_FIRST_MUX + 1, PATH_HTTP, 10);

	assert_true(is_better(&home, &https));
	assert_false(is_better(&https, &home));
	assert_true(is_better(&https, &http));
}

TEST(of_two_carriers_of_one_kind_the_clearly_faster_is_better)
{
	client_path a = path(CLIENT_FIRST_MUX, PATH_HTTPS, 90000);
	client_path b = path(CLIENT_FIRST_MUX + 1, PATH_HTTPS, 10000);

	assert_true(is_better(&b, &a));
}

TEST(the_systems_metric_comes_before_everything)
{
	client_path home = path(0, PATH_DIRECT, 1000), http = path(CLIENT_FIRST_MUX, PATH_HTTP, 0);

	http.up.metric = 50;
	home.up.metric = 51;
	assert_true(is_better(&http, &home));
}

TEST(a_relay_that_advertises_itself_comes_first_if_the_profile_says_so)
{
	client_path home = path(0, PATH_DIRECT, 1000);
	client_path relay = path(CLIENT_FIRST_ADVERTISED, PATH_RELAY, 900000);

	agents.list[CLIENT_FIRST_ADVERTISED].advertised = true;
	assert_false(is_better(&relay, &home));
	conf.prefer_advertised = true;
	assert_true(is_better(&relay, &home));
	assert_false(is_better(&home, &relay));
	conf.prefer_advertised = false;
}

TEST(the_profiles_order_of_kinds_decides_between_equals)
{
	client_path home = path(0, PATH_DIRECT, 0);
	client_path https = path(CLIENT_FIRST_MUX, PATH_HTTPS, 0);

	conf.kinds[0] = PATH_HTTPS;
	conf.kinds[1] = PATH_DIRECT;
	conf.n_kinds = 2;
	assert_true(is_better(&https, &home));
	conf.n_kinds = 0;
	assert_true(is_better(&home, &https));
}

TEST(a_path_that_can_be_used_is_preferred_to_one_that_cannot)
{
	client_path home = path(0, PATH_DIRECT, 0);
	client_path https = path(CLIENT_FIRST_MUX, PATH_HTTPS, 0);

	home.up.has_default = false;
	assert_true(client_preference_is_preferred(&agents, &https, &home));
	https.link = CLIENT_LINK_OPENING;
	assert_true(client_preference_is_preferred(&agents, &home, &https));
}

TEST(a_path_that_answers_is_sounder_than_an_untried_one_and_that_than_a_failed_one)
{
	client_path home = path(0, PATH_DIRECT, 0), relay = path(1, PATH_RELAY, 0);

	relay.answering = true;
	assert_true(client_preference_is_sounder(&agents, &relay, &home));
	home.answering = true;
	assert_true(client_preference_is_sounder(&agents, &home, &relay));
	home.answering = relay.answering = false;
	home.failed = true;
	assert_true(client_preference_is_sounder(&agents, &relay, &home));
}

TEST(of_untried_paths_the_one_to_the_agent_that_worked_last_is_sounder)
{
	client_path home = path(0, PATH_DIRECT, 0), relay = path(1, PATH_RELAY, 0);

	agents.last_used = 1;
	assert_true(client_preference_is_sounder(&agents, &relay, &home));
	relay.up.metric = 1; /* another link: the system decides */
	assert_true(client_preference_is_sounder(&agents, &home, &relay));
	assert_false(client_preference_is_sounder(&agents, &relay, &home));
	relay.up.metric = 0;
	home.answering = relay.answering = true; /* both are known */
	assert_true(client_preference_is_sounder(&agents, &home, &relay));
	client_path later = path(2, PATH_RELAY, 0); /* neither is the one that worked last */
	home.answering = false;
	assert_true(client_preference_is_sounder(&agents, &home, &later));
	assert_false(client_preference_is_sounder(&agents, &later, &home));
	agents.last_used = CLIENT_AGENTS;
}

RUN(T(a_relay_is_better_than_home_only_if_its_round_trip_is_clearly_shorter),
    T(a_round_trip_that_is_not_known_decides_nothing),
    T(udp_is_better_than_a_carrier_however_long_its_round_trip),
    T(of_two_carriers_of_one_kind_the_clearly_faster_is_better),
    T(the_systems_metric_comes_before_everything),
    T(a_relay_that_advertises_itself_comes_first_if_the_profile_says_so),
    T(the_profiles_order_of_kinds_decides_between_equals),
    T(a_path_that_can_be_used_is_preferred_to_one_that_cannot),
    T(a_path_that_answers_is_sounder_than_an_untried_one_and_that_than_a_failed_one),
    T(of_untried_paths_the_one_to_the_agent_that_worked_last_is_sounder))
