/* SPDX-License-Identifier: MIT */
#include "core/client/advertised.h"
#include "unit.h"

enum { LINK = 2, OTHER_LINK = 3 };

static client_conf conf;
static client_events events;
static unsigned n_solicited;

static void note_solicit(void *ctx, const uplink *u)
{
	(void)ctx, (void)u;
	n_solicited++;
}

static client_env env = { .solicit = note_solicit };
static const logger silent;
static const client_host host = { .conf = &conf, .env = &env, .log = &silent, .events = &events };
static client_agents agents;

static void start(void)
{
	conf.n_kinds = 0;
	events = (client_events){ 0 };
	client_agents_init(&agents, &host, &(client_saved){ 0 });
}

static agent_adv adv(uint16_t sequence)
{
	return (agent_adv){ .router_lifetime_s = 30,
			    .sequence = sequence,
			    .flags = AGENT_F | AGENT_R,
			    .port = 4500,
			    .name = "r1" };
}

static void take(uint64_t ms, uint32_t ifindex, uint8_t from, const agent_adv *a)
{
	const ip_addr at = ip4(10, 1, 0, from);

	client_advertised_take(&agents, (core_time){ .ms = ms }, ifindex, &at, a);
}

static void take_first(uint64_t ms, agent_adv a)
{
	take(ms, LINK, 1, &a);
}

static const client_agent *slot(unsigned i)
{
	return &agents.list[CLIENT_FIRST_ADVERTISED + i];
}

static unsigned n_events(client_event_kind kind)
{
	unsigned n = 0;
	client_event e;

	while (client_events_take(&events, &e))
		n += e.kind == kind;
	return n;
}

static uint64_t timer(void)
{
	return client_advertised_next_timer_ms(&agents);
}

TEST(a_relay_that_advertises_itself_is_an_agent_on_its_link_for_its_lifetime)
{
	start();
	assert_true(timer() == NEVER);
	take_first(1000, adv(7));
	assert_true(slot(0)->used && slot(0)->advertised && slot(0)->is_relay);
	assert_int_equal(slot(0)->kind, PATH_RELAY);
	assert_int_equal(slot(0)->ifindex, LINK);
	assert_int_equal(slot(0)->relay.at.port, 4500);
	assert_string_equal(slot(0)->relay.name, "r1");
	assert_int_equal(timer(), 31000);
	assert_int_equal(n_events(CLIENT_EV_AGENTS_CHANGED), 1);
	client_advertised_tick(&agents, (core_time){ .ms = 30999 });
	assert_true(slot(0)->used);
	client_advertised_tick(&agents, (core_time){ .ms = 31002 });
	assert_false(slot(0)->used);
	assert_int_equal(n_events(CLIENT_EV_AGENTS_CHANGED), 1);
	assert_true(timer() == NEVER);
}

TEST(an_advertisement_without_a_port_means_434)
{
	agent_adv a = adv(7);

	start();
	a.port = 0;
	take_first(1000, a);
	assert_int_equal(slot(0)->relay.at.port, 434);
}

TEST(each_advertisement_prolongs_the_last)
{
	start();
	take_first(1000, adv(7));
	n_events(CLIENT_EV_N);
	take_first(20000, adv(8));
	assert_int_equal(timer(), 50000);
	assert_false(slot(1)->used);
	assert_false(client_events_wait(&events));
}

TEST(what_is_no_relay_or_has_no_name_is_not_used)
{
	agent_adv a = adv(7);

	start();
	a.flags = AGENT_R | AGENT_H;
	take_first(1000, a);
	a = adv(7);
	a.name[0] = 0;
	take_first(1000, a);
	a = adv(7);
	a.router_lifetime_s = 0;
	take_first(1000, a);
	assert_false(slot(0)->used);
	assert_false(client_events_wait(&events));
}

TEST(a_busy_relay_is_not_begun_with_but_stays_in_use)
{
	agent_adv a = adv(7);

	start();
	a.flags |= AGENT_B;
	take_first(1000, a);
	assert_false(slot(0)->used);
	take_first(1000, adv(7));
	take_first(20000, a);
	assert_int_equal(timer(), 50000);
}

