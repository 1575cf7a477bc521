/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "routes.h"

enum { TUN = 7, LAN = 3 };

static client_tunnel away(void)
{
	client_tunnel t = { .up = true, .home4 = ip4(192, 168, 50, 101) };

	prefix_parse("192.168.50.0/24", &t.network4);
	return t;
}

static void is(const routes *r, unsigned i, const char *to, uint32_t ifindex)
{
	char text[ENDPOINT_STRLEN];

	assert_true(i < r->n);
	assert_string_equal(prefix_format(&r->set[i].to, text), to);
	assert_int_equal(r->set[i].ifindex, ifindex);
}

TEST(home_network_is_two_halves_through_the_tunnel)
{
	const route_set home = { .mode = ROUTES_HOME };
	client_tunnel t = away();
	routes r;

	routes_wanted(&home, &t, TUN, &r);
	assert_int_equal(r.n, 2);
	is(&r, 0, "192.168.50.0/25", TUN);
	is(&r, 1, "192.168.50.128/25", TUN);
	assert_true(ip_equal(&r.set[0].prefsrc, &t.home4));
}

TEST(everything_is_two_halves_and_home_besides)
{
	const route_set all = { .mode = ROUTES_ALL };
	client_tunnel t = away();
	routes r;

	routes_wanted(&all, &t, TUN, &r);
	assert_int_equal(r.n, 4);
	is(&r, 2, "0.0.0.0/1", TUN);
	is(&r, 3, "128.0.0.0/1", TUN);
}

TEST(ipv6_is_routed_only_with_a_permanent_ipv6_address)
{
	const route_set all = { .mode = ROUTES_ALL };
	client_tunnel t = away();
	routes r;

	ip_parse("2001:db8:50::65", &t.home6);
	prefix_parse("2001:db8:50::/64", &t.network6);
	routes_wanted(&all, &t, TUN, &r);
	assert_int_equal(r.n, 8);
	is(&r, 3, "2001:db8:50:0:8000::/65", TUN);
	is(&r, 6, "::/1", TUN);
	is(&r, 7, "8000::/1", TUN);
}

TEST(list_is_taken_as_it_is_and_hosts_stay_whole)
{
	route_set list = { .mode = ROUTES_LIST, .n = 3 };
	client_tunnel t = away();
	routes r;

	prefix_parse("0.0.0.0/0", &list.prefixes[0]);
	prefix_parse("10.9.8.7", &list.prefixes[1]);
	prefix_parse("10.0.0.0/7", &list.prefixes[2]);
	routes_wanted(&list, &t, TUN, &r);
	assert_int_equal(r.n, 5);
	is(&r, 0, "0.0.0.0/1", TUN); /* never the default route itself: the system has one */
	is(&r, 2, "10.9.8.7/32", TUN);
	is(&r, 4, "11.0.0.0/8", TUN);
}

TEST(at_home_the_network_is_on_the_home_link)
{
	const route_set all = { .mode = ROUTES_ALL };
	client_tunnel t = away();
	routes r;

	t.up = false;
	t.at_home = true;
	t.home_ifindex = LAN;
	routes_wanted(&all, &t, TUN, &r);
	assert_int_equal(r.n, 2);
	is(&r, 0, "192.168.50.0/25", LAN);
}

TEST(stopped_means_no_routes)
{
	const route_set all = { .mode = ROUTES_ALL };
	const client_tunnel t = { 0 };
	routes r;

	routes_wanted(&all, &t, TUN, &r);
	assert_int_equal(r.n, 0);
}

RUN(T(home_network_is_two_halves_through_the_tunnel), T(everything_is_two_halves_and_home_besides),
    T(ipv6_is_routed_only_with_a_permanent_ipv6_address),
    T(list_is_taken_as_it_is_and_hosts_stay_whole), T(at_home_the_network_is_on_the_home_link),
    T(stopped_means_no_routes))
