/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/addr.h"

#include <netinet/in.h>

TEST(addresses_of_both_families_read_and_print)
{
	static const char *const text[] = { "192.0.2.1", "0.0.0.0",     "255.255.255.255",
					    "::",        "2001:db8::1", "fe80::1" };
	char out[ADDR_STRLEN];

	for (size_t i = 0; i < COUNT(text); i++) {
		ip_addr a;
		assert_true(ip_parse(text[i], &a));
		assert_string_equal(ip_format(&a, out), text[i]);
	}
}

TEST(what_is_no_address_is_refused_and_leaves_the_target_alone)
{
	static const char *const wrong[] = {
		"",    "1.2.3",          "1.2.3.4.5",  "1.2.3.256",   "01.2.3.4 ", ":",
		":::", "2001:db8::1::2", "fe80::1%lo", "example.net", "1.2.3.4/24"
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		ip_addr a = ip4(9, 9, 9, 9), before = a;
		assert_false(ip_parse(wrong[i], &a));
		assert_true(ip_equal(&a, &before));
	}
}

TEST(octets_of_other_lengths_are_no_address)
{
	uint8_t b[16] = { 1 };

	assert_int_equal(ip_from_bytes(b, 4).len, 4);
	assert_int_equal(ip_from_bytes(b, 16).len, 16);
	assert_int_equal(ip_from_bytes(b, 5).len, 0);
	char out[ADDR_STRLEN];
	ip_addr none = ip_from_bytes(b, 0);
	assert_string_equal(ip_format(&none, out), "none");
}

TEST(an_ipv4_address_never_equals_an_ipv6_address)
{
	uint8_t b[16] = { 10, 0, 0, 1 };
	ip_addr v4 = ip4(10, 0, 0, 1), v6 = ip_from_bytes(b, 16);

	assert_false(ip_equal(&v4, &v6));
	assert_true(ip_equal(&v4, &v4));
}

TEST(any_is_none_or_all_zero)
{
	uint8_t zero[16] = { 0 };
	ip_addr none = { 0 }, any4 = ip4(0, 0, 0, 0), any6 = ip_from_bytes(zero, 16),
		one = ip4(0, 0, 0, 1);

	assert_true(ip_is_any(&none));
	assert_true(ip_is_any(&any4));
	assert_true(ip_is_any(&any6));
	assert_false(ip_is_any(&one));
}

TEST(link_local_is_fe80_with_ten_bits)
{
	static const struct {
		const char *text;
		bool yes;
	} in[] = { { "fe80::1", true },
		   { "febf::1", true },
		   { "fec0::1", false },
		   { "fe7f::1", false },
		   { "169.254.0.1", false } };

	for (size_t i = 0; i < COUNT(in); i++) {
		ip_addr a;
		assert_true(ip_parse(in[i].text, &a));
		assert_int_equal(ip_is_link_local6(&a), in[i].yes);
	}
}

TEST(prefixes_read_print_and_default_to_one_address)
{
	static const char *const io[][2] = {
		{ "192.168.50.0/24", "192.168.50.0/24" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "10.0.0.1", "10.0.0.1/32" },
		{ "2001:db8::/33", "2001:db8::/33" },
		{ "::1", "::1/128" },
		{ "10.128.0.0/9", "10.128.0.0/9" },
	};
	char out[ENDPOINT_STRLEN];

	for (size_t i = 0; i < COUNT(io); i++) {
		ip_prefix p;
		assert_true(prefix_parse(io[i][0], &p));
		assert_string_equal(prefix_format(&p, out), io[i][1]);
	}
}

TEST(prefixes_with_host_bits_or_wrong_lengths_are_refused)
{
	static const char *const wrong[] = { "192.168.50.1/24",
					     "10.0.0.0/33",
					     "10.0.0.0/",
					     "10.0.0.0/-1",
					     "10.0.0.0/+8",
					     "10.0.0.0/8x",
					     "::/129",
					     "2001:db8::1/64",
					     "10.64.0.0/9",
					     "/24",
					     "",
					     "10.0.0.0/8/8",
					     "10.0.0.0/99999999999999999999" };
	ip_prefix p;

	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(prefix_parse(wrong[i], &p));
}

