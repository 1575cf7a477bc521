/* SPDX-License-Identifier: MIT */
/* Connections that become tunnels: both kinds, slow and stuck readers, silence. */
#include "muxworld.h"

enum { STUCK_MS = 30000, IDLE_MS = 600000, PIECE_MAX = 17 * 1024 };

static void send_framed(mw_link *l, framing_kind kind, unsigned count, size_t n)
{
	uint8_t out[FRAMING_DATAGRAM_MAX + FRAMING_OVERHEAD];

	for (unsigned i = 0; i < count; i++)
		mw_say(l, out, mw_frame(kind, n, out));
}

TEST(connect_udp_carries_datagrams_both_ways)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));
	mw_socket *s = &w->sockets[0];

	mw_expect(l, "HTTP/1.1 101 ");
	mw_expect(l, "Upgrade: connect-udp\r\n");
	assert_int_equal(s->to.port, 4500);
	send_framed(l, FRAMING_CAPSULE, 3, 700);
	assert_int_equal(s->sent, 3);
	assert_int_equal(s->last_n, 700);
	mw_forget(l);
	mw_datagrams(s, 5, 900);
	assert_int_equal(mw_unframe(FRAMING_CAPSULE, l->out, l->out_n), 5);
	mux_counts c = mux_core_counts(w->core);
	assert_int_equal(c.tunnels.open[MUX_TUNNEL_CONNECT_UDP], 1);
	assert_int_equal(c.tunnels.up_packets, 3);
	assert_int_equal(c.tunnels.up_bytes, 2100);
	assert_int_equal(c.down_packets, 5);
	assert_int_equal(c.down_bytes, 4500);
	mw_hang_up(l);
	c = mux_core_counts(w->core);
	assert_int_equal(c.tunnels.open[MUX_TUNNEL_CONNECT_UDP], 0);
	assert_int_equal(c.tunnels.tunnels, 1);
	assert_int_equal(c.open_connections, 0);
	assert_int_equal(mw_open_sockets(w), 0);
	mw_free(w);
}

TEST(websocket_carries_datagrams_and_answers_a_close)
{
	static const uint8_t goodbye[] = { 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8 };
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_websocket(w, mw_client(1));
	mw_socket *s = &w->sockets[0];

	mw_expect(l, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
	send_framed(l, FRAMING_WEBSOCKET, 2, 500);
	assert_int_equal(s->sent, 2);
	mw_forget(l);
	mw_datagrams(s, 2, 900);
	assert_int_equal(mw_unframe(FRAMING_WEBSOCKET, l->out, l->out_n), 2);
	mw_forget(l);
	mw_say(l, goodbye, sizeof goodbye);
	assert_memory_equal(l->out, "\x88\x02\x03\xe8", 4);
	assert_true(l->finished);
	assert_int_equal(mux_core_counts(w->core).malformed, 0);
	mw_free(w);
}

TEST(octets_behind_the_upgrade_belong_to_the_tunnel)
{
	static const char head[] = "GET /.well-known/masque/udp/home/4500/ HTTP/1.1\r\nHost: a\r\n"
				   "Connection: Upgrade\r\nUpgrade: connect-udp\r\n\r\n";
	uint8_t all[1024];
	size_t n = sizeof head - 1;
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect(w, MUX_CONN_HTTP, mw_client(1));

	memcpy(all, head, n);
	n += mw_frame(FRAMING_CAPSULE, 300, all + n);
	n += mw_frame(FRAMING_CAPSULE, 200, all + n);
	mw_say(l, all, n);
	assert_int_equal(w->sockets[0].sent, 2);
	assert_int_equal(w->sockets[0].batches, 1);
	assert_int_equal(w->sockets[0].last_n, 200);
	mw_free(w);
}

TEST(datagrams_of_one_reading_are_written_in_few_pieces)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	mw_forget(l);
	mw_datagrams(&w->sockets[0], 64, 1000);
	assert_int_equal(mw_unframe(FRAMING_CAPSULE, l->out, l->out_n), 64);
	assert_true(l->writes >= l->out_n / PIECE_MAX && l->writes <= 5);
	mw_free(w);
}

TEST(empty_and_oversized_datagrams_are_dropped)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	mw_forget(l);
	mw_datagrams(&w->sockets[0], 1, 0);
	mw_datagrams(&w->sockets[0], 1, FRAMING_DATAGRAM_MAX + 1);
	assert_int_equal(l->out_n, 0);
	mw_datagrams(&w->sockets[0], 1, FRAMING_DATAGRAM_MAX);
	assert_int_equal(mw_unframe(FRAMING_CAPSULE, l->out, l->out_n), 1);
	mw_free(w);
}

TEST(a_broken_tunnel_ends_with_one_line)
{
	static const uint8_t unmasked[] = { 0x82, 0x01, 'x' };
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_websocket(w, mw_client(7));

	mw_say(l, unmasked, sizeof unmasked);
	assert_true(l->finished);
	assert_int_equal(w->lines, 1);
	assert_string_equal(w->line,
			    "198.51.100.7: a tunnel ends: an unmasked frame from a client");
	assert_int_equal(mux_core_counts(w->core).malformed, 1);
	mw_free(w);
}

/* --- readers --- */

TEST(what_a_slow_reader_does_not_take_waits_and_goes_out_later)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	mw_forget(l);
	l->room = 0;
	mw_datagrams(&w->sockets[0], 10, 1000);
	mw_datagrams(&w->sockets[0], 10, 1000);
	assert_int_equal(l->out_n, 0);
	mw_pass(w, 80);
	mw_take(l, SIZE_MAX);
	assert_int_equal(mw_unframe(FRAMING_CAPSULE, l->out, l->out_n), 20);
	assert_int_equal(l->waited_ms, 0);
	assert_int_equal(mux_core_counts(w->core).dropped_slow, 0);
	mw_datagrams(&w->sockets[0], 1, 1000);
	assert_int_equal(mw_unframe(FRAMING_CAPSULE, l->out, l->out_n), 21);
	mw_free(w);
}

