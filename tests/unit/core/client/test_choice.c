/* SPDX-License-Identifier: MIT */
#include "core/client/choice.h"
#include "unit.h"

static client_conf conf;
static const client_host host = { .conf = &conf };
static client_agents agents;
static client_paths paths;
static client_choice choice;

/* No paths yet. */
static void start(void)
{
	agents = (client_agents){ .host = &host, .last_used = CLIENT_AGENTS };
	client_paths_init(&paths, &host, &agents);
	client_choice_init(&choice, &agents, &paths);
}

static client_path *add(unsigned slot, unsigned agent, client_path_kind kind)
{
	client_path *p = &paths.slots[slot];

	*p = (client_path){
		.used = true, .slot = (uint8_t)slot, .agent = (uint8_t)agent, .kind = kind
	};
	p->up.local = (ip_prefix){ ip4(10, 1, 0, 10), 24 };
	p->up.has_default = true;
	p->remote.addr = ip4(203, 0, 113, 2);
	agents.list[agent].kind = kind;
	return p;
}

static client_path *add_without_route(unsigned slot, unsigned agent)
{
	client_path *p = add(slot, agent, PATH_DIRECT);

	p->up.has_default = false;
	return p;
}

static core_time at(uint64_t ms)
{
	return (core_time){ .ms = ms };
}

TEST(without_paths_there_is_nothing_to_choose_and_no_timer)
{
	start();
	assert_null(client_choice_best(&choice));
	assert_null(client_choice_pick(&choice, at(1000)));
	assert_true(client_choice_next_timer_ms(&choice) == NEVER);
}

TEST(the_soundest_of_the_paths_that_can_be_used_is_picked)
{
	start();
	client_path *relay = add(0, 1, PATH_RELAY), *home = add(1, 0, PATH_DIRECT);
	assert_ptr_equal(client_choice_pick(&choice, at(1000)), home);
	assert_ptr_equal(client_choice_best(&choice), home);
	relay->answering = true;
	assert_ptr_equal(client_choice_pick(&choice, at(1000)), relay);
	home->answering = true;
	home->up.has_default = false;
	assert_ptr_equal(client_choice_pick(&choice, at(1000)), relay);
	assert_true(client_choice_next_timer_ms(&choice) == NEVER);
}

TEST(an_uplink_without_a_route_is_taken_after_300_ms)
{
	start();
	client_path *p = add_without_route(0, 0);
	assert_null(client_choice_best(&choice));
	assert_null(client_choice_pick(&choice, at(1000)));
	assert_int_equal(client_choice_next_timer_ms(&choice), 1300);
	assert_null(client_choice_pick(&choice, at(1299))); /* the wait is not begun again */
	assert_int_equal(client_choice_next_timer_ms(&choice), 1300);
	assert_ptr_equal(client_choice_pick(&choice, at(1300)), p);
	assert_true(client_choice_next_timer_ms(&choice) == NEVER);
}

TEST(a_route_that_comes_ends_the_wait)
{
	start();
	client_path *p = add_without_route(0, 0);
	assert_null(client_choice_pick(&choice, at(1000)));
	p->up.has_default = true;
	assert_ptr_equal(client_choice_pick(&choice, at(1001)), p);
	assert_true(client_choice_next_timer_ms(&choice) == NEVER);
}

TEST(an_active_path_and_rest_end_the_wait)
{
	start();
	add_without_route(0, 0);
	assert_null(client_choice_pick(&choice, at(1000)));
	client_choice_rest(&choice);
	assert_true(client_choice_next_timer_ms(&choice) == NEVER);
	assert_null(client_choice_pick(&choice, at(2000)));
	assert_int_equal(client_choice_next_timer_ms(&choice), 2300);
	client_choice_used(&choice, at(2100));
	assert_true(client_choice_next_timer_ms(&choice) == NEVER);
}

TEST(a_carrier_is_taken_only_while_it_is_up)
{
	start();
	client_path *p = add(0, CLIENT_FIRST_MUX, PATH_HTTPS);
	p->link = CLIENT_LINK_OPENING;
	assert_null(client_choice_pick(&choice, at(1000)));
	assert_true(client_choice_next_timer_ms(&choice) == NEVER);
	p->link = CLIENT_LINK_UP;
	assert_ptr_equal(client_choice_pick(&choice, at(1000)), p);
}

TEST(an_active_path_that_never_answers_is_silent_after_two_round_trips)
{
	static const struct {
		uint32_t rtt_us;
		uint64_t patience_ms;
	} cases[] = {
		{ 200000, 400 },
		{ 125000, 250 },
		{ 40000, 250 }, /* at least */
		{ 0, 2 * CLIENT_RTT_GUESS_MS },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		start();
		client_path *p = add(0, 0, PATH_DIRECT);
		p->rtt_us = cases[i].rtt_us;
		client_paths_set_active(&paths, p);
		client_choice_used(&choice, at(1000));
		assert_false(client_choice_is_active_silent(&choice,
							    at(1000 + cases[i].patience_ms - 1)));
		assert_true(
			client_choice_is_active_silent(&choice, at(1000 + cases[i].patience_ms)));
	}
}

TEST(an_active_path_that_answers_is_not_silent_nor_is_none)
{
	start();
	assert_false(client_choice_is_active_silent(&choice, at(9000)));
	client_path *silent = add(0, 0, PATH_DIRECT);
	client_paths_set_active(&paths, silent);
	client_choice_used(&choice, at(1000));
	assert_true(client_choice_is_active_silent(&choice, at(9000)));
	client_path *p = add(0, 0, PATH_DIRECT);
	p->answering = true;
	client_paths_set_active(&paths, p);
	client_choice_used(&choice, at(1000));
	assert_false(client_choice_is_active_silent(&choice, at(9000)));
}

RUN(T(without_paths_there_is_nothing_to_choose_and_no_timer),
    T(the_soundest_of_the_paths_that_can_be_used_is_picked),
    T(an_uplink_without_a_route_is_taken_after_300_ms), T(a_route_that_comes_ends_the_wait),
    T(an_active_path_and_rest_end_the_wait), T(a_carrier_is_taken_only_while_it_is_up),
    T(an_active_path_that_never_answers_is_silent_after_two_round_trips),
    T(an_active_path_that_answers_is_not_silent_nor_is_none))
