/* SPDX-License-Identifier: MIT */
#include "core/home/lease.h"
#include "unit.h"
#include <stdio.h>

typedef struct scene {
	home_conf conf;
	home_addresses addresses;
	home_leases leases;
	int owner;
} scene;

static void open_scene(scene *s, const char *network)
{
	ip_prefix p;

	*s = (scene){ 0 };
	assert_true(prefix_parse(network, &p));
	*(p.addr.len == 4 ? &s->conf.network4 : &s->conf.network6) = p;
	assert_true(home_addresses_open(&s->addresses));
}

static void close_scene(scene *s)
{
	home_addresses_close(&s->addresses);
}

/* "": none. */
static const char *lease(scene *s, uint8_t len)
{
	static char text[ADDR_STRLEN];
	ip_addr a;

	if (!home_lease_pick(&s->leases, &s->conf, &s->addresses, len, &a))
		return "";
	assert_true(home_addresses_claim(&s->addresses, &a, &s->owner));
	return ip_format(&a, text);
}

static void claim(scene *s, const char *address)
{
	ip_addr a;

	assert_true(ip_parse(address, &a));
	assert_true(home_addresses_claim(&s->addresses, &a, &s->owner));
}

static void release(scene *s, const char *address)
{
	ip_addr a;

	assert_true(ip_parse(address, &a));
	home_addresses_release(&s->addresses, &a, &s->owner);
}

TEST(neither_the_networks_own_address_nor_its_broadcast_is_leased)
{
	scene s;

	open_scene(&s, "10.66.0.0/29");
	for (unsigned host = 1; host <= 6; host++) {
		char want[ADDR_STRLEN];
		snprintf(want, sizeof want, "10.66.0.%u", host);
		assert_string_equal(lease(&s, 4), want);
	}
	assert_string_equal(lease(&s, 4), "");
	release(&s, "10.66.0.3");
	assert_string_equal(lease(&s, 4), "10.66.0.3");
	close_scene(&s);
}

TEST(a_network_of_one_or_two_addresses_has_none_to_lease)
{
	static const char *const networks[] = { "10.66.0.1/32", "10.66.0.0/31" };

	for (size_t i = 0; i < COUNT(networks); i++) {
		scene s;
		open_scene(&s, networks[i]);
		assert_string_equal(lease(&s, 4), "");
		close_scene(&s);
	}
}

TEST(without_a_network_of_that_family_nothing_is_leased)
{
	scene s;

	open_scene(&s, "10.66.0.0/24");
	assert_string_equal(lease(&s, 16), "");
	close_scene(&s);
	open_scene(&s, "2001:db8::/64");
	assert_string_equal(lease(&s, 4), "");
	close_scene(&s);
}

TEST(what_is_reserved_and_homes_own_addresses_are_passed_over)
{
	scene s;

	open_scene(&s, "10.66.0.0/29");
	s.conf.home_lan4 = ip4(10, 66, 0, 2);
	s.conf.reserved[0] = ip4(10, 66, 0, 1);
	s.conf.reserved[1] = ip4(10, 66, 0, 4);
	s.conf.n_reserved = 2;
	assert_string_equal(lease(&s, 4), "10.66.0.3");
	assert_string_equal(lease(&s, 4), "10.66.0.5");
	assert_string_equal(lease(&s, 4), "10.66.0.6");
	assert_string_equal(lease(&s, 4), "");
	close_scene(&s);
}

TEST(only_the_part_of_the_network_that_is_meant_for_it_is_leased)
{
	scene s;

	open_scene(&s, "10.66.0.0/24");
	s.conf.lease_first = 252;
	s.conf.lease_last = 300; /* past the network's end */
	assert_string_equal(lease(&s, 4), "10.66.0.252");
	assert_string_equal(lease(&s, 4), "10.66.0.253");
	assert_string_equal(lease(&s, 4), "10.66.0.254");
	assert_string_equal(lease(&s, 4), "");
	release(&s, "10.66.0.252");
	assert_string_equal(lease(&s, 4), "10.66.0.252");
	close_scene(&s);
}

TEST(however_many_addresses_are_in_use_the_next_free_one_is_found)
{
	scene s;

	open_scene(&s, "10.66.0.0/16");
	for (unsigned i = 1; i <= 1000; i++) {
		char used[ADDR_STRLEN];
		snprintf(used, sizeof used, "10.66.%u.%u", i / 256, i % 256);
		claim(&s, used);
	}
	assert_string_equal(lease(&s, 4), "10.66.3.233");
	close_scene(&s);
}

TEST(an_ipv6_network_leases_its_lowest_64_bits_in_order)
{
	scene s;

	open_scene(&s, "2001:db8:50::/48");
	s.conf.lease_first = s.conf.lease_last = 9; /* which is about IPv4 */
	assert_true(ip_parse("2001:db8:50::2", &s.conf.home_lan6));
	assert_string_equal(lease(&s, 16), "2001:db8:50::1");
	assert_string_equal(lease(&s, 16), "2001:db8:50::3");
	s.leases.cursor6 = 0x0102030405060707;
	assert_string_equal(lease(&s, 16), "2001:db8:50:0:102:304:506:708");
	s.leases.cursor6 = UINT64_MAX - 1;
	assert_string_equal(lease(&s, 16), "2001:db8:50:0:ffff:ffff:ffff:ffff");
	assert_string_equal(lease(&s, 16), "2001:db8:50::4");
	close_scene(&s);
}

TEST(a_short_ipv6_network_ends_with_its_last_address)
{
	scene s;

	open_scene(&s, "2001:db8::/126");
	assert_string_equal(lease(&s, 16), "2001:db8::1");
	assert_string_equal(lease(&s, 16), "2001:db8::2");
	assert_string_equal(lease(&s, 16), "2001:db8::3");
	assert_string_equal(lease(&s, 16), "");
	close_scene(&s);
}

TEST(the_families_are_leased_from_independently)
{
	scene s;

	open_scene(&s, "10.66.0.0/24");
	assert_true(prefix_parse("2001:db8::/64", &s.conf.network6));
	assert_string_equal(lease(&s, 16), "2001:db8::1");
	assert_string_equal(lease(&s, 16), "2001:db8::2");
	assert_string_equal(lease(&s, 4), "10.66.0.1");
	assert_string_equal(lease(&s, 16), "2001:db8::3");
	assert_string_equal(lease(&s, 4), "10.66.0.2");
	close_scene(&s);
}

RUN(T(the_families_are_leased_from_independently),
    T(neither_the_networks_own_address_nor_its_broadcast_is_leased),
    T(a_network_of_one_or_two_addresses_has_none_to_lease),
    T(without_a_network_of_that_family_nothing_is_leased),
    T(what_is_reserved_and_homes_own_addresses_are_passed_over),
    T(only_the_part_of_the_network_that_is_meant_for_it_is_leased),
    T(however_many_addresses_are_in_use_the_next_free_one_is_found),
    T(an_ipv6_network_leases_its_lowest_64_bits_in_order),
    T(a_short_ipv6_network_ends_with_its_last_address))