TEST(a_profile_without_relays_takes_none_and_solicits_none)
{
	const uplink u = { .local = { ip4(10, 1, 0, 10), 24 } };

	start();
	conf.kinds[0] = PATH_DIRECT;
	conf.n_kinds = 1;
	n_solicited = 0;
	take_first(1000, adv(7));
	client_advertised_solicit(&agents, &u);
	assert_false(slot(0)->used);
	assert_int_equal(n_solicited, 0);
}

TEST(agents_are_solicited_by_ipv4_where_the_shell_can)
{
	uplink u = { .local = { ip4(10, 1, 0, 10), 24 } };

	start();
	n_solicited = 0;
	client_advertised_solicit(&agents, &u);
	assert_int_equal(n_solicited, 1);
	assert_true(ip_parse("2001:db8::10", &u.local.addr));
	client_advertised_solicit(&agents, &u);
	assert_int_equal(n_solicited, 1);
	env.solicit = NULL;
	u.local.addr = ip4(10, 1, 0, 10);
	client_advertised_solicit(&agents, &u);
	env.solicit = note_solicit;
}

TEST(numbers_that_begin_again_below_256_are_a_restart)
{
	static const struct {
		uint16_t was, is;
		bool is_restart;
	} cases[] = { { 7, 8, false },
		      { 7, 7, false },
		      { 7, 6, true },
		      { 500, 255, true },
		      { 500, 256, false } /* a roll-over */,
		      { 65535, 256, false },
		      { 65535, 0, true } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		start();
		take_first(1000, adv(cases[i].was));
		n_events(CLIENT_EV_N);
		take_first(2000, adv(cases[i].is));
		assert_int_equal(n_events(CLIENT_EV_AGENT_RESTARTED), cases[i].is_restart);
		take_first(3000, adv(cases[i].is));
		assert_int_equal(n_events(CLIENT_EV_AGENT_RESTARTED), 0);
	}
}

TEST(a_relay_that_withdraws_is_gone_at_once)
{
	agent_adv a = adv(8);

	start();
	take_first(1000, adv(7));
	a.router_lifetime_s = 0;
	take_first(2000, a);
	assert_false(slot(0)->used);
}

TEST(two_relays_are_used_at_a_time_and_each_is_one_on_its_own_link)
{
	const agent_adv a = adv(7);

	start();
	take(1000, LINK, 1, &a);
	take(2000, OTHER_LINK, 1, &a);
	assert_true(slot(1)->used && slot(1)->ifindex == OTHER_LINK);
	take(3000, LINK, 2, &a);
	assert_int_equal(slot(0)->relay.at.addr.b[3], 1);
	assert_int_equal(slot(1)->relay.at.addr.b[3], 1);
	assert_false(agents.list[CLIENT_FIRST_MUX].used);
	assert_int_equal(timer(), 31000);
	client_advertised_tick(&agents, (core_time){ .ms = 31000 });
	assert_int_equal(timer(), 32000);
	take(31500, LINK, 2, &a);
	assert_true(slot(0)->used && slot(0)->relay.at.addr.b[3] == 2);
	assert_int_equal(timer(), 32000);
}

RUN(T(a_relay_that_advertises_itself_is_an_agent_on_its_link_for_its_lifetime),
    T(an_advertisement_without_a_port_means_434), T(each_advertisement_prolongs_the_last),
    T(what_is_no_relay_or_has_no_name_is_not_used),
    T(a_busy_relay_is_not_begun_with_but_stays_in_use),
    T(a_profile_without_relays_takes_none_and_solicits_none),
    T(agents_are_solicited_by_ipv4_where_the_shell_can),
    T(numbers_that_begin_again_below_256_are_a_restart), T(a_relay_that_withdraws_is_gone_at_once),
    T(two_relays_are_used_at_a_time_and_each_is_one_on_its_own_link))
