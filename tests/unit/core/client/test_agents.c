/* SPDX-License-Identifier: MIT */
#include "core/client/agents.h"
#include "unit.h"

enum { FIRST_RELAY = 1 };

static client_conf conf;
static client_saved saved;
static client_events events;
static const logger silent;
static const client_env env;
static const client_host host = { .conf = &conf, .env = &env, .log = &silent, .events = &events };
static client_agents agents;

static reg_relay relay(uint8_t last, const char *name)
{
	reg_relay r = { .at = { .addr = ip4(203, 0, 113, last), .port = 4500 } };

	strcpy(r.name, name);
	return r;
}

static void prepare(void)
{
	conf = (client_conf){ .n_homes = 1 };
	conf.homes[0] = (endpoint){ .addr = ip4(203, 0, 113, 2), .port = 4500 };
	saved = (client_saved){ 0 };
	events = (client_events){ 0 };
}

static void start(void)
{
	client_agents_init(&agents, &host, &saved);
	events = (client_events){ 0 };
}

static unsigned n_events(client_event_kind kind)
{
	unsigned n = 0;
	client_event e;

	while (client_events_take(&events, &e))
		n += e.kind == kind;
	return n;
}

static void set_relays(const reg_relay *a, const reg_relay *b)
{
	reg_relay list[2];
	unsigned n = 0;

	if (a)
		list[n++] = *a;
	if (b)
		list[n++] = *b;
	client_agents_set_relays(&agents, list, n);
}

static void learn(const reg_relay *a)
{
	reg_reply r = { .n_relays = 1 };

	r.relays[0] = *a;
	client_agents_learn(&agents, &r);
}

static const client_agent *nth(unsigned i)
{
	return &agents.list[FIRST_RELAY + i];
}

static bool is_at(unsigned i, uint8_t last)
{
	return nth(i)->used && nth(i)->relay.at.addr.b[3] == last;
}

TEST(without_an_order_in_the_profile_every_kind_is_allowed)
{
	prepare();
	start();
	for (unsigned k = 0; k < PATH_N_KINDS; k++)
		assert_true(client_agents_allows(&agents, (client_path_kind)k));
	assert_true(agents.list[CLIENT_AGENT_HOME].used);
}

TEST(an_order_in_the_profile_allows_what_it_lists_alone)
{
	prepare();
	conf.kinds[0] = PATH_HTTP;
	conf.kinds[1] = PATH_RELAY;
	conf.n_kinds = 2;
	conf.n_muxes = 2;
	conf.muxes[0] = (client_mux){ PATH_HTTPS, "home" };
	conf.muxes[1] = (client_mux){ PATH_HTTP, "r1" };
	start();
	assert_true(client_agents_allows(&agents, PATH_HTTP));
	assert_true(client_agents_allows(&agents, PATH_RELAY));
	assert_false(client_agents_allows(&agents, PATH_DIRECT));
	assert_false(client_agents_allows(&agents, PATH_HTTPS));
	assert_false(agents.list[CLIENT_AGENT_HOME].used);
	assert_false(agents.list[CLIENT_FIRST_MUX].used);
	assert_true(agents.list[CLIENT_FIRST_MUX + 1].used);
	assert_true(agents.list[CLIENT_FIRST_MUX + 1].is_relay);
	assert_string_equal(agents.list[CLIENT_FIRST_MUX + 1].relay.name, "r1");
	assert_false(agents.list[CLIENT_FIRST_MUX].is_relay);
}

TEST(the_order_of_kinds_comes_before_the_order_of_agents)
{
	prepare();
	conf.kinds[0] = PATH_RELAY;
	conf.kinds[1] = PATH_DIRECT;
	conf.n_kinds = 2;
	conf.n_relays = 2;
	conf.relays[0] = relay(9, "");
	conf.relays[1] = relay(10, "");
	start();
	unsigned home = client_agents_rank(&agents, CLIENT_AGENT_HOME);
	unsigned first = client_agents_rank(&agents, FIRST_RELAY);
	unsigned second = client_agents_rank(&agents, FIRST_RELAY + 1);
	assert_true(first < second && second < home);
}

