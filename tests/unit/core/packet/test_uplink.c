/* SPDX-License-Identifier: MIT */
#include "core/packet/uplink.h"
#include "unit.h"

static uplink up(const char *address, uint8_t bits, bool has_default)
{
	uplink u = { .name = "wan0", .has_default = has_default };

	assert_true(ip_parse(address, &u.local.addr));
	u.local.bits = bits;
	return u;
}

static bool reaches(const uplink *u, const char *to)
{
	ip_addr a;

	assert_true(ip_parse(to, &a));
	return uplink_can_reach(u, &a);
}

TEST(with_a_default_route_everything_of_its_family_is_reached)
{
	uplink u = up("10.1.0.2", 24, true);

	assert_true(reaches(&u, "203.0.113.2"));
	assert_false(reaches(&u, "2001:db8::1"));
	u = up("2001:db8:1::2", 64, true);
	assert_true(reaches(&u, "2001:db8::1"));
	assert_false(reaches(&u, "203.0.113.2"));
}

TEST(without_one_only_neighbours_are)
{
	uplink u = up("10.1.0.2", 24, false);

	assert_true(reaches(&u, "10.1.0.77"));
	assert_false(reaches(&u, "10.1.1.77"));
	u = up("10.99.0.2", 32, false); /* point to point */
	assert_false(reaches(&u, "203.0.113.2"));
}

TEST(link_local_addresses_are_neighbours)
{
	uplink u = up("2001:db8:1::2", 64, false);

	assert_true(reaches(&u, "fe80::1"));
	assert_false(reaches(&u, "2001:db8:2::1"));
}

TEST(routes_lead_where_they_say)
{
	uplink u = up("10.1.0.2", 24, false);

	assert_true(ip_parse("172.16.0.0", &u.routes[0].addr));
	assert_true(ip_parse("172.18.0.0", &u.routes[1].addr));
	u.routes[0].bits = u.routes[1].bits = 16;
	u.n_routes = 1;
	assert_true(reaches(&u, "172.16.9.9"));
	assert_false(reaches(&u, "172.17.9.9"));
	assert_false(reaches(&u, "172.18.9.9"));
	u.n_routes = 2;
	assert_true(reaches(&u, "172.18.9.9"));
}

TEST(an_uplink_is_the_same_address_on_the_same_link)
{
	uplink list[3] = { up("10.1.0.2", 24, true), up("10.1.0.2", 24, true),
			   up("10.1.0.3", 24, true) };

	list[0].ifindex = 1;
	list[1].ifindex = list[2].ifindex = 2;
	uplink u = list[1];
	u.has_default = false;
	assert_true(uplink_is_same(&u, &list[1]));
	assert_ptr_equal(uplink_find(list, 3, &u), &list[1]);
	assert_ptr_equal(uplink_find(list, 3, &list[2]), &list[2]);
	assert_null(uplink_find(list, 1, &u));
	assert_null(uplink_find(list, 2, &list[2]));
	assert_null(uplink_find(list, 0, &list[0]));
	for (int i = 0; i < 6; i++) {
		uplink other = u;
		other.ifindex += i == 0 ? 1u : i == 1 ? -1u : 0;
		other.local.addr.b[3] = (uint8_t)(2 + (i == 2) - (i == 3));
		other.local.bits = (uint8_t)(24 + (i == 4) - (i == 5));
		assert_false(uplink_is_same(&u, &other));
	}
}

TEST(another_gateway_is_another_network_but_a_first_one_is_not)
{
	uplink was = up("192.168.1.2", 24, true), is = was;

	assert_false(uplink_has_moved(&was, &is));
	is.gateway = ip4(192, 168, 1, 1);
	assert_false(uplink_has_moved(&was, &is));
	assert_false(uplink_has_moved(&is, &was));
	was.gateway = ip4(192, 168, 1, 254);
	assert_true(uplink_has_moved(&was, &is));
	was.gateway = is.gateway;
	assert_false(uplink_has_moved(&was, &is));
}

RUN(T(with_a_default_route_everything_of_its_family_is_reached), T(without_one_only_neighbours_are),
    T(link_local_addresses_are_neighbours), T(routes_lead_where_they_say),
    T(an_uplink_is_the_same_address_on_the_same_link),
    T(another_gateway_is_another_network_but_a_first_one_is_not))
