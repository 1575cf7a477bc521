/* SPDX-License-Identifier: MIT */
/* Which set a packet leaves by, and which pair of it. */
#include "sa_kit.h"

/* A direct association, or a child SA: what the peer has not shown to hold is not sent on. */
static const sa_rules careful = { .max_larval = 2, .max_replaced = 2, .replaced_ms = KEEP_MS };

static bool select_one(sa_set *set, sa_selector s)
{
	return sa_set_select(set, &s, 1);
}

static sa_packet packet(const char *from, const char *to, uint8_t protocol, uint16_t remote_port)
{
	return (sa_packet){ .local = address(from),
			    .remote = address(to),
			    .protocol = protocol,
			    .local_port = 1000,
			    .remote_port = remote_port,
			    .has_ports = true };
}

static const sa_set *out(const fixture *f, const char *from, const char *to)
{
	const sa_packet p = packet(from, to, IPPROTO_NUM_TCP, 80);

	return sa_set_find_out(f->store, &p, T0);
}

static const sa_set *out_to(const fixture *f, const char *to)
{
	return out(f, strchr(to, ':') ? "2001:db8::ff" : "192.0.2.99", to);
}

static sa_pair *install_in(fixture *f, sa_set *set, bool confirmed)
{
	sa_pair *p = make(f, endless, 1);

	assert_true(sa_set_install(set, p));
	if (confirmed)
		assert_true(sa_set_confirm(set, p, T0));
	return p;
}

TEST(outbound_packets_find_the_set_of_the_host_they_go_to)
{
	fixture f = open_fixture();

	open_sets(&f);
	const sa_selector two[] = { between("0.0.0.0/0", "192.0.2.1"),
				    between("::/0", "2001:db8::1") };
	assert_true(sa_set_select(&f.set, two, 2));
	assert_true(select_one(&f.other, between("0.0.0.0/0", "192.0.2.2")));
	assert_ptr_equal(out_to(&f, "192.0.2.1"), &f.set);
	assert_ptr_equal(out_to(&f, "2001:db8::1"), &f.set);
	assert_ptr_equal(out_to(&f, "192.0.2.2"), &f.other);
	assert_null(out_to(&f, "192.0.2.3"));
	assert_null(out_to(&f, "2001:db8::2"));
	assert_true(select_one(&f.set, between("0.0.0.0/0", "192.0.2.4")));
	assert_null(out_to(&f, "192.0.2.1"));
	assert_null(out_to(&f, "2001:db8::1"));
	assert_ptr_equal(out_to(&f, "192.0.2.4"), &f.set);
	close_fixture(&f);
}

TEST(of_prefixes_the_longest_leads_and_a_host_before_all)
{
	fixture f = open_fixture();
	sa_set third;

	open_sets(&f);
	sa_set_open(&third, f.store, &rules, NULL);
	const sa_selector all[] = { between("0.0.0.0/0", "0.0.0.0/0"), between("::/0", "::/0") };
	assert_true(sa_set_select(&f.set, all, 2));
	assert_true(select_one(&f.other, between("0.0.0.0/0", "10.0.0.0/8")));
	assert_true(select_one(&third, between("0.0.0.0/0", "10.1.1.1")));
	assert_ptr_equal(out_to(&f, "192.0.2.1"), &f.set);
	assert_ptr_equal(out_to(&f, "2001:db8::1"), &f.set);
	assert_ptr_equal(out_to(&f, "10.2.3.4"), &f.other);
	assert_ptr_equal(out_to(&f, "10.1.1.1"), &third);
	sa_set_close(&f.other);
	assert_ptr_equal(out_to(&f, "10.2.3.4"), &f.set);
	sa_set_close(&third);
	assert_ptr_equal(out_to(&f, "10.1.1.1"), &f.set);
	close_fixture(&f);
}

