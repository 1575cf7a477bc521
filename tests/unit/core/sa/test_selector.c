/* SPDX-License-Identifier: MIT */
#include "sa_kit.h"

enum { ICMP_ECHO = 0x0800, FRAGMENT_AT = 6, PORTS_AT = 20, LEN = 40 };

static void make_ip4(uint8_t p[LEN], uint8_t protocol, uint16_t src, uint16_t dst)
{
	memset(p, 0, LEN);
	p[0] = 0x45;
	p[3] = LEN;
	p[9] = protocol;
	memcpy(p + 12, (uint8_t[]){ 10, 0, 0, 1 }, 4);
	memcpy(p + 16, (uint8_t[]){ 10, 0, 0, 2 }, 4);
	store_be16(p + PORTS_AT, src);
	store_be16(p + PORTS_AT + 2, dst);
}

static ip_view view_of(const uint8_t *p, size_t n)
{
	ip_view v;

	assert_true(ip_parse_packet(p, n, false, &v));
	return v;
}

static sa_packet to_send(const uint8_t *p, size_t n)
{
	const ip_view v = view_of(p, n);

	return sa_packet_to_send(p, &v);
}

TEST(what_is_sent_has_its_source_here_and_what_is_received_its_destination)
{
	static const uint8_t with_ports[] = { 6, 17, 33, 132, 136 };
	const ip_addr one = ip4(10, 0, 0, 1), two = ip4(10, 0, 0, 2);
	uint8_t p[LEN];

	for (size_t i = 0; i < COUNT(with_ports); i++) {
		make_ip4(p, with_ports[i], 1000, 80);
		const ip_view v = view_of(p, sizeof p);
		const sa_packet out = sa_packet_to_send(p, &v), in = sa_packet_received(p, &v);
		assert_int_equal(out.protocol, with_ports[i]);
		assert_true(out.has_ports && in.has_ports);
		assert_true(ip_equal(&out.local, &one) && ip_equal(&out.remote, &two));
		assert_true(ip_equal(&in.local, &two) && ip_equal(&in.remote, &one));
		assert_int_equal(out.local_port, 1000);
		assert_int_equal(out.remote_port, 80);
		assert_int_equal(in.local_port, 80);
		assert_int_equal(in.remote_port, 1000);
	}
}

TEST(the_addresses_of_ipv6_are_told_apart_likewise)
{
	uint8_t p[44] = {
		0x60, [5] = 4, [6] = IPPROTO_NUM_UDP, [23] = 1, [39] = 2, [41] = 7, [43] = 9
	};

	for (uint8_t i = 8; i < 23; i++) {
		p[i] = i;
		p[i + 16] = (uint8_t)(0x80 + i);
	}
	const ip_view v = view_of(p, sizeof p);
	const ip_addr src = ip_from_bytes(p + 8, 16), dst = ip_from_bytes(p + 24, 16);
	const sa_packet out = sa_packet_to_send(p, &v), in = sa_packet_received(p, &v);
	assert_true(ip_equal(&out.local, &src) && ip_equal(&out.remote, &dst));
	assert_true(ip_equal(&in.local, &dst) && ip_equal(&in.remote, &src));
	sa_selector s = between("0.0.0.0/0", "0.0.0.0/0");
	assert_false(sa_selector_covers(&s, &out));
	s = between("::/0", "::/0");
	assert_true(sa_selector_covers(&s, &out));
	assert_int_equal(out.local_port, 7);
	assert_int_equal(in.local_port, 9);
}

TEST(type_and_code_of_icmp_count_as_both_ports)
{
	static const uint8_t icmp[] = { IPPROTO_NUM_ICMP, IPPROTO_NUM_ICMP6 };
	uint8_t p[LEN];

	for (size_t i = 0; i < COUNT(icmp); i++) {
		make_ip4(p, icmp[i], ICMP_ECHO, 7);
		const sa_packet s = to_send(p, sizeof p);
		assert_true(s.has_ports);
		assert_int_equal(s.local_port, ICMP_ECHO);
		assert_int_equal(s.remote_port, ICMP_ECHO);
	}
}

TEST(fragments_other_protocols_and_what_is_too_short_have_no_ports)
{
	uint8_t p[LEN];

	make_ip4(p, IPPROTO_NUM_UDP, 1, 2);
	p[FRAGMENT_AT] =
		0x20; /* more to come: the first, which does have them, goes with the others */
	assert_false(to_send(p, sizeof p).has_ports);
	make_ip4(p, 47, 1, 2);
	assert_false(to_send(p, sizeof p).has_ports);
	make_ip4(p, IPPROTO_NUM_UDP, 1, 2);
	p[3] = PORTS_AT + 3;
	assert_false(to_send(p, PORTS_AT + 3).has_ports);
	p[3] = PORTS_AT + 4;
	assert_true(to_send(p, PORTS_AT + 4).has_ports);
}

static bool covers(const sa_selector *s, uint8_t protocol, uint16_t local, uint16_t remote)
{
	uint8_t p[LEN];

	make_ip4(p, protocol, local, remote);
	const sa_packet packet = to_send(p, sizeof p);
	return sa_selector_covers(s, &packet);
}