TEST(a_profile_without_relays_as_a_kind_has_none)
{
	const reg_relay a = relay(9, "r1");

	prepare();
	conf.kinds[0] = PATH_DIRECT;
	conf.n_kinds = 1;
	conf.n_relays = 1;
	conf.relays[0] = a;
	start();
	assert_false(nth(0)->used);
	learn(&a);
	assert_false(nth(0)->used);
	assert_int_equal(n_events(CLIENT_EV_AGENTS_CHANGED), 0);
}

TEST(the_profiles_relays_come_first_then_homes_each_once)
{
	const reg_relay a = relay(9, ""), b = relay(10, "r2"), c = relay(9, "r1");

	prepare();
	start();
	set_relays(&a, NULL);
	learn(&b);
	assert_true(is_at(0, 9) && is_at(1, 10) && !nth(2)->used);
	learn(&c); /* home has a name for the profile's own, and no other any more */
	assert_true(is_at(0, 9) && !nth(1)->used);
	assert_string_equal(nth(0)->relay.name, "r1");
}

TEST(a_relay_that_stays_keeps_its_generation_and_one_in_its_place_gets_another)
{
	const reg_relay a = relay(9, ""), b = relay(10, "");

	prepare();
	start();
	set_relays(&a, NULL);
	uint16_t generation = nth(0)->generation;
	assert_int_equal(n_events(CLIENT_EV_AGENTS_CHANGED), 1);
	set_relays(&a, NULL);
	assert_int_equal(nth(0)->generation, generation);
	assert_int_equal(n_events(CLIENT_EV_AGENTS_CHANGED), 0);
	set_relays(&b, NULL);
	assert_int_not_equal(nth(0)->generation, generation);
	set_relays(NULL, NULL);
	assert_false(nth(0)->used);
	assert_int_equal(n_events(CLIENT_EV_AGENTS_CHANGED), 1); /* both: one event waits */
}

TEST(a_name_that_a_relay_itself_gave_stays_known_in_any_place)
{
	const reg_relay a = relay(9, ""), b = relay(10, "");
	const char name[] = "r2";

	prepare();
	start();
	set_relays(&a, &b);
	assert_true(client_agents_set_name(&agents, FIRST_RELAY + 1,
					   (wire_bytes){ (const uint8_t *)name, 2 }));
	assert_false(client_agents_set_name(&agents, FIRST_RELAY + 1,
					    (wire_bytes){ (const uint8_t *)name, 2 }));
	set_relays(&b, &a);
	assert_string_equal(nth(0)->relay.name, "r2");
	assert_string_equal(nth(1)->relay.name, "");
}

TEST(a_name_that_cannot_be_one_is_not_taken)
{
	const reg_relay a = relay(9, "");
	uint8_t name[RELAY_NAME_MAX + 1];

	prepare();
	start();
	set_relays(&a, NULL);
	memset(name, 'r', sizeof name);
	assert_false(client_agents_set_name(&agents, FIRST_RELAY, (wire_bytes){ name, 0 }));
	assert_false(client_agents_set_name(&agents, FIRST_RELAY,
					    (wire_bytes){ name, RELAY_NAME_MAX + 1 }));
	name[3] = 0;
	assert_false(client_agents_set_name(&agents, FIRST_RELAY, (wire_bytes){ name, 5 }));
	name[3] = 'r';
	assert_true(
		client_agents_set_name(&agents, FIRST_RELAY, (wire_bytes){ name, RELAY_NAME_MAX }));
	assert_int_equal(strlen(nth(0)->relay.name), RELAY_NAME_MAX);
}