TEST(prefixes_of_every_length_are_told_apart_in_whichever_order_they_came)
{
	static const char *const nets[] = { "10.64.0.0/10", "10.0.0.0/8", "10.96.0.0/11",
					    "10.112.0.0/13" };
	sa_set sets[COUNT(nets)];
	fixture f = open_fixture();

	open_sets(&f);
	for (size_t i = 0; i < COUNT(nets); i++) {
		sa_set_open(&sets[i], f.store, &rules, NULL);
		assert_true(select_one(&sets[i], between("0.0.0.0/0", nets[i])));
	}
	assert_ptr_equal(out_to(&f, "10.1.0.1"), &sets[1]);
	assert_ptr_equal(out_to(&f, "10.65.0.1"), &sets[0]);
	assert_ptr_equal(out_to(&f, "10.100.0.1"), &sets[2]);
	assert_ptr_equal(out_to(&f, "10.119.255.255"), &sets[3]);
	assert_ptr_equal(out_to(&f, "10.120.0.0"), &sets[2]);
	assert_ptr_equal(out_to(&f, "10.128.0.0"), &sets[1]);
	assert_null(out_to(&f, "11.0.0.0"));
	assert_null(out_to(&f, "11.65.0.1"));
	for (size_t i = 0; i < COUNT(nets); i++)
		sa_set_close(&sets[i]);
	assert_null(out_to(&f, "10.65.0.1"));
	close_fixture(&f);
}

TEST(thousands_of_hosts_come_and_go)
{
	enum { MANY = 3000 };
	static sa_set sets[MANY];
	fixture f = open_fixture();

	open_sets(&f);
	for (unsigned i = 0; i < MANY; i++) {
		sa_selector s = between("0.0.0.0/0", "10.0.0.0");
		s.remote.addr.b[2] = (uint8_t)(i >> 8);
		s.remote.addr.b[3] = (uint8_t)i;
		sa_set_open(&sets[i], f.store, &rules, NULL);
		assert_true(select_one(&sets[i], s));
	}
	assert_ptr_equal(out_to(&f, "10.0.0.0"), &sets[0]);
	assert_ptr_equal(out_to(&f, "10.0.1.5"), &sets[261]);
	for (unsigned i = 0; i < MANY; i += 2)
		sa_set_close(&sets[i]);
	assert_null(out_to(&f, "10.0.0.0"));
	assert_ptr_equal(out_to(&f, "10.0.1.5"), &sets[261]);
	for (unsigned i = 1; i < MANY; i += 2)
		sa_set_close(&sets[i]);
	assert_null(out_to(&f, "10.0.1.5"));
	close_fixture(&f);
}

TEST(sets_to_one_host_are_told_apart_by_the_address_here)
{
	fixture f = open_fixture();

	open_sets(&f);
	assert_true(select_one(&f.set, between("192.0.2.1", "198.51.100.1")));
	assert_true(select_one(&f.other, between("192.0.2.0/24", "198.51.100.1")));
	assert_ptr_equal(out(&f, "192.0.2.1", "198.51.100.1"), &f.set);
	assert_ptr_equal(out(&f, "192.0.2.2", "198.51.100.1"), &f.other);
	assert_null(out(&f, "192.0.3.1", "198.51.100.1"));
	close_fixture(&f);
}

TEST(sets_to_one_network_are_told_apart_by_protocol_and_ports)
{
	fixture f = open_fixture();
	sa_selector web[] = { between("192.0.2.1", "10.0.0.0/8"),
			      between("192.0.2.1", "10.0.0.0/8") };

	open_sets(&f);
	web[0].protocol = web[1].protocol = IPPROTO_NUM_TCP;
	web[0].remote_ports = (sa_ports){ 80, 80 };
	web[1].remote_ports = (sa_ports){ 8000, 8999 };
	assert_true(sa_set_select(&f.set, web, 2));
	assert_true(select_one(&f.other, between("192.0.2.1", "10.0.0.0/8")));
	static const struct {
		uint8_t protocol;
		uint16_t port;
		bool is_web;
	} cases[] = { { 6, 80, true },    { 6, 8000, true }, { 6, 8999, true }, { 6, 81, false },
		      { 6, 9000, false }, { 17, 80, false }, { 6, 7999, false } };
	for (size_t i = 0; i < COUNT(cases); i++) {
		const sa_packet p =
			packet("192.0.2.1", "10.1.2.3", cases[i].protocol, cases[i].port);
		assert_ptr_equal(sa_set_find_out(f.store, &p, T0),
				 cases[i].is_web ? &f.set : &f.other);
		assert_int_equal(sa_set_permits(&f.set, &p), cases[i].is_web);
	}
	close_fixture(&f);
}

TEST(of_sets_with_the_same_selector_the_latest_leads)
{
	fixture f = open_fixture();

	open_sets(&f);
	assert_true(select_one(&f.set, between("192.0.2.1", "10.0.0.0/8")));
	assert_true(select_one(&f.other, between("192.0.2.1", "10.0.0.0/8")));
	assert_ptr_equal(out(&f, "192.0.2.1", "10.1.1.1"), &f.other);
	sa_set_close(&f.other);
	assert_ptr_equal(out(&f, "192.0.2.1", "10.1.1.1"), &f.set);
	close_fixture(&f);
}

