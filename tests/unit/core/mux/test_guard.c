/* SPDX-License-Identifier: MIT */
#include "core/mux/guard.h"
#include "unit.h"

enum { T0 = 1000000 };

static mux_guard *guard(mux_guard_limits l)
{
	mux_guard *g = mux_guard_new(&l, 42);

	assert_non_null(g);
	return g;
}

static ip_addr address(const char *text)
{
	ip_addr a;

	assert_true(ip_parse(text, &a));
	return a;
}

static mux_verdict connect_from(mux_guard *g, uint64_t now_ms, const char *from, mux_source **s)
{
	ip_addr a = address(from);
	mux_verdict v = mux_guard_connect(g, now_ms, &a, s);

	assert_true((v == MUX_OK) == (*s != NULL));
	return v;
}

static mux_source *connected(mux_guard *g, uint64_t now_ms, const char *from)
{
	mux_source *s;

	assert_int_equal(connect_from(g, now_ms, from, &s), MUX_OK);
	return s;
}

TEST(connections_of_a_source_are_bounded_and_others_not_disturbed)
{
	mux_guard *g = guard((mux_guard_limits){ .connections = 2 });
	mux_source *a = connected(g, T0, "192.0.2.1"), *b = connected(g, T0, "192.0.2.1"), *c;

	assert_ptr_equal(a, b);
	assert_int_equal(connect_from(g, T0, "192.0.2.1", &c), MUX_CONNECTIONS);
	assert_int_equal(mux_guard_refused(g, MUX_CONNECTIONS), 1);
	connected(g, T0, "192.0.2.2");
	mux_guard_disconnect(g, T0, a);
	connected(g, T0, "192.0.2.1");
	assert_int_equal(connect_from(g, T0, "192.0.2.1", &c), MUX_CONNECTIONS);
	mux_guard_free(g);
}

TEST(an_ipv6_source_is_its_64)
{
	mux_guard *g = guard((mux_guard_limits){ .connections = 1 });
	mux_source *s;

	connected(g, T0, "2001:db8:0:1::1");
	assert_int_equal(connect_from(g, T0, "2001:db8:0:1:ffff::9", &s), MUX_CONNECTIONS);
	connected(g, T0, "2001:db8:0:2::1");
	mux_guard_free(g);
}

TEST(a_mapped_address_is_the_ipv4_address)
{
	mux_guard *g = guard((mux_guard_limits){ .connections = 1 });
	mux_source *s;

	connected(g, T0, "192.0.2.1");
	assert_int_equal(connect_from(g, T0, "::ffff:192.0.2.1", &s), MUX_CONNECTIONS);
	connected(g, T0, "::ffff:192.0.2.2");
	connected(g, T0, "::1");
	assert_int_equal(connect_from(g, T0, "::2", &s), MUX_CONNECTIONS);
	assert_int_equal(mux_guard_sources(g), 3);
	mux_guard_free(g);
}

TEST(new_connections_come_in_a_burst_and_then_at_the_rate)
{
	mux_guard *g = guard((mux_guard_limits){ .accept = { .rate = 10, .burst = 5 } });
	mux_source *s;

	for (unsigned i = 0; i < 5; i++)
		mux_guard_disconnect(g, T0, connected(g, T0, "192.0.2.1"));
	assert_int_equal(connect_from(g, T0, "192.0.2.1", &s), MUX_RATE);
	assert_int_equal(connect_from(g, T0 + 99, "192.0.2.1", &s), MUX_RATE);
	mux_guard_disconnect(g, T0, connected(g, T0 + 100, "192.0.2.1"));
	assert_int_equal(connect_from(g, T0 + 100, "192.0.2.1", &s), MUX_RATE);
	mux_guard_disconnect(g, T0, connected(g, T0 + 100, "192.0.2.2"));
	unsigned taken = 0;
	for (uint64_t t = T0 + 101; t <= T0 + 10100; t++)
		if (connect_from(g, t, "192.0.2.1", &s) == MUX_OK) {
			mux_guard_disconnect(g, t, s);
			taken++;
		}
	assert_int_equal(taken, 100);
	for (unsigned i = 0; i < 5; i++) /* after a while of silence a burst again */
		connected(g, T0 + 11000, "192.0.2.1");
	assert_int_equal(connect_from(g, T0 + 11000, "192.0.2.1", &s), MUX_RATE);
	mux_guard_free(g);
}

TEST(connections_refused_for_their_number_do_not_use_up_the_rate)
{
	mux_guard *g =
		guard((mux_guard_limits){ .connections = 1, .accept = { .rate = 1, .burst = 2 } });
	mux_source *s = connected(g, T0, "192.0.2.1"), *none;

	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(connect_from(g, T0, "192.0.2.1", &none), MUX_CONNECTIONS);
	mux_guard_disconnect(g, T0, s);
	connected(g, T0, "192.0.2.1");
	mux_guard_free(g);
}

