/* SPDX-License-Identifier: MIT */
/* a0 === a1 and b0 === b1, all here; a0 and b0 play the uplinks, a1 and b1 have no addresses. */
#include "io/net/netcfg.h"
#include "netns.h"
#include <poll.h>
#include <sys/socket.h>

typedef struct scene {
	netcfg *c;
	netmon *m;
	uint32_t a0, b0;
	uplink u[UPLINK_MAX];
	err e;
} scene;

#define NEED_SCENE(s)                                                                              \
	NEED_NETNS();                                                                              \
	scene s = set_up()

static void wait_for_links(unsigned up)
{
	assert_true(wait_for_lines(up, "ip link", "state UP"));
}

/* The kernel mostly has spoken by the time the command is done; of some things a little later. */
static bool noticed(scene *s, int patience_ms, uint32_t except)
{
	struct pollfd p = { .fd = netmon_fd(s->m), .events = POLLIN };

	while (poll(&p, 1, patience_ms) == 1)
		if (netmon_drain(s->m, except))
			return true;
	return false;
}

static scene set_up(void)
{
	scene s = { 0 };

	assert_true(run(
		"ip link add a0 type veth peer name a1 && ip link add b0 type veth peer name b1 && "
		"for i in a0 a1 b0 b1; do ip link set $i addrgenmode none up; done"));
	wait_for_links(4);
	s.c = netcfg_open(&s.e);
	s.m = netmon_open(&s.e);
	assert_non_null(s.c);
	assert_non_null(s.m);
	s.a0 = netcfg_ifindex("a0");
	s.b0 = netcfg_ifindex("b0");
	while (noticed(&s, 100, 0)) /* how they came up */
		;
	return s;
}

static void tear_down(scene *s)
{
	netmon_close(s->m);
	netcfg_close(s->c);
}

static size_t look(scene *s, uint32_t except)
{
	memset(s->u, 0xee, sizeof(s->u));
	s->e.kind = ERR_NONE;
	size_t n = netcfg_uplinks(s->c, except, s->u, &s->e);
	assert_int_equal(s->e.kind, ERR_NONE);
	return n;
}

static void assert_address(const ip_addr *a, const char *text)
{
	char out[ADDR_STRLEN];

	assert_string_equal(ip_format(a, out), text);
}

TEST(default_routes_are_listed_by_metric)
{
	NEED_SCENE(s);
	assert_true(run("ip link set a0 mtu 1400 address 02:00:00:00:00:0a; "
			"ip addr add 10.1.0.2/24 dev a0; ip addr add 10.2.0.2/16 dev b0; "
			"ip route add default via 10.1.0.1 metric 600; "
			"ip route add default via 10.2.0.1 metric 100"));
	assert_int_equal(look(&s, 0), 2);
	assert_string_equal(s.u[0].name, "b0");
	assert_address(&s.u[0].local.addr, "10.2.0.2");
	assert_int_equal(s.u[0].local.bits, 16);
	assert_address(&s.u[0].gateway, "10.2.0.1");
	assert_int_equal(s.u[0].metric, 100);
	assert_int_equal(s.u[1].ifindex, s.a0);
	assert_string_equal(s.u[1].name, "a0");
	assert_true(s.u[1].has_default);
	assert_int_equal(s.u[1].metric, 600);
	assert_int_equal(s.u[1].mtu, 1400);
	assert_true(s.u[1].has_mac);
	assert_memory_equal(s.u[1].mac, "\x02\0\0\0\0\x0a", 6);
	tear_down(&s);
}

TEST(link_without_a_default_route_is_listed_last)
{
	NEED_SCENE(s);
	assert_true(run("ip addr add 10.1.0.2/24 dev a0; ip addr add 10.2.0.2/24 dev b0; "
			"ip route add default via 10.2.0.1 metric 4000; ip route add 10.9.0.0/16 "
			"via 10.1.0.1"));
	assert_int_equal(look(&s, 0), 2);
	assert_string_equal(s.u[0].name, "b0");
	assert_string_equal(s.u[1].name, "a0");
	assert_false(s.u[1].has_default);
	assert_int_equal(s.u[1].gateway.len, 0);
	assert_int_equal(s.u[1].metric, UINT32_MAX);
	tear_down(&s);
}

