/* SPDX-License-Identifier: MIT */
/* What all sources may have together: who comes gets a place of whoever has most that prove nothing, what carries an
 * association stays, and the log has one line. */
#include "muxworld_session.h"

enum { PROBATION_MS = 60000, MIB = 1024 * 1024 };

#define OTHER_DOWN                                                                                 \
	"GET /homeward/home/fedcba9876543210fedcba9876543210/down HTTP/1.1\r\nHost: a\r\n\r\n"

static muxworld *world(unsigned connections, unsigned tunnels, uint64_t memory)
{
	const mux_room_limits room = { connections, tunnels, memory };

	return mw_new_in(NULL, &room);
}

static mw_link *connect_from(muxworld *w, uint8_t n)
{
	return mw_connect(w, MUX_CONN_HTTP, mw_client(n));
}

/* ESP both ways. */
static void prove(mw_link *l, mw_socket *s, framing_kind kind)
{
	uint8_t out[200];

	mw_say(l, out, mw_frame(kind, 100, out));
	mw_datagrams(s, 1, 100);
}

static bool is_there(const mw_link *l)
{
	return l->conn != NULL;
}

TEST(connections_of_all_sources_are_bounded)
{
	muxworld *w = world(20, 0, 0);
	unsigned open = 0;

	for (uint8_t i = 0; i < 60; i++)
		connect_from(w, i);
	for (unsigned i = 0; i < w->n_links; i++)
		open += is_there(&w->links[i]);
	assert_int_equal(open, 20);
	mux_counts c = mux_core_counts(w->core);
	assert_int_equal(c.open_connections, 20);
	assert_int_equal(c.unproven_connections, 20);
	assert_int_equal(c.refused[MUX_FULL], 40);
	mw_free(w);
}

TEST(a_source_that_fills_the_room_makes_room_for_others)
{
	muxworld *w = world(10, 0, 0);
	mw_link *greedy[10];

	for (unsigned i = 0; i < COUNT(greedy); i++)
		greedy[i] = connect_from(w, 1);
	assert_true(is_there(connect_from(w, 2)));
	assert_false(is_there(greedy[9]));
	assert_false(greedy[9]->finished); /* cut off */
	assert_true(is_there(greedy[8]));
	assert_false(is_there(connect_from(w, 1)));
	assert_int_equal(memcmp(w->line, "198.51.100.1: refused: too many from all", 40), 0);
	assert_true(is_there(connect_from(w, 2)));
	assert_false(is_there(greedy[8]));
	mux_counts c = mux_core_counts(w->core);
	assert_int_equal(c.given_up_connections, 2);
	assert_int_equal(c.refused[MUX_FULL], 1);
	mw_free(w);
}

TEST(a_tunnel_that_carries_an_association_stays)
{
	muxworld *w = world(3, 0, 0);
	mw_link *a = mw_connect_udp(w, mw_client(1)), *b = mw_websocket(w, mw_client(1)),
		*c = mw_connect_udp(w, mw_client(1));

	prove(b, &w->sockets[1], FRAMING_WEBSOCKET);
	prove(c, &w->sockets[2], FRAMING_CAPSULE);
	assert_int_equal(mux_core_counts(w->core).unproven_connections, 1);
	assert_int_equal(mux_core_counts(w->core).unproven_tunnels, 1);
	mw_pass(w, PROBATION_MS);
	assert_true(is_there(connect_from(w, 2)));
	assert_false(is_there(a));
	assert_false(is_there(connect_from(w, 3)));
	assert_true(is_there(b) && is_there(c));
	mw_free(w);
}

TEST(a_hint_proves_nothing)
{
	static const uint8_t hint[8] = { 0x10 };
	uint8_t out[200];
	muxworld *w = world(2, 0, 0);
	mw_link *a = mw_connect_udp(w, mw_client(1)), *b = mw_connect_udp(w, mw_client(1));

	mw_say(b, out, mw_frame(FRAMING_CAPSULE, 100, out));
	mw_answer(&w->sockets[1], hint, sizeof hint);
	assert_true(is_there(connect_from(w, 2)));
	assert_true(is_there(a));
	assert_false(is_there(b));
	mw_free(w);
}

TEST(many_sources_that_do_nothing_keep_it_full_for_a_minute)
{
	muxworld *w = world(5, 0, 0);
	mw_link *first = mw_connect_udp(w, mw_client(1));

	for (uint8_t i = 2; i <= 5; i++)
		mw_connect_udp(w, mw_client(i));
	mw_pass(w, PROBATION_MS - 1);
	assert_false(is_there(connect_from(w, 6)));
	mw_pass(w, 1);
	assert_true(is_there(connect_from(w, 6)));
	assert_false(is_there(first));
	mw_free(w);
}

TEST(tunnels_of_all_sources_are_bounded)
{
	muxworld *w = world(0, 3, 0);
	mw_link *l[4];

	for (unsigned i = 0; i < 3; i++)
		l[i] = mw_websocket(w, mw_client(1));
	mw_forget(l[2]);
	l[3] = mw_websocket(w, mw_client(2));
	mw_expect(l[3], "HTTP/1.1 101 ");
	assert_true(l[2]->finished);
	assert_memory_equal(l[2]->out, "\x88\x02\x03\xe9", 4);
	assert_int_equal(mw_open_sockets(w), 3);
	mw_link *more = mw_websocket(w, mw_client(1));
	mw_expect(more, "HTTP/1.1 503 ");
	mw_expect(more, "Retry-After: 1\r\n");
	mux_counts c = mux_core_counts(w->core);
	assert_int_equal(c.given_up_tunnels, 1);
	assert_int_equal(c.refused[MUX_FULL], 1);
	mw_hang_up(l[0]);
	mw_expect(mw_websocket(w, mw_client(1)), "HTTP/1.1 101 ");
	mw_free(w);
}