TEST(a_selector_covers_the_ports_in_its_ranges_both_ends_included)
{
	sa_selector s = between("10.0.0.1", "10.0.0.0/30");

	s.local_ports = (sa_ports){ 1000, 1002 };
	s.remote_ports = (sa_ports){ 80, 80 };
	assert_true(covers(&s, IPPROTO_NUM_TCP, 1000, 80));
	assert_true(covers(&s, IPPROTO_NUM_UDP, 1002, 80));
	assert_false(covers(&s, IPPROTO_NUM_TCP, 999, 80));
	assert_false(covers(&s, IPPROTO_NUM_TCP, 1003, 80));
	assert_false(covers(&s, IPPROTO_NUM_TCP, 1000, 79));
	assert_false(covers(&s, IPPROTO_NUM_TCP, 1000, 81));
	assert_false(covers(&s, 47, 1000, 80)); /* it has none */
	s.local_ports = s.remote_ports = SA_ANY_PORT;
	assert_true(covers(&s, 47, 0, 0));
	s.remote_ports = (sa_ports){ 1, UINT16_MAX };
	assert_false(covers(&s, 47, 0, 0));
}

TEST(a_selector_covers_its_protocol_or_all)
{
	sa_selector s = between("10.0.0.1", "10.0.0.2");

	assert_true(covers(&s, IPPROTO_NUM_TCP, 1, 2));
	s.protocol = IPPROTO_NUM_UDP;
	assert_false(covers(&s, IPPROTO_NUM_TCP, 1, 2));
	assert_true(covers(&s, IPPROTO_NUM_UDP, 1, 2));
}

TEST(a_selector_covers_what_is_between_its_prefixes)
{
	sa_selector s = between("10.0.0.0/24", "10.0.0.2");

	assert_true(covers(&s, IPPROTO_NUM_TCP, 1, 2));
	s = between("10.0.0.2", "10.0.0.1");
	assert_false(covers(&s, IPPROTO_NUM_TCP, 1, 2));
	s = between("10.0.1.0/24", "10.0.0.2");
	assert_false(covers(&s, IPPROTO_NUM_TCP, 1, 2));
	s = between("10.0.0.1", "10.0.1.0/24");
	assert_false(covers(&s, IPPROTO_NUM_TCP, 1, 2));
	s = between("0.0.0.0/0", "0.0.0.0/0");
	assert_true(covers(&s, IPPROTO_NUM_TCP, 1, 2));
	s = between("::/0", "::/0");
	assert_false(covers(&s, IPPROTO_NUM_TCP, 1, 2));
}

TEST(a_selector_has_prefixes_of_one_family_and_ports_in_order)
{
	sa_selector s = between("10.0.0.1", "0.0.0.0/0");

	assert_true(sa_selector_is_valid(&s));
	s.local_ports = (sa_ports){ 5, 5 };
	assert_true(sa_selector_is_valid(&s));
	s.local_ports = (sa_ports){ 6, 5 };
	assert_false(sa_selector_is_valid(&s));
	s.local_ports = SA_ANY_PORT;
	s.remote_ports = (sa_ports){ 6, 5 };
	assert_false(sa_selector_is_valid(&s));
	s = between("10.0.0.1", "::/0");
	assert_false(sa_selector_is_valid(&s));
	s = between("10.0.0.1", "0.0.0.0/0");
	s.remote.bits = 33;
	assert_false(sa_selector_is_valid(&s));
	s = between("2001:db8::1", "::/0");
	assert_true(sa_selector_is_valid(&s));
	s.local.bits = 129;
	assert_false(sa_selector_is_valid(&s));
	s = (sa_selector){ 0 };
	assert_false(sa_selector_is_valid(&s));
}

static void assert_narrower(const sa_selector *a, const sa_selector *b)
{
	assert_true(sa_selector_is_narrower(a, b));
	assert_false(sa_selector_is_narrower(b, a));
	assert_false(sa_selector_is_narrower(a, a));
}

TEST(the_local_prefix_counts_before_the_protocol_and_that_before_ports)
{
	const sa_selector all = between("0.0.0.0/0", "10.0.0.2");
	sa_selector host = between("10.0.0.1", "10.0.0.2"), tcp = all, ports = all, port = all;

	tcp.protocol = IPPROTO_NUM_TCP;
	ports.remote_ports = (sa_ports){ 80, 90 };
	port.local_ports = (sa_ports){ 80, 89 };
	assert_narrower(&host, &tcp);
	assert_narrower(&tcp, &port);
	assert_narrower(&port, &ports);
	assert_narrower(&ports, &all);
	sa_selector udp = all;
	udp.protocol = IPPROTO_NUM_UDP;
	assert_false(sa_selector_is_narrower(&udp, &tcp));
	assert_false(sa_selector_is_narrower(&tcp, &udp));
}

RUN(T(what_is_sent_has_its_source_here_and_what_is_received_its_destination),
    T(the_addresses_of_ipv6_are_told_apart_likewise), T(type_and_code_of_icmp_count_as_both_ports),
    T(fragments_other_protocols_and_what_is_too_short_have_no_ports),
    T(a_selector_covers_the_ports_in_its_ranges_both_ends_included),
    T(a_selector_covers_its_protocol_or_all), T(a_selector_covers_what_is_between_its_prefixes),
    T(a_selector_has_prefixes_of_one_family_and_ports_in_order),
    T(the_local_prefix_counts_before_the_protocol_and_that_before_ports))