TEST(other_routes_say_what_a_link_leads_to)
{
	NEED_SCENE(s);
	assert_true(run("ip addr add 10.1.0.2/24 dev a0; ip route add 10.9.0.0/16 via 10.1.0.1; "
			"ip route add 172.16.0.0/12 dev a0; ip route add blackhole 10.7.0.0/16"));
	assert_int_equal(look(&s, 0), 1);
	assert_int_equal(s.u[0].n_routes, 2);
	assert_true(uplink_can_reach(&s.u[0], &(ip_addr){ .len = 4, .b = { 10, 9, 1, 1 } }));
	assert_true(uplink_can_reach(&s.u[0], &(ip_addr){ .len = 4, .b = { 172, 31, 1, 1 } }));
	assert_true(uplink_can_reach(&s.u[0], &(ip_addr){ .len = 4, .b = { 10, 1, 0, 7 } }));
	assert_false(uplink_can_reach(&s.u[0], &(ip_addr){ .len = 4, .b = { 10, 7, 1, 1 } }));
	assert_false(uplink_can_reach(&s.u[0], &(ip_addr){ .len = 4, .b = { 203, 0, 113, 2 } }));
	for (unsigned i = 0; i < 2 * UPLINK_ROUTES; i++)
		assert_true(run("ip route add 10.%u.0.0/16 via 10.1.0.1", 20 + i));
	assert_int_equal(look(&s, 0), 1);
	assert_int_equal(s.u[0].n_routes, UPLINK_ROUTES);
	tear_down(&s);
}

TEST(link_down_without_carrier_or_excepted_is_left_out)
{
	NEED_SCENE(s);
	assert_true(run("ip addr add 10.1.0.2/24 dev a0; ip addr add 10.2.0.2/24 dev b0"));
	assert_int_equal(look(&s, s.b0), 1);
	assert_string_equal(s.u[0].name, "a0");
	assert_true(run("ip link set b1 down"));
	assert_int_equal(look(&s, 0), 1);
	assert_string_equal(s.u[0].name, "a0");
	assert_true(run("ip link set b1 up; ip link set a0 down"));
	wait_for_links(2);
	assert_int_equal(look(&s, 0), 1);
	assert_string_equal(s.u[0].name, "b0");
	tear_down(&s);
}

TEST(each_family_has_its_own_default_route)
{
	NEED_SCENE(s);
	assert_true(run("ip addr add 10.1.0.2/24 dev a0; ip addr add fd01::2/64 dev a0 nodad; "
			"ip -6 route add default via fd01::1 metric 50"));
	assert_int_equal(look(&s, 0), 2);
	assert_address(&s.u[0].local.addr, "fd01::2");
	assert_address(&s.u[0].gateway, "fd01::1");
	assert_int_equal(s.u[0].metric, 50);
	assert_address(&s.u[1].local.addr, "10.1.0.2");
	assert_false(s.u[1].has_default);
	tear_down(&s);
}

TEST(every_next_hop_of_a_multipath_default_makes_an_uplink)
{
	NEED_SCENE(s);
	assert_true(run("ip addr add 10.1.0.2/24 dev a0; ip addr add 10.2.0.2/24 dev b0; "
			"ip route add default metric 9 nexthop via 10.1.0.1 nexthop via 10.2.0.1"));
	assert_int_equal(look(&s, 0), 2);
	assert_address(&s.u[0].gateway, "10.1.0.1");
	assert_address(&s.u[1].gateway, "10.2.0.1");
	assert_true(s.u[0].has_default && s.u[1].has_default);
	assert_int_equal(s.u[1].metric, 9);
	tear_down(&s);
}

TEST(default_route_by_another_familys_gateway_and_without_one)
{
	NEED_SCENE(s);
	assert_true(run("ip addr add 10.1.0.2/24 dev a0 && ip addr add 10.2.0.2/24 dev b0 && "
			"ip addr add fe80::2/64 dev a0 nodad && "
			"ip -4 route add default via inet6 fe80::1 dev a0 metric 1 && "
			"ip route add default dev b0 metric 2"));
	assert_int_equal(look(&s, 0), 2);
	assert_address(&s.u[0].gateway, "fe80::1");
	assert_true(s.u[1].has_default);
	assert_int_equal(s.u[1].gateway.len, 0);
	tear_down(&s);
}

TEST(other_tables_do_not_count)
{
	NEED_SCENE(s);
	assert_true(
		run("ip addr add 10.1.0.2/24 dev a0; ip route add default via 10.1.0.1 table 100; "
		    "ip route add blackhole default metric 1"));
	assert_int_equal(look(&s, 0), 1);
	assert_false(s.u[0].has_default);
	tear_down(&s);
}

TEST(ip6_addresses_that_are_not_usable_yet_are_left_out_and_deprecated_ones_last)
{
	NEED_SCENE(s);
	assert_true(run("ip addr add fd01::1/64 dev a0 nodad preferred_lft 0; "
			"ip addr add fd01::2/64 dev a0; ip addr add fd02::3/64 dev b0 nodad"));
	assert_int_equal(look(&s, 0), 2); /* fd01::2 is tentative for a second */
	assert_address(&s.u[0].local.addr, "fd02::3");
	assert_address(&s.u[1].local.addr, "fd01::1");
	tear_down(&s);
}