/* What was handed to the connection can't be overtaken any more: no more of it than it takes. */
TEST(a_reader_that_takes_little_is_given_a_piece_at_a_time)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	mw_forget(l);
	l->room = 0;
	mw_datagrams(&w->sockets[0], 100, 1000);
	mw_pass(w, 20);
	mw_take(l, 1);
	assert_int_equal(l->writes, 1);
	assert_true(l->out_n > 8 * 1024 && l->out_n < PIECE_MAX);
	assert_int_equal(l->waited_ms, 20);
	mw_free(w);
}

TEST(what_is_too_old_is_dropped)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	mw_forget(l);
	l->room = 0;
	mw_datagrams(&w->sockets[0], 10, 1000);
	mw_pass(w, 501);
	mw_take(l, SIZE_MAX);
	assert_int_equal(l->out_n, 0);
	mw_free(w);
}

TEST(a_reader_that_is_stuck_for_30_s_loses_its_tunnel)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_websocket(w, mw_client(1));

	mw_forget(l);
	mw_pass(w, 1000);
	l->room = 0;
	mw_datagrams(&w->sockets[0], 1, 1000);
	mw_pass(w, STUCK_MS - 1);
	assert_non_null(l->conn);
	mw_pass(w, 1);
	assert_true(l->finished);
	assert_memory_equal(l->out, "\x88\x02\x03\xe9", 4); /* 1001 */
	assert_int_equal(mux_core_counts(w->core).timeouts, 1);
	assert_int_equal(mw_open_sockets(w), 0);
	mw_free(w);
}

/* Even if nothing waits for it: what was written filled it. */
TEST(a_reader_that_is_full_and_stuck_loses_its_tunnel)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	l->room = 10;
	mw_datagrams(&w->sockets[0], 1, 1000);
	mw_pass(w, STUCK_MS - 1);
	assert_non_null(l->conn);
	mw_pass(w, 1);
	assert_true(l->finished);
	mw_free(w);
}

/* The loop was busy meanwhile. */
TEST(timers_that_run_late_are_not_lost)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	mw_forget(l);
	l->room = 0;
	mw_datagrams(&w->sockets[0], 1, 1000);
	w->now.ms += 700; /* what waits is too old since 200 ms */
	mux_core_tick(w->core, w->now);
	assert_true(mux_core_next_timer_ms(w->core) > w->now.ms);
	w->now.ms += STUCK_MS;
	mux_core_tick(w->core, w->now);
	assert_true(l->finished);
	l = mw_connect_udp(w, mw_client(1));
	w->now.ms += IDLE_MS + 100;
	mux_core_tick(w->core, w->now);
	assert_true(l->finished);
	mw_free(w);
}

TEST(a_reader_that_takes_something_in_time_keeps_its_tunnel)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	for (unsigned i = 0; i < 10; i++) {
		l->room = 0;
		mw_datagrams(&w->sockets[0], 1, 1000);
		mw_pass(w, STUCK_MS - 1);
		mw_take(l, SIZE_MAX);
	}
	assert_non_null(l->conn);
	assert_int_equal(mux_core_counts(w->core).timeouts, 0);
	mw_free(w);
}

/* However little, under a load that it never gets through. */
TEST(a_reader_that_is_slow_and_never_caught_up_keeps_its_tunnel)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	l->room = 0;
	for (unsigned i = 0; i < 2 * STUCK_MS / 100; i++) {
		mw_datagrams(&w->sockets[0], 100, 1000);
		mw_pass(w, 100);
		send_framed(l, FRAMING_CAPSULE, 1, 100);
		mw_take(l, 1);
		mw_forget(l);
		assert_non_null(l->conn);
	}
	mw_free(w);
}

/* --- silence --- */

TEST(a_tunnel_ends_when_its_client_is_silent_for_the_idle_time)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	mw_pass(w, IDLE_MS - 1);
	send_framed(l, FRAMING_CAPSULE, 1, 100);
	mw_pass(w, IDLE_MS / 2);
	mw_datagrams(&w->sockets[0], 1, 100); /* what comes from the target does not count */
	mw_pass(w, IDLE_MS / 2 - 1);
	assert_non_null(l->conn);
	mw_pass(w, 1);
	assert_true(l->finished);
	assert_int_equal(mux_core_counts(w->core).timeouts, 1);
	mw_free(w);
}

RUN(T(a_reader_that_is_slow_and_never_caught_up_keeps_its_tunnel),
    T(connect_udp_carries_datagrams_both_ways), T(websocket_carries_datagrams_and_answers_a_close),
    T(octets_behind_the_upgrade_belong_to_the_tunnel),
    T(datagrams_of_one_reading_are_written_in_few_pieces),
    T(empty_and_oversized_datagrams_are_dropped), T(a_broken_tunnel_ends_with_one_line),
    T(what_a_slow_reader_does_not_take_waits_and_goes_out_later),
    T(a_reader_that_takes_little_is_given_a_piece_at_a_time), T(what_is_too_old_is_dropped),
    T(a_reader_that_is_stuck_for_30_s_loses_its_tunnel),
    T(a_reader_that_is_full_and_stuck_loses_its_tunnel), T(timers_that_run_late_are_not_lost),
    T(a_reader_that_takes_something_in_time_keeps_its_tunnel),
    T(a_tunnel_ends_when_its_client_is_silent_for_the_idle_time))