TEST(tunnels_of_a_source_are_bounded)
{
	mux_guard *g = guard((mux_guard_limits){ .tunnels = 2 });
	mux_source *a = connected(g, T0, "192.0.2.1"), *b = connected(g, T0, "192.0.2.1");

	assert_int_equal(mux_guard_tunnel_begin(g, a), MUX_OK);
	assert_int_equal(mux_guard_tunnel_begin(g, b), MUX_OK);
	assert_int_equal(mux_guard_tunnel_begin(g, a), MUX_TUNNELS);
	assert_int_equal(mux_guard_refused(g, MUX_TUNNELS), 1);
	mux_guard_tunnel_end(g, T0, b);
	assert_int_equal(mux_guard_tunnel_begin(g, a), MUX_OK);
	mux_guard_free(g);
}

TEST(a_tunnel_outlives_its_connection_and_keeps_the_source)
{
	mux_guard *g = guard((mux_guard_limits){ .tunnels = 1 });
	mux_source *s = connected(g, T0, "192.0.2.1");

	assert_int_equal(mux_guard_tunnel_begin(g, s), MUX_OK);
	mux_guard_disconnect(g, T0, s);
	mux_guard_expire(g, T0 + 10 * MUX_GUARD_FORGET_MS);
	assert_int_equal(mux_guard_sources(g), 1);
	assert_ptr_equal(connected(g, T0, "192.0.2.1"), s);
	assert_int_equal(mux_guard_tunnel_begin(g, s), MUX_TUNNELS);
	mux_guard_disconnect(g, T0, s);
	mux_guard_tunnel_end(g, T0 + 5, s);
	mux_guard_expire(g, T0 + 5 + MUX_GUARD_FORGET_MS);
	assert_int_equal(mux_guard_sources(g), 0);
	mux_guard_free(g);
}

TEST(a_source_with_nothing_open_is_forgotten_after_a_minute)
{
	mux_guard *g = guard((mux_guard_limits){ 0 });
	mux_source *a = connected(g, T0, "192.0.2.1");

	connected(g, T0, "192.0.2.2");
	mux_guard_disconnect(g, T0, a);
	mux_guard_expire(g, T0 + 60000 - 1);
	assert_int_equal(mux_guard_sources(g), 2);
	mux_guard_expire(g, T0 + 60000);
	assert_int_equal(mux_guard_sources(g), 1);
	mux_guard_disconnect(g, T0 + 70000, connected(g, T0 + 70000, "192.0.2.3"));
	mux_guard_expire(g, T0 + 70000 + 60000 + 5000); /* late */
	assert_int_equal(mux_guard_sources(g), 1);
	mux_guard_free(g);
}

TEST(one_that_comes_back_is_not_forgotten)
{
	mux_guard *g = guard((mux_guard_limits){ 0 });

	mux_guard_disconnect(g, T0, connected(g, T0, "192.0.2.1"));
	mux_source *s = connected(g, T0 + 30000, "192.0.2.1");
	mux_guard_expire(g, T0 + 90000);
	assert_int_equal(mux_guard_sources(g), 1);
	mux_guard_disconnect(g, T0 + 90000, s);
	mux_guard_expire(g, T0 + 90000 + MUX_GUARD_FORGET_MS);
	assert_int_equal(mux_guard_sources(g), 0);
	mux_guard_free(g);
}

TEST(new_connections_forget_a_few_old_sources_each)
{
	mux_guard *g = guard((mux_guard_limits){ 0 });
	mux_source *s;

	for (uint8_t i = 0; i < 10; i++) {
		ip_addr a = ip4(192, 0, 2, i);
		assert_int_equal(mux_guard_connect(g, T0, &a, &s), MUX_OK);
		mux_guard_disconnect(g, T0, s);
	}
	connected(g, T0 + MUX_GUARD_FORGET_MS, "198.51.100.1");
	assert_int_equal(mux_guard_sources(g), 10 - 4 + 1);
	connected(g, T0 + MUX_GUARD_FORGET_MS, "198.51.100.1");
	connected(g, T0 + MUX_GUARD_FORGET_MS, "198.51.100.1");
	assert_int_equal(mux_guard_sources(g), 1);
	mux_guard_free(g);
}

TEST(sources_are_bounded_and_the_longest_idle_makes_room)
{
	mux_guard *g =
		guard((mux_guard_limits){ .sources = 3, .accept = { .rate = 1, .burst = 1 } });
	mux_source *a = connected(g, T0, "192.0.2.1"), *b = connected(g, T0, "192.0.2.2"), *s;

	connected(g, T0, "192.0.2.3");
	assert_int_equal(connect_from(g, T0, "192.0.2.4", &s), MUX_SOURCES);
	assert_int_equal(mux_guard_refused(g, MUX_SOURCES), 1);
	mux_guard_disconnect(g, T0, b);
	mux_guard_disconnect(g, T0 + 1, a);
	connected(g, T0 + 2, "192.0.2.4");
	assert_int_equal(mux_guard_sources(g), 3);
	assert_int_equal(connect_from(g, T0 + 2, "192.0.2.1", &s), MUX_RATE); /* still known */
	mux_guard_free(g);
}

