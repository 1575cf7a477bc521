/* SPDX-License-Identifier: MIT */
/* v0 === v1, both here; ip(8) says what our requests did. */
#include "io/net/netcfg.h"
#include "netns.h"

typedef struct scene {
	netcfg *c;
	uint32_t v0;
	err e;
} scene;

#define NEED_SCENE(s)                                                                              \
	NEED_NETNS();                                                                              \
	scene s = set_up()

static scene set_up(void)
{
	scene s = { 0 };

	assert_true(run(
		"ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up"));
	s.c = netcfg_open(&s.e);
	assert_non_null(s.c);
	s.v0 = netcfg_ifindex("v0");
	assert_true(s.v0 > 0);
	return s;
}

static ip_addr addr(const char *text)
{
	ip_addr a;

	assert_true(ip_parse(text, &a));
	return a;
}

static ip_prefix in_prefix(const char *text, uint8_t bits)
{
	return (ip_prefix){ addr(text), bits };
}

static void set_address(scene *s, const char *a, uint8_t bits, bool add)
{
	ip_prefix p = in_prefix(a, bits);

	if (!netcfg_address(s->c, s->v0, &p, add, &s->e))
		fail_msg("%s", s->e.text);
}

static void set_route(scene *s, const netcfg_route *r, bool add)
{
	if (!netcfg_route_set(s->c, r, add, &s->e))
		fail_msg("%s", s->e.text);
}

TEST(link_goes_up_and_down_and_takes_settings)
{
	NEED_SCENE(s);
	assert_true(netcfg_link_up(s.c, s.v0, false, &s.e));
	assert_int_equal(lines_with("ip link show dev v0", "state DOWN"), 1);
	assert_true(netcfg_link_up(s.c, s.v0, true, &s.e));
	assert_true(netcfg_link_up(s.c, s.v0, true, &s.e));
	assert_int_equal(lines_with("ip link show dev v0", ",UP"), 1);
	assert_true(netcfg_link_mtu(s.c, s.v0, 1234, &s.e));
	assert_int_equal(lines_with("ip link show dev v0", "mtu 1234"), 1);
	assert_true(netcfg_link_gso_max(s.c, s.v0, 60000, &s.e));
	assert_int_equal(lines_with("ip -d link show dev v0", "gso_max_size 60000"), 1);
	assert_false(netcfg_link_mtu(s.c, 4711, 1234, &s.e));
	assert_int_equal(netcfg_ifindex("nowhere0"), 0);
	netcfg_close(s.c);
}

static void address_twice(scene *s, const char *a, uint8_t bits, const char *shown)
{
	for (int i = 0; i < 2; i++) {
		set_address(s, a, bits, true);
		assert_int_equal(lines_with("ip addr show dev v0", shown), 1);
	}
	for (int i = 0; i < 2; i++) {
		set_address(s, a, bits, false);
		assert_int_equal(lines_with("ip addr show dev v0", shown), 0);
	}
}

TEST(address_is_added_and_removed_any_number_of_times)
{
	NEED_SCENE(s);
	address_twice(&s, "192.168.50.101", 32, "inet 192.168.50.101/32");
	address_twice(&s, "10.1.2.3", 24, "inet 10.1.2.3/24");
	address_twice(&s, "fd00::5", 128, "inet6 fd00::5/128");
	netcfg_close(s.c);
}

TEST(ip6_address_is_usable_at_once)
{
	NEED_SCENE(s);
	set_address(&s, "fd00::5", 128, true);
	assert_int_equal(lines_with("ip addr show dev v0", "fd00::5/128 scope global nodad"), 1);
	assert_int_equal(lines_with("ip addr show dev v0", "fd00::5/128 scope global tentative"),
			 0);
	netcfg_close(s.c);
}

TEST(address_on_a_link_that_is_gone_is_an_error_to_add_only)
{
	NEED_SCENE(s);
	ip_prefix p = in_prefix("10.1.2.3", 24);
	assert_false(netcfg_address(s.c, 4711, &p, true, &s.e));
	assert_non_null(strstr(s.e.text, "10.1.2.3/24"));
	assert_true(netcfg_address(s.c, 4711, &p, false, &s.e));
	netcfg_close(s.c);
}

static void route_twice(scene *s, const netcfg_route *r, const char *command, const char *shown)
{
	for (int i = 0; i < 2; i++) {
		set_route(s, r, true);
		assert_int_equal(lines_with(command, shown), 1);
	}
	for (int i = 0; i < 2; i++) {
		set_route(s, r, false);
		assert_int_equal(lines_with(command, shown), 0);
	}
}