TEST(a_prefix_contains_its_addresses_and_no_others)
{
	static const struct {
		const char *prefix, *addr;
		bool yes;
	} in[] = {
		{ "192.168.50.0/24", "192.168.50.255", true },
		{ "192.168.50.0/24", "192.168.51.0", false },
		{ "10.128.0.0/9", "10.255.0.1", true },
		{ "10.128.0.0/9", "10.127.0.1", false },
		{ "0.0.0.0/0", "203.0.113.1", true },
		{ "0.0.0.0/0", "::1", false },
		{ "10.0.0.1", "10.0.0.1", true },
		{ "10.0.0.1", "10.0.0.2", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
	};

	for (size_t i = 0; i < COUNT(in); i++) {
		ip_prefix p;
		ip_addr a;
		assert_true(prefix_parse(in[i].prefix, &p) && ip_parse(in[i].addr, &a));
		assert_int_equal(prefix_contains(&p, &a), in[i].yes);
	}
}

TEST(endpoints_read_print_and_take_the_default_port)
{
	static const char *const io[][2] = {
		{ "192.0.2.1:4500", "192.0.2.1:4500" },
		{ "192.0.2.1", "192.0.2.1:434" },
		{ "[2001:db8::1]:4500", "[2001:db8::1]:4500" },
		{ "[2001:db8::1]", "[2001:db8::1]:434" },
		{ "2001:db8::1", "[2001:db8::1]:434" },
		{ "[fe80::1%7]:1", "[fe80::1%7]:1" },
		{ "0.0.0.0:65535", "0.0.0.0:65535" },
	};
	char out[ENDPOINT_STRLEN];

	for (size_t i = 0; i < COUNT(io); i++) {
		endpoint e;
		assert_true(endpoint_parse(io[i][0], 434, &e));
		assert_string_equal(endpoint_format(&e, out), io[i][1]);
	}
}

TEST(a_port_is_required_where_there_is_no_default)
{
	endpoint e;

	assert_false(endpoint_parse("192.0.2.1", 0, &e));
	assert_false(endpoint_parse("[::1]", 0, &e));
	assert_true(endpoint_parse("[::1]:1", 0, &e));
}

TEST(malformed_endpoints_are_refused)
{
	static const char *const wrong[] = { "",
					     ":4500",
					     "192.0.2.1:",
					     "192.0.2.1:0",
					     "192.0.2.1:65536",
					     "192.0.2.1:4x",
					     "192.0.2.1 :4500",
					     "[::1",
					     "[::1]4500",
					     "[192.0.2.1]:4500",
					     "host:4500",
					     "[::1%7]:1",
					     "[fe80::1%]:1",
					     "[fe80::1%nosuchlink0]:1" };
	endpoint e;

	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(endpoint_parse(wrong[i], 434, &e));
}

TEST(an_endless_host_is_refused)
{
	char text[500];

	memset(text, '1', sizeof text - 1);
	text[sizeof text - 1] = 0;
	endpoint e;
	ip_prefix p;
	assert_false(endpoint_parse(text, 434, &e));
	assert_false(prefix_parse(text, &p));
}

TEST(endpoints_survive_the_way_through_a_sockaddr)
{
	static const char *const text[] = { "192.0.2.1:4500", "[2001:db8::1]:4500",
					    "[fe80::1%3]:9" };
	static const socklen_t size[] = { sizeof(struct sockaddr_in), sizeof(struct sockaddr_in6),
					  sizeof(struct sockaddr_in6) };

	for (size_t i = 0; i < COUNT(text); i++) {
		endpoint a, b;
		struct sockaddr_storage ss;
		assert_true(endpoint_parse(text[i], 0, &a));
		assert_int_equal(endpoint_to_sockaddr(&a, &ss), size[i]);
		assert_true(endpoint_from_sockaddr((struct sockaddr *)&ss, &b));
		assert_true(endpoint_equal(&a, &b));
	}
}

TEST(a_mapped_address_becomes_ipv4)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(4500) };
	uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 };

	memcpy(&in6.sin6_addr, mapped, 16);
	endpoint e;
	char out[ENDPOINT_STRLEN];
	assert_true(endpoint_from_sockaddr((struct sockaddr *)&in6, &e));
	assert_string_equal(endpoint_format(&e, out), "192.0.2.1:4500");
}

TEST(other_families_have_no_endpoint)
{
	struct sockaddr sa = { .sa_family = AF_UNIX };
	struct sockaddr_storage ss;
	endpoint e;

	assert_false(endpoint_from_sockaddr(&sa, &e));
	endpoint none = { 0 };
	assert_int_equal(endpoint_to_sockaddr(&none, &ss), 0);
}

TEST(endpoints_differ_by_port_and_scope)
{
	endpoint a, b;

	endpoint_parse("[fe80::1%3]:9", 0, &a);
	b = a;
	assert_true(endpoint_equal(&a, &b));
	b.scope = 4;
	assert_false(endpoint_equal(&a, &b));
	b = a;
	b.port = 8;
	assert_false(endpoint_equal(&a, &b));
}

RUN(T(addresses_of_both_families_read_and_print),
    T(what_is_no_address_is_refused_and_leaves_the_target_alone),
    T(octets_of_other_lengths_are_no_address), T(an_ipv4_address_never_equals_an_ipv6_address),
    T(any_is_none_or_all_zero), T(link_local_is_fe80_with_ten_bits),
    T(prefixes_read_print_and_default_to_one_address),
    T(prefixes_with_host_bits_or_wrong_lengths_are_refused),
    T(a_prefix_contains_its_addresses_and_no_others),
    T(endpoints_read_print_and_take_the_default_port),
    T(a_port_is_required_where_there_is_no_default), T(malformed_endpoints_are_refused),
    T(an_endless_host_is_refused), T(endpoints_survive_the_way_through_a_sockaddr),
    T(a_mapped_address_becomes_ipv4), T(other_families_have_no_endpoint),
    T(endpoints_differ_by_port_and_scope))
