/* SPDX-License-Identifier: MIT */
/* ip(8) says what our requests did. */
#include "io/net/netcfg_rule.h"
#include "netns.h"

typedef struct scene {
	netcfg *c;
	err e;
} scene;

#define NEED_SCENE(s)                                                                              \
	NEED_NETNS();                                                                              \
	scene s = { 0 };                                                                           \
	s.c = netcfg_open(&s.e);                                                                   \
	assert_non_null(s.c)

static ip_prefix prefix(const char *text)
{
	ip_prefix p;

	assert_true(prefix_parse(text, &p));
	return p;
}

static void set(scene *s, const netcfg_rule *r, bool add)
{
	if (!netcfg_rule_set(s->c, r, add, &s->e))
		fail_msg("%s", s->e.text);
}

/* Twice each: what is there already, or gone already, is fine. Listed, it is what was asked for. */
static void there_and_back(scene *s, const netcfg_rule *r, const char *shown)
{
	const char *command = r->family == AF_INET6 ? "ip -6 rule" : "ip rule";
	netcfg_rules all;

	for (int i = 0; i < 2; i++) {
		set(s, r, true);
		assert_int_equal(lines_with(command, shown), 1);
	}
	assert_true(netcfg_rules_list(s->c, &all, &s->e));
	assert_int_equal(all.n, 1);
	assert_true(netcfg_rule_equal(&all.rule[0], r));
	for (int i = 0; i < 2; i++) {
		set(s, r, false);
		assert_int_equal(lines_with(command, "proto 153"), 0);
	}
}

TEST(rules_of_each_action_are_set_listed_and_removed)
{
	NEED_SCENE(s);
	netcfg_rule r = {
		.family = AF_INET, .priority = 150, .action = NETCFG_LOOKUP, .target = 1530
	};
	r.to = prefix("192.168.50.0/24");
	there_and_back(&s, &r, "150:\tfrom all to 192.168.50.0/24 lookup 1530 proto 153");
	r.to = (ip_prefix){ 0 };
	r.from = prefix("192.168.50.101/32");
	there_and_back(&s, &r, "150:\tfrom 192.168.50.101 lookup 1530 proto 153");
	r.action = NETCFG_UNREACHABLE;
	r.target = 0;
	there_and_back(&s, &r, "150:\tfrom 192.168.50.101 unreachable proto 153");
	netcfg_rule nop = { .family = AF_INET6, .priority = 159, .action = NETCFG_NOP };
	there_and_back(&s, &nop, "159:\tfrom all nop proto 153");
	netcfg_close(s.c);
}

TEST(rules_match_marks_links_and_ports)
{
	NEED_SCENE(s);
	netcfg_rule r = {
		.family = AF_INET, .priority = 150, .action = NETCFG_GOTO, .target = 159
	};
	r.mark = 153;
	there_and_back(&s, &r, "150:\tfrom all fwmark 0x99 goto 159");
	r.mark = 0;
	strcpy(r.link, "hw0");
	there_and_back(&s, &r, "150:\tfrom all iif hw0 [detached] goto 159");
	r.link[0] = 0;
	r.family = AF_INET6;
	r.protocol = 17;
	r.sport = 546;
	r.dport = 547;
	there_and_back(&s, &r, "150:\tfrom all ipproto udp sport 546 dport 547 goto 159");
	netcfg_close(s.c);
}

TEST(any_destination_of_ip6_is_a_rule_of_ip6)
{
	NEED_SCENE(s);
	netcfg_rule r = {
		.family = AF_INET6, .priority = 154, .action = NETCFG_LOOKUP, .target = 153
	};
	r.to = prefix("::/0");
	there_and_back(&s, &r, "154:\tfrom all lookup 153 proto 153");
	assert_int_equal(lines_with("ip rule", "154:"), 0);
	netcfg_close(s.c);
}

TEST(rules_of_others_are_neither_listed_nor_removed)
{
	NEED_SCENE(s);
	const netcfg_rule r = {
		.family = AF_INET, .priority = 150, .action = NETCFG_LOOKUP, .target = 153
	};
	netcfg_rules all;

	assert_true(run("ip rule add pref 150 lookup 153"));
	assert_true(netcfg_rules_list(s.c, &all, &s.e));
	assert_int_equal(all.n, 0);
	set(&s, &r, false);
	assert_int_equal(lines_with("ip rule", "150:\tfrom all lookup 153"), 1);
	netcfg_close(s.c);
}

TEST(rules_that_differ_in_anything_are_not_equal)
{
	const netcfg_rule a = { .family = AF_INET,
				.priority = 150,
				.action = NETCFG_GOTO,
				.target = 159,
				.mark = 1,
				.link = "hw0",
				.protocol = 17,
				.sport = 68,
				.dport = 67,
				.to = prefix("10.0.0.0/8"),
				.from = prefix("10.1.0.0/16") };
	netcfg_rule other[11];

	for (unsigned i = 0; i < COUNT(other); i++)
		other[i] = a;
	assert_true(netcfg_rule_equal(&a, &other[0]));
	other[0].family = AF_INET6;
	other[1].priority++;
	other[2].action = NETCFG_NOP;
	other[3].target++;
	other[4].mark++;
	strcpy(other[5].link, "hw1");
	other[6].protocol++;
	other[7].sport++;
	other[8].dport++;
	other[9].to.bits++;
	other[10].from.addr.b[1]++;
	for (unsigned i = 0; i < COUNT(other); i++)
		assert_false(netcfg_rule_equal(&a, &other[i]));
}

TEST(route_of_a_table_is_set_and_swept_by_itself)
{
	NEED_SCENE(s);
	assert_true(run(
		"ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up"));
	const netcfg_route r = { .to = { { .len = 4 }, 0 },
				 .ifindex = netcfg_ifindex("v0"),
				 .table = 1530 };
	netcfg_route main = r;

	main.table = 0;
	assert_true(netcfg_route_set(s.c, &r, true, &s.e));
	assert_true(netcfg_route_set(s.c, &main, true, &s.e));
	assert_int_equal(lines_with("ip route show table 1530", "default dev v0 proto 153"), 1);
	assert_true(netcfg_route_sweep(s.c, 1530, &s.e));
	assert_int_equal(lines_with("ip route show table 1530", "default"), 0);
	assert_int_equal(lines_with("ip route", "default dev v0"), 1);
	assert_true(netcfg_route_set(s.c, &r, true, &s.e));
	assert_true(netcfg_route_sweep(s.c, 0, &s.e));
	assert_int_equal(lines_with("ip route", "default dev v0"), 0);
	assert_true(netcfg_route_set(s.c, &r, false, &s.e));
	assert_int_equal(lines_with("ip route show table 1530", "default"), 0);
	netcfg_close(s.c);
}

RUN(T(rules_of_each_action_are_set_listed_and_removed), T(rules_match_marks_links_and_ports),
    T(any_destination_of_ip6_is_a_rule_of_ip6), T(rules_of_others_are_neither_listed_nor_removed),
    T(rules_that_differ_in_anything_are_not_equal), T(route_of_a_table_is_set_and_swept_by_itself))
