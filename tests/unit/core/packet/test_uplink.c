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

RUN(T(with_a_default_route_everything_of_its_family_is_reached), T(without_one_only_neighbours_are),
    T(link_local_addresses_are_neighbours))