TEST(a_session_is_a_tunnel_and_its_requests_come_by_what_it_is)
{
	muxworld *w = world(0, 2, 0);
	mw_link *held = hold(w), *up = ask(w, UP("102"));
	uint8_t out[200];

	mw_say(up, out, mw_frame(FRAMING_PREFIX, 100, out));
	mw_expect(up, "HTTP/1.1 204 ");
	assert_int_equal(mux_core_counts(w->core).unproven_connections, 2);
	mw_datagrams(&w->sockets[0], 1, 100);
	assert_int_equal(mux_core_counts(w->core).unproven_connections, 1); /* the GET's */
	assert_int_equal(mux_core_counts(w->core).unproven_tunnels, 0);
	mw_say_text(up, UP("0"));
	assert_int_equal(mux_core_counts(w->core).unproven_connections, 0);
	mw_link *other = ask(w, OTHER_DOWN);
	mw_expect(other, "HTTP/1.1 200 ");
	mw_pass(w, 1000);
	mw_expect(mw_connect_udp(w, mw_client(2)), "HTTP/1.1 503 ");
	mw_hang_up(other);
	mw_hang_up(held);
	mw_hang_up(up);
	mw_free(w);
}

TEST(a_session_without_an_association_gives_way)
{
	muxworld *w = world(0, 2, 0);
	bool ended;

	mw_websocket(w, mw_client(1));
	mw_link *held = hold(w);
	mw_expect(mw_connect_udp(w, mw_client(2)), "HTTP/1.1 101 ");
	unchunk(held, &ended);
	assert_true(ended);
	assert_int_equal(mw_open_sockets(w), 2);
	mw_free(w);
}

TEST(memory_is_bounded_by_what_each_costs)
{
	muxworld *w = world(0, 0, MIB);
	unsigned open = 0;

	for (uint8_t i = 0; i < 60; i++)
		open += is_there(connect_from(w, i));
	assert_int_equal(open, MIB / (40 * 1024) + 1);
	assert_in_range(mux_core_counts(w->core).memory, MIB, MIB + 40 * 1024);
	mw_free(w);
}

TEST(what_has_to_be_kept_counts_and_pushes_out_others)
{
	static uint8_t pings[64 * 1024];
	static const uint8_t ping[] = { 0x89, 0x80, 1, 2, 3, 4 };
	muxworld *w = world(0, 0, 5 * 48 * 1024);
	mw_link *l[4];

	for (size_t i = 0; i + sizeof ping <= sizeof pings; i += sizeof ping)
		memcpy(pings + i, ping, sizeof ping);
	for (unsigned i = 0; i < 4; i++)
		l[i] = mw_websocket(w, mw_client(1));
	prove(l[3], &w->sockets[3], FRAMING_WEBSOCKET);
	mw_say(l[0], pings, sizeof pings - 4);
	assert_false(is_there(l[2]));
	assert_true(is_there(l[0]) && is_there(l[1]) && is_there(l[3]));
	assert_int_equal(mux_core_counts(w->core).given_up_connections, 1);
	mw_free(w);
}

TEST(the_log_has_one_line_a_minute)
{
	muxworld *w = world(2, 0, 0);

	connect_from(w, 1);
	connect_from(w, 1);
	connect_from(w, 2);
	assert_int_equal(w->lines, 1);
	assert_string_equal(w->line, "full: 2 connections, 0 tunnels, 0 MiB: the newest without "
				     "an association have to go");
	mw_hang_up(&w->links[0]);
	connect_from(w, 2);
	connect_from(w, 1);
	assert_int_equal(mux_core_counts(w->core).given_up_connections, 2);
	assert_int_equal(w->lines, 1);
	mw_pass(w, PROBATION_MS);
	connect_from(w, 1);
	connect_from(w, 1);
	connect_from(w, 3);
	assert_int_equal(memcmp(w->line, "full: 2 conn", 12), 0);
	mw_free(w);
}

TEST(web_servers_in_front_are_not_turned_away)
{
	muxworld *w = world(2, 0, 0);
	mw_link *a = connect_from(w, 1), *b = connect_from(w, 1);

	assert_true(is_there(mw_connect(w, MUX_CONN_FCGI, ip4(127, 0, 0, 1))));
	assert_false(is_there(b));
	assert_true(is_there(mw_connect(w, MUX_CONN_HTTP, ip4(192, 0, 2, 9))));
	assert_true(is_there(a));
	assert_true(is_there(mw_connect(w, MUX_CONN_FCGI, ip4(127, 0, 0, 1))));
	mw_free(w);
}

RUN(T(connections_of_all_sources_are_bounded),
    T(a_source_that_fills_the_room_makes_room_for_others),
    T(a_tunnel_that_carries_an_association_stays), T(a_hint_proves_nothing),
    T(many_sources_that_do_nothing_keep_it_full_for_a_minute),
    T(tunnels_of_all_sources_are_bounded),
    T(a_session_is_a_tunnel_and_its_requests_come_by_what_it_is),
    T(a_session_without_an_association_gives_way), T(memory_is_bounded_by_what_each_costs),
    T(what_has_to_be_kept_counts_and_pushes_out_others), T(the_log_has_one_line_a_minute),
    T(web_servers_in_front_are_not_turned_away))