TEST(a_flood_from_everywhere_stays_within_the_bound)
{
	mux_guard *g = guard((mux_guard_limits){ .sources = 1000 });
	mux_source *s;

	for (uint32_t i = 0; i < 50000; i++) {
		ip_addr a = ip4(10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i);
		assert_int_equal(mux_guard_connect(g, T0 + i, &a, &s), MUX_OK);
		mux_guard_disconnect(g, T0 + i, s);
		assert_true(mux_guard_sources(g) <= 1000);
	}
	mux_guard_free(g);
}

TEST(zero_is_no_limit)
{
	mux_guard *g = guard((mux_guard_limits){ 0 });
	mux_source *s = NULL;
	mux_budget b = { 0 };

	for (unsigned i = 0; i < 2000; i++) {
		s = connected(g, T0, "192.0.2.1");
		assert_int_equal(mux_guard_tunnel_begin(g, s), MUX_OK);
		assert_true(mux_guard_take_send(g, s, &b, T0, MUX_ENTRY_ESP, 2000));
	}
	mux_guard_free(g);
}

TEST(tunnels_of_one_source_share_what_it_may_send_and_others_have_their_own)
{
	mux_guard *g = guard(mux_guard_defaults());
	mux_source *s = connected(g, T0, "192.0.2.1"), *other = connected(g, T0, "192.0.2.2");
	unsigned sent = 0;

	for (unsigned i = 0; i < 64; i++) {
		mux_budget b = { 0 };
		for (unsigned k = 0; k < 64; k++)
			sent += mux_guard_take_send(g, s, &b, T0, MUX_ENTRY_ESP, 100);
	}
	assert_int_equal(sent, 256);
	mux_budget b = { 0 };
	assert_true(mux_guard_take_send(g, other, &b, T0, MUX_ENTRY_ESP, 100));
	mux_guard_free(g);
}

TEST(what_is_refused_for_want_of_room_is_counted)
{
	mux_guard *g = guard(mux_guard_defaults());

	mux_guard_note_full(g);
	mux_guard_note_full(g);
	assert_int_equal(mux_guard_refused(g, MUX_FULL), 2);
	mux_guard_free(g);
}

TEST(a_source_has_a_share_of_each_room)
{
	mux_guard *g = guard(mux_guard_defaults());
	mux_source *s = connected(g, T0, "192.0.2.1");
	mux_share *a = mux_source_share(s, MUX_SHARE_CONNECTIONS),
		  *b = mux_source_share(s, MUX_SHARE_TUNNELS);

	assert_ptr_not_equal(a, b);
	assert_int_equal(a->n, 0);
	assert_null(b->newest);
	assert_ptr_equal(mux_source_share(connected(g, T0, "192.0.2.1"), MUX_SHARE_TUNNELS), b);
	mux_guard_free(g);
}

TEST(defaults_and_phrases_are_there)
{
	mux_guard_limits l = mux_guard_defaults();

	assert_int_equal(l.connections, 256);
	assert_int_equal(l.tunnels, 64);
	assert_int_equal(l.accept.rate, 64);
	assert_int_equal(l.accept.burst, 128);
	assert_int_equal(l.send.tunnel.burst, 64);
	assert_int_equal(l.sources, 65536);
	for (int v = MUX_OK; v < MUX_N_VERDICTS; v++)
		assert_true(strlen(mux_verdict_text((mux_verdict)v)) > 3);
	mux_guard_free(NULL);
}

RUN(T(connections_of_a_source_are_bounded_and_others_not_disturbed), T(an_ipv6_source_is_its_64),
    T(a_mapped_address_is_the_ipv4_address),
    T(new_connections_come_in_a_burst_and_then_at_the_rate),
    T(connections_refused_for_their_number_do_not_use_up_the_rate),
    T(tunnels_of_a_source_are_bounded), T(a_tunnel_outlives_its_connection_and_keeps_the_source),
    T(a_source_with_nothing_open_is_forgotten_after_a_minute),
    T(one_that_comes_back_is_not_forgotten), T(new_connections_forget_a_few_old_sources_each),
    T(sources_are_bounded_and_the_longest_idle_makes_room),
    T(a_flood_from_everywhere_stays_within_the_bound), T(zero_is_no_limit),
    T(tunnels_of_one_source_share_what_it_may_send_and_others_have_their_own),
    T(what_is_refused_for_want_of_room_is_counted), T(a_source_has_a_share_of_each_room),
    T(defaults_and_phrases_are_there))
