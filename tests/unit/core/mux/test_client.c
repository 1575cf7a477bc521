/* SPDX-License-Identifier: MIT */
/* One whose connection is not to the multiplexer itself: its source is counted by its tunnels. */
#include "core/mux/client.h"
#include "unit.h"

static mux_guard *one_connection(void)
{
	const mux_guard_limits l = { .connections = 1, .tunnels = 1 };
	mux_guard *g = mux_guard_new(&l, 42);

	assert_non_null(g);
	return g;
}

static mux_client from_behind_a_server(void)
{
	mux_client c = { 0 };

	assert_true(ip_parse("192.0.2.7", &c.from));
	return c;
}

TEST(a_tunnel_that_ends_gives_back_the_place_of_its_source)
{
	mux_guard *g = one_connection();
	mux_client a = from_behind_a_server(), b = from_behind_a_server();

	for (uint64_t now = 1000; now < 100000; now += 10000) {
		assert_int_equal(mux_client_begin_tunnel(&a, g, now), MUX_OK);
		assert_int_not_equal(mux_client_begin_tunnel(&b, g, now), MUX_OK);
		assert_null(b.source);
		mux_client_end_tunnel(&a, g, now);
		assert_null(a.source);
	}
	mux_guard_free(g);
}

TEST(a_connection_that_is_counted_already_is_not_given_back_with_its_tunnel)
{
	mux_guard *g = one_connection();
	mux_client a = from_behind_a_server(), b = from_behind_a_server();

	assert_int_equal(mux_guard_connect(g, 1000, &a.from, &a.source), MUX_OK);
	assert_int_equal(mux_client_begin_tunnel(&a, g, 1000), MUX_OK);
	mux_client_end_tunnel(&a, g, 1000);
	assert_non_null(a.source);
	assert_int_not_equal(mux_client_begin_tunnel(&b, g, 2000), MUX_OK);
	mux_guard_disconnect(g, 2000, a.source);
	mux_guard_free(g);
}

RUN(T(a_tunnel_that_ends_gives_back_the_place_of_its_source),
    T(a_connection_that_is_counted_already_is_not_given_back_with_its_tunnel))