TEST(of_many_with_the_same_selector_any_may_go_first)
{
	enum { N = 4 };
	static const unsigned orders[][N] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 1, 2, 0, 3 } };

	for (size_t i = 0; i < COUNT(orders); i++) {
		fixture f = open_fixture();
		sa_set sets[N];
		bool is_open[N];
		open_sets(&f);
		for (unsigned n = 0; n < N; n++) {
			sa_set_open(&sets[n], f.store, &rules, NULL);
			assert_true(select_one(&sets[n], between("192.0.2.1", "10.0.0.0/8")));
			is_open[n] = true;
		}
		for (unsigned n = 0; n < N; n++) {
			sa_set_close(&sets[orders[i][n]]);
			is_open[orders[i][n]] = false;
			const sa_set *last = NULL;
			for (unsigned k = 0; k < N; k++)
				last = is_open[k] ? &sets[k] : last;
			assert_ptr_equal(out(&f, "192.0.2.1", "10.1.1.1"), last);
		}
		close_fixture(&f);
	}
}

TEST(a_selection_that_is_refused_changes_nothing)
{
	fixture f = open_fixture();
	sa_selector many[SA_SELECTORS_MAX + 1];

	open_sets(&f);
	assert_int_equal(SA_SELECTORS_MAX, 32);
	assert_true(select_one(&f.set, between("192.0.2.1", "10.0.0.0/8")));
	assert_false(select_one(&f.set, between("192.0.2.1", "::/0")));
	for (unsigned i = 0; i <= SA_SELECTORS_MAX; i++)
		many[i] = between("192.0.2.1", "11.0.0.0/8");
	assert_false(sa_set_select(&f.set, many, SA_SELECTORS_MAX + 1));
	assert_ptr_equal(out(&f, "192.0.2.1", "10.1.1.1"), &f.set);
	assert_null(out(&f, "192.0.2.1", "11.1.1.1"));
	assert_true(sa_set_select(&f.set, many, SA_SELECTORS_MAX));
	assert_ptr_equal(out(&f, "192.0.2.1", "11.1.1.1"), &f.set);
	assert_null(out(&f, "192.0.2.1", "10.1.1.1"));
	close_fixture(&f);
}

TEST(a_set_that_has_nothing_to_send_on_stands_in_nobodys_way)
{
	fixture f = open_fixture();

	open_sets(&f);
	f.other.rules = &careful;
	assert_true(select_one(&f.set, between("192.0.2.1", "0.0.0.0/0")));
	assert_true(select_one(&f.other, between("192.0.2.1", "192.0.2.2")));
	assert_ptr_equal(out(&f, "192.0.2.1", "192.0.2.2"), &f.other); /* none has */
	install_in(&f, &f.set, true);
	assert_ptr_equal(out(&f, "192.0.2.1", "192.0.2.2"), &f.set);
	sa_pair *p = make(&f, (sa_limits){ .soft_ms = SA_NEVER, .hard_ms = T0 + 10 }, 2);
	assert_true(sa_set_install(&f.other, p));
	assert_ptr_equal(out(&f, "192.0.2.1", "192.0.2.2"), &f.set); /* it is larval */
	assert_true(sa_set_confirm(&f.other, p, T0));
	assert_ptr_equal(out(&f, "192.0.2.1", "192.0.2.2"), &f.other);
	const sa_packet packet_out = packet("192.0.2.1", "192.0.2.2", IPPROTO_NUM_UDP, 53);
	assert_ptr_equal(sa_set_find_out(f.store, &packet_out, T0 + 9), &f.other);
	assert_ptr_equal(sa_set_find_out(f.store, &packet_out, T0 + 10), &f.set);
	close_fixture(&f);
}