TEST(route_is_added_and_removed_any_number_of_times)
{
	NEED_SCENE(s);
	set_address(&s, "10.1.0.1", 24, true);
	set_address(&s, "fd01::1", 64, true);
	netcfg_route r = { .to = in_prefix("192.168.50.0", 24), .ifindex = s.v0 };
	route_twice(&s, &r, "ip route", "192.168.50.0/24 dev v0 proto 153 scope link");
	r.gateway = addr("10.1.0.9");
	r.metric = 77;
	r.mtu = 1300;
	r.prefsrc = addr("10.1.0.1");
	route_twice(
		&s, &r, "ip route",
		"192.168.50.0/24 via 10.1.0.9 dev v0 proto 153 src 10.1.0.1 metric 77 mtu 1300");
	netcfg_route r6 = { .to = in_prefix("fd50::", 64), .ifindex = s.v0 };
	route_twice(&s, &r6, "ip -6 route", "fd50::/64 dev v0 proto 153 metric 1024");
	r6.gateway = addr("fd01::9");
	r6.mtu = 1300;
	route_twice(&s, &r6, "ip -6 route",
		    "fd50::/64 via fd01::9 dev v0 proto 153 metric 1024 mtu 1300");
	netcfg_close(s.c);
}

TEST(default_route_of_each_family)
{
	NEED_SCENE(s);
	netcfg_route r = { .to = in_prefix("0.0.0.0", 0), .ifindex = s.v0 };
	route_twice(&s, &r, "ip route", "default dev v0 proto 153");
	r.to = in_prefix("::", 0);
	route_twice(&s, &r, "ip -6 route", "default dev v0 proto 153");
	netcfg_close(s.c);
}

TEST(adding_replaces_what_leads_there)
{
	NEED_SCENE(s);
	set_address(&s, "10.1.0.1", 24, true);
	set_address(&s, "fd01::1", 64, true);
	netcfg_route r = { .to = in_prefix("192.168.50.0", 24),
			   .gateway = addr("10.1.0.8"),
			   .ifindex = s.v0 };
	set_route(&s, &r, true);
	r.gateway = addr("10.1.0.9");
	set_route(&s, &r, true);
	assert_int_equal(lines_with("ip route", "192.168.50.0/24"), 1);
	assert_int_equal(lines_with("ip route", "via 10.1.0.9"), 1);
	netcfg_route r6 = { .to = in_prefix("fd50::", 64),
			    .gateway = addr("fd01::8"),
			    .ifindex = s.v0 };
	set_route(&s, &r6, true);
	r6.gateway = addr("fd01::9");
	set_route(&s, &r6, true);
	assert_int_equal(lines_with("ip -6 route", "fd50::/64"), 1);
	assert_int_equal(lines_with("ip -6 route", "via fd01::9"), 1);
	netcfg_close(s.c);
}

TEST(gateway_outside_the_links_prefixes_is_taken_as_on_link)
{
	NEED_SCENE(s);
	set_address(&s, "198.51.100.7", 32, true);
	netcfg_route r = { .to = in_prefix("203.0.113.2", 32),
			   .gateway = addr("169.254.1.1"),
			   .ifindex = s.v0 };
	set_route(&s, &r, true);
	assert_int_equal(
		lines_with("ip route", "203.0.113.2 via 169.254.1.1 dev v0 proto 153 onlink"), 1);
	set_route(&s, &r, false);
	assert_int_equal(lines_with("ip route", "203.0.113.2"), 0);
	netcfg_close(s.c);
}

TEST(ip4_route_may_go_by_an_ip6_gateway)
{
	NEED_SCENE(s);
	netcfg_route r = { .to = in_prefix("203.0.113.2", 32),
			   .gateway = addr("fe80::1"),
			   .ifindex = s.v0 };
	set_route(&s, &r, true);
	assert_int_equal(lines_with("ip route", "203.0.113.2 via inet6 fe80::1 dev v0"), 1);
	set_route(&s, &r, false);
	assert_int_equal(lines_with("ip route", "203.0.113.2"), 0);
	netcfg_close(s.c);
}

TEST(routes_that_others_made_are_not_removed)
{
	NEED_SCENE(s);
	assert_true(run("ip route add 192.168.50.0/24 dev v0 && ip -6 route add fd50::/64 dev v0"));
	netcfg_route r = { .to = in_prefix("192.168.50.0", 24), .ifindex = s.v0 };
	set_route(&s, &r, false);
	r.to = in_prefix("fd50::", 64);
	set_route(&s, &r, false);
	assert_int_equal(lines_with("ip route", "192.168.50.0/24"), 1);
	assert_int_equal(lines_with("ip -6 route", "fd50::/64"), 1);
	netcfg_close(s.c);
}