TEST(homes_relays_are_saved_when_they_change_and_none_means_no_change)
{
	const reg_relay a = relay(9, "r1"), b = relay(9, "r2"), c = relay(10, "r2");
	client_saved out = { 0 };

	prepare();
	start();
	learn(&a);
	assert_int_equal(n_events(CLIENT_EV_SAVE), 1);
	learn(&a);
	client_agents_learn(&agents, &(reg_reply){ 0 });
	assert_int_equal(n_events(CLIENT_EV_SAVE), 0);
	assert_true(is_at(0, 9));
	learn(&b);
	assert_int_equal(n_events(CLIENT_EV_SAVE), 1);
	learn(&c);
	assert_int_equal(n_events(CLIENT_EV_SAVE), 1);
	client_agents_save(&agents, &out);
	assert_int_equal(out.n_relays, 1);
	saved = out;
	start();
	assert_true(is_at(0, 10));
}

TEST(more_relays_than_there_is_room_for_are_left_out)
{
	reg_relay list[CLIENT_RELAYS + 1];

	prepare();
	start();
	for (unsigned i = 0; i < COUNT(list); i++)
		list[i] = relay((uint8_t)(20 + i), "");
	client_agents_set_relays(&agents, list, COUNT(list));
	for (unsigned i = 0; i < CLIENT_RELAYS; i++)
		assert_true(is_at((uint8_t)i, (uint8_t)(20 + i)));
	assert_false(agents.list[CLIENT_FIRST_ADVERTISED].used);
	learn(&list[CLIENT_RELAYS]);
	assert_true(is_at(CLIENT_RELAYS - 1, 20 + CLIENT_RELAYS - 1));
}

/* --- where they are reached --- */

static uplink by_ip4(void)
{
	return (uplink){ .ifindex = 2, .local = { ip4(10, 1, 0, 10), 24 } };
}

static uplink by_ip6(void)
{
	uplink u = { .ifindex = 3, .local = { .bits = 64 } };

	assert_true(ip_parse("2001:db8:1::10", &u.local.addr));
	return u;
}

TEST(home_is_reached_at_its_first_address_of_the_uplinks_family_or_where_it_answered_last)
{
	const uplink u4 = by_ip4(), u6 = by_ip6();

	prepare();
	conf.homes[1] = (endpoint){ .addr = ip4(203, 0, 113, 3), .port = 4500 };
	conf.n_homes = 2;
	start();
	assert_int_equal(client_agents_reach(&agents, CLIENT_AGENT_HOME, &u4)->addr.b[3], 2);
	assert_null(client_agents_reach(&agents, CLIENT_AGENT_HOME, &u6));
	client_agents_note_home(&agents, &conf.homes[1]);
	assert_int_equal(client_agents_reach(&agents, CLIENT_AGENT_HOME, &u4)->addr.b[3], 3);
	assert_null(client_agents_reach(&agents, CLIENT_AGENT_HOME, &u6));
	assert_int_equal(client_agents_home4(&agents).b[3], 2);
}

TEST(a_relay_is_reached_by_its_family_and_an_advertised_one_on_its_link)
{
	const uplink u4 = by_ip4(), u6 = by_ip6();
	const reg_relay a = relay(9, "");

	prepare();
	start();
	assert_null(client_agents_reach(&agents, FIRST_RELAY, &u4));
	set_relays(&a, NULL);
	assert_non_null(client_agents_reach(&agents, FIRST_RELAY, &u4));
	assert_null(client_agents_reach(&agents, FIRST_RELAY, &u6));
	client_agent *g = client_agents_put_relay(&agents, CLIENT_FIRST_ADVERTISED, &a);
	g->advertised = true;
	g->ifindex = 5;
	assert_null(client_agents_reach(&agents, CLIENT_FIRST_ADVERTISED, &u4));
	g->ifindex = u4.ifindex;
	assert_non_null(client_agents_reach(&agents, CLIENT_FIRST_ADVERTISED, &u4));
	g->relay.at.addr = u6.local.addr;
	assert_null(client_agents_reach(&agents, CLIENT_FIRST_ADVERTISED, &u4));
	client_agents_drop_relay(&agents, CLIENT_FIRST_ADVERTISED);
	assert_null(client_agents_reach(&agents, CLIENT_FIRST_ADVERTISED, &u4));
}