TEST(link_local_addresses_only_when_there_is_no_other)
{
	NEED_SCENE(s);
	assert_true(run("ip addr add fe80::2/64 dev a0 nodad"));
	assert_int_equal(look(&s, 0), 1);
	assert_address(&s.u[0].local.addr, "fe80::2");
	assert_true(run("ip addr add 10.2.0.2/24 dev b0"));
	assert_int_equal(look(&s, 0), 1);
	assert_address(&s.u[0].local.addr, "10.2.0.2");
	tear_down(&s);
}

TEST(list_is_cut_at_its_end_not_its_beginning)
{
	NEED_SCENE(s);
	assert_true(run("for i in $(seq 2 40); do ip addr add 10.1.$i.2/24 dev a0; done; "
			"ip addr add 10.2.0.2/24 dev b0; ip route add default via 10.2.0.1"));
	assert_int_equal(look(&s, 0), UPLINK_MAX);
	assert_string_equal(s.u[0].name, "b0");
	tear_down(&s);
}

TEST(machine_without_addresses_has_no_uplink)
{
	NEED_SCENE(s);
	assert_int_equal(look(&s, 0), 0);
	tear_down(&s);
}

static void assert_change(scene *s, const char *command)
{
	assert_true(run("%s", command));
	assert_true(noticed(s, 60000, 0));
	while (noticed(s, 100, 0)) /* all that it had to say of that */
		;
}

static void assert_no_change(scene *s, uint32_t except, const char *command)
{
	assert_true(run("%s", command));
	assert_false(noticed(s, 20, except));
}

TEST(monitor_notices_what_uplinks_depend_on)
{
	NEED_SCENE(s);
	assert_change(&s, "ip addr add 10.1.0.2/24 dev a0");
	assert_change(&s, "ip route add default via 10.1.0.1");
	assert_change(&s, "ip route del default");
	assert_change(&s, "ip route add 192.168.50.0/24 via 10.1.0.1");
	assert_change(&s, "ip addr add fd01::2/64 dev a0 nodad");
	assert_change(&s, "ip addr del 10.1.0.2/24 dev a0");
	assert_change(&s, "ip link set a0 down");
	assert_change(&s, "ip link set a0 up");
	assert_change(&s, "ip link del b0");
	tear_down(&s);
}

TEST(monitor_lets_pass_what_uplinks_do_not_depend_on)
{
	NEED_SCENE(s);
	assert_change(&s, "ip addr add 10.1.0.2/24 dev a0");
	assert_no_change(&s, 0, "ip route add 192.168.50.0/24 via 10.1.0.1 proto 153");
	assert_no_change(&s, 0, "ip route add default via 10.1.0.1 table 100");
	assert_no_change(&s, 0, "ip route add default via 10.1.0.1 metric 3 proto 153");
	assert_no_change(&s, 0, "ip neigh add 10.1.0.7 lladdr 02:00:00:00:00:07 dev a0");
	assert_no_change(&s, s.b0, "ip addr add 10.2.0.2/24 dev b0");
	assert_no_change(&s, s.b0, "ip route add default dev b0 metric 7");
	assert_no_change(&s, s.b0, "ip link set b0 mtu 1300");
	assert_no_change(&s, 0, "ip addr add 127.0.0.9/8 dev lo");
	assert_change(&s, "ip link set a0 mtu 1300"); /* it still listens */
	tear_down(&s);
}

TEST(monitor_that_lost_words_says_that_something_changed)
{
	int small = 2048;

	NEED_SCENE(s);
	setsockopt(netmon_fd(s.m), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_true(run("for i in $(seq 100); do echo route add 192.168.$i.0/24 dev a0; done | "
			"ip -batch -"));
	assert_true(netmon_drain(s.m, 0));
	assert_false(netmon_drain(s.m, 0));
	tear_down(&s);
}

RUN(T(default_routes_are_listed_by_metric), T(link_without_a_default_route_is_listed_last),
    T(other_routes_say_what_a_link_leads_to), T(link_down_without_carrier_or_excepted_is_left_out),
    T(each_family_has_its_own_default_route),
    T(every_next_hop_of_a_multipath_default_makes_an_uplink),
    T(default_route_by_another_familys_gateway_and_without_one), T(other_tables_do_not_count),
    T(ip6_addresses_that_are_not_usable_yet_are_left_out_and_deprecated_ones_last),
    T(link_local_addresses_only_when_there_is_no_other),
    T(list_is_cut_at_its_end_not_its_beginning), T(machine_without_addresses_has_no_uplink),
    T(monitor_notices_what_uplinks_depend_on), T(monitor_lets_pass_what_uplinks_do_not_depend_on),
    T(monitor_that_lost_words_says_that_something_changed))