TEST(sweep_removes_ours_and_nothing_else)
{
	NEED_SCENE(s);
	set_address(&s, "10.1.0.1", 24, true);
	assert_true(run("ip route add 10.7.0.0/16 dev v0 && ip -6 route add fd07::/64 dev v0"));
	netcfg_route r = { .to = in_prefix("192.168.50.0", 24),
			   .gateway = addr("10.1.0.8"),
			   .ifindex = s.v0,
			   .metric = 5 };
	set_route(&s, &r, true);
	r = (netcfg_route){ .to = in_prefix("0.0.0.0", 0), .ifindex = s.v0 };
	set_route(&s, &r, true);
	r.to = in_prefix("fd50::", 64);
	set_route(&s, &r, true);
	assert_true(netcfg_route_sweep(s.c, 0, &s.e));
	assert_int_equal(lines_with("ip route; ip -6 route", "proto 153"), 0);
	assert_int_equal(lines_with("ip route; ip -6 route", "10.7.0.0/16"), 1);
	assert_int_equal(lines_with("ip route; ip -6 route", "fd07::/64"), 1);
	netcfg_close(s.c);
}

TEST(route_that_can_not_be_says_where_to)
{
	NEED_SCENE(s);
	netcfg_route r = { .to = in_prefix("192.168.50.0", 24), .ifindex = 4711 };
	assert_false(netcfg_route_set(s.c, &r, true, &s.e));
	assert_non_null(strstr(s.e.text, "192.168.50.0/24"));
	netcfg_close(s.c);
}

static void proxy_twice(scene *s, const char *a, const char *command, const char *shown)
{
	ip_addr one = addr(a);

	for (int i = 0; i < 2; i++) {
		assert_true(netcfg_proxy(s->c, s->v0, &one, true, &s->e));
		assert_int_equal(lines_with(command, shown), 1);
	}
	for (int i = 0; i < 2; i++) {
		assert_true(netcfg_proxy(s->c, s->v0, &one, false, &s->e));
		assert_int_equal(lines_with(command, shown), 0);
	}
}

TEST(proxy_neighbour_is_added_and_removed_any_number_of_times)
{
	NEED_SCENE(s);
	proxy_twice(&s, "192.168.50.101", "ip neigh show proxy", "192.168.50.101 dev v0");
	proxy_twice(&s, "fd50::101", "ip -6 neigh show proxy", "fd50::101 dev v0");
	assert_int_equal(lines_with("cat /proc/sys/net/ipv6/conf/v0/proxy_ndp", "1"), 1);
	assert_int_equal(lines_with("cat /proc/sys/net/ipv4/neigh/v0/proxy_delay", "0"), 1);
	assert_int_equal(lines_with("cat /proc/sys/net/ipv6/neigh/v0/proxy_delay", "0"), 1);
	netcfg_close(s.c);
}

TEST(forwarding_goes_on_and_router_advertisements_stay_heard)
{
	NEED_SCENE(s);
	assert_true(run("echo 0 > /proc/sys/net/ipv4/ip_forward"));
	for (int i = 0; i < 2; i++) {
		assert_true(netcfg_forwarding(AF_INET, &s.e));
		assert_true(netcfg_forwarding(AF_INET6, &s.e));
	}
	assert_int_equal(lines_with("cat /proc/sys/net/ipv4/ip_forward", "1"), 1);
	assert_int_equal(lines_with("cat /proc/sys/net/ipv6/conf/all/forwarding", "1"), 1);
	assert_int_equal(lines_with("cat /proc/sys/net/ipv6/conf/v0/accept_ra", "2"), 1);
	netcfg_close(s.c);
}

TEST(all_addresses_but_loopback_ones_are_listed)
{
	ip_addr all[8], lo = addr("10.255.0.1"), two = addr("fd00::5");

	NEED_SCENE(s);
	assert_true(run("ip link set v0 addrgenmode none; ip link set v1 addrgenmode none; "
			"ip addr flush dev v0; ip addr flush dev v1"));
	set_address(&s, "fd00::5", 64, true);
	assert_true(run("ip addr add 10.255.0.1/32 dev lo"));
	assert_int_equal(netcfg_addresses(s.c, all, 8, &s.e), 2);
	assert_true(ip_equal(&all[0], &lo));
	assert_true(ip_equal(&all[1], &two));
	assert_int_equal(netcfg_addresses(s.c, all, 1, &s.e), 1);
	netcfg_close(s.c);
}

RUN(T(link_goes_up_and_down_and_takes_settings),
    T(address_is_added_and_removed_any_number_of_times), T(ip6_address_is_usable_at_once),
    T(address_on_a_link_that_is_gone_is_an_error_to_add_only),
    T(route_is_added_and_removed_any_number_of_times), T(default_route_of_each_family),
    T(adding_replaces_what_leads_there), T(gateway_outside_the_links_prefixes_is_taken_as_on_link),
    T(ip4_route_may_go_by_an_ip6_gateway), T(routes_that_others_made_are_not_removed),
    T(sweep_removes_ours_and_nothing_else), T(route_that_can_not_be_says_where_to),
    T(proxy_neighbour_is_added_and_removed_any_number_of_times),
    T(forwarding_goes_on_and_router_advertisements_stay_heard),
    T(all_addresses_but_loopback_ones_are_listed))