/* Two clients that talk to each other: each installs inbound, says so by way of home, and sends when the other has. */
TEST(by_the_rules_nothing_is_sent_before_the_peer_has_acknowledged)
{
	fixture f = open_fixture();

	open_sets(&f);
	f.set.rules = &careful;
	sa_pair *first = install(&f, 1);
	assert_ptr_equal(sa_store_find_in(f.store, first->spi_in), first);
	assert_null(sa_set_sending(&f.set, T0));
	uint8_t pkt[256] = { 0 };
	assert_int_equal(sa_set_seal(&f.set, T0, pkt, 8, ESP_NEXT_IPV4), 0);
	assert_true(sa_set_confirm(&f.set, first, T0));
	assert_ptr_equal(sa_set_sending(&f.set, T0), first);
	sa_pair *second = install(&f, 2);
	assert_ptr_equal(sa_set_sending(&f.set, T0), first);
	sa_set_drop(&f.set, first);
	assert_null(sa_set_sending(&f.set, T0));
	assert_true(sa_set_confirm(&f.set, second, T0));
	assert_ptr_equal(sa_set_sending(&f.set, T0), second);
	close_fixture(&f);
}

TEST(where_the_live_pair_ends_within_a_burst_the_larval_one_goes_on)
{
	fixture f = open_fixture();
	sa_limits l = endless;
	uint8_t pkt[256] = { 0 };

	open_sets(&f);
	l.hard_packets = 2;
	sa_pair *live = make(&f, l, 0x21000001);
	assert_true(sa_set_install(&f.set, live));
	assert_true(sa_set_confirm(&f.set, live, T0));
	install(&f, 0x21000002);
	static const uint32_t under[] = { 0x21000001, 0x21000001, 0x21000002, 0x21000002 };
	for (size_t i = 0; i < COUNT(under); i++) {
		assert_int_equal(sa_set_seal(&f.set, T0, pkt, 8, ESP_NEXT_IPV4), esp_sealed_len(8));
		assert_int_equal(load_be32(pkt), under[i]);
	}
	close_fixture(&f);
}

TEST(after_the_live_pairs_time_the_larval_one_is_sent_on_and_after_its_own_nothing)
{
	fixture f = open_fixture();

	open_sets(&f);
	sa_pair *live = make(&f, (sa_limits){ .soft_ms = SA_NEVER, .hard_ms = T0 + 10 }, 1);
	assert_true(sa_set_install(&f.set, live));
	assert_true(sa_set_confirm(&f.set, live, T0));
	sa_pair *next = make(&f, (sa_limits){ .soft_ms = SA_NEVER, .hard_ms = T0 + 20 }, 2);
	assert_true(sa_set_install(&f.set, next));
	assert_ptr_equal(sa_set_sending(&f.set, T0 + 9), live);
	assert_ptr_equal(sa_set_sending(&f.set, T0 + 10), next);
	assert_null(sa_set_sending(&f.set, T0 + 20));
	f.set.rules = &careful;
	assert_null(sa_set_sending(&f.set, T0 + 10));
	close_fixture(&f);
}

TEST(packets_that_the_selectors_do_not_name_are_not_permitted)
{
	const sa_packet ours = packet("192.0.2.1", "198.51.100.1", IPPROTO_NUM_TCP, 80);
	const sa_packet theirs = packet("198.51.100.1", "192.0.2.1", IPPROTO_NUM_TCP, 80);
	const sa_packet six = packet("2001:db8::1", "2001:db8::1", IPPROTO_NUM_TCP, 80);
	fixture f = open_fixture();

	open_sets(&f);
	assert_false(sa_set_permits(&f.set, &ours));
	assert_true(select_one(&f.set, between("192.0.2.1", "0.0.0.0/0")));
	assert_true(sa_set_permits(&f.set, &ours));
	assert_false(sa_set_permits(&f.set, &theirs));
	assert_false(sa_set_permits(&f.set, &six));
	close_fixture(&f);
}

RUN(T(outbound_packets_find_the_set_of_the_host_they_go_to),
    T(of_prefixes_the_longest_leads_and_a_host_before_all),
    T(prefixes_of_every_length_are_told_apart_in_whichever_order_they_came),
    T(thousands_of_hosts_come_and_go), T(sets_to_one_host_are_told_apart_by_the_address_here),
    T(sets_to_one_network_are_told_apart_by_protocol_and_ports),
    T(of_sets_with_the_same_selector_the_latest_leads),
    T(of_many_with_the_same_selector_any_may_go_first),
    T(a_selection_that_is_refused_changes_nothing),
    T(a_set_that_has_nothing_to_send_on_stands_in_nobodys_way),
    T(by_the_rules_nothing_is_sent_before_the_peer_has_acknowledged),
    T(where_the_live_pair_ends_within_a_burst_the_larval_one_goes_on),
    T(after_the_live_pairs_time_the_larval_one_is_sent_on_and_after_its_own_nothing),
    T(packets_that_the_selectors_do_not_name_are_not_permitted))