TEST(requests_go_to_all_of_homes_addresses_of_the_family_and_to_a_relays_one)
{
	const uplink u4 = by_ip4(), u6 = by_ip6();
	const reg_relay a = relay(9, "");
	endpoint list[CLIENT_HOMES];

	prepare();
	conf.homes[1].port = 4500;
	assert_true(ip_parse("2001:db8::2", &conf.homes[1].addr));
	conf.homes[2] = (endpoint){ .addr = ip4(203, 0, 113, 3), .port = 4500 };
	conf.n_homes = 3;
	start();
	set_relays(&a, NULL);
	assert_int_equal(client_agents_addresses(&agents, CLIENT_AGENT_HOME, &u4, list), 2);
	assert_true(list[0].addr.b[3] == 2 && list[1].addr.b[3] == 3);
	assert_int_equal(client_agents_addresses(&agents, CLIENT_AGENT_HOME, &u6, list), 1);
	assert_int_equal(client_agents_addresses(&agents, FIRST_RELAY, &u4, list), 1);
	assert_int_equal(list[0].addr.b[3], 9);
	assert_int_equal(client_agents_addresses(&agents, CLIENT_FIRST_MUX, &u4, list), 0);
}

TEST(home_that_is_looked_up_again_is_the_same_in_the_same_order_alone)
{
	endpoint two[2], one;

	prepare();
	start();
	one = two[0] = conf.homes[0];
	two[1] = (endpoint){ .addr = ip4(203, 0, 113, 3), .port = 4500 };
	assert_true(client_agents_has_homes(&agents, &one, 1));
	assert_false(client_agents_has_homes(&agents, two, 2));
	client_agents_set_homes(&agents, two, 2);
	assert_true(client_agents_has_homes(&agents, two, 2));
	assert_false(client_agents_has_homes(&agents, &one, 1));
	two[1].port = 434;
	assert_false(client_agents_has_homes(&agents, two, 2));
}

TEST(an_agent_is_called_home_or_by_its_name_or_by_its_address)
{
	const reg_relay a = relay(9, ""), b = relay(10, "r2");
	char buf[ENDPOINT_STRLEN];

	prepare();
	start();
	set_relays(&a, &b);
	assert_string_equal(client_agents_name(&agents, CLIENT_AGENT_HOME, buf), "home");
	assert_string_equal(client_agents_name(&agents, FIRST_RELAY, buf), "203.0.113.9:4500");
	assert_string_equal(client_agents_name(&agents, FIRST_RELAY + 1, buf), "r2");
}

RUN(T(without_an_order_in_the_profile_every_kind_is_allowed),
    T(an_order_in_the_profile_allows_what_it_lists_alone),
    T(the_order_of_kinds_comes_before_the_order_of_agents),
    T(a_profile_without_relays_as_a_kind_has_none),
    T(the_profiles_relays_come_first_then_homes_each_once),
    T(a_relay_that_stays_keeps_its_generation_and_one_in_its_place_gets_another),
    T(a_name_that_a_relay_itself_gave_stays_known_in_any_place),
    T(a_name_that_cannot_be_one_is_not_taken),
    T(homes_relays_are_saved_when_they_change_and_none_means_no_change),
    T(more_relays_than_there_is_room_for_are_left_out),
    T(home_is_reached_at_its_first_address_of_the_uplinks_family_or_where_it_answered_last),
    T(a_relay_is_reached_by_its_family_and_an_advertised_one_on_its_link),
    T(requests_go_to_all_of_homes_addresses_of_the_family_and_to_a_relays_one),
    T(home_that_is_looked_up_again_is_the_same_in_the_same_order_alone),
    T(an_agent_is_called_home_or_by_its_name_or_by_its_address))
