/* SPDX-License-Identifier: MIT */
/* Targets that are down or never answer, what the guard allows, and the end of all tunnels. */
#include "muxworld.h"
#include <errno.h>

static void send_framed(mw_link *l, framing_kind kind, unsigned count, size_t n)
{
	uint8_t out[FRAMING_DATAGRAM_MAX + FRAMING_OVERHEAD];

	for (unsigned i = 0; i < count; i++)
		mw_say(l, out, mw_frame(kind, n, out));
}

/* --- targets --- */

TEST(a_refused_datagram_ends_the_tunnel_and_others_are_answered_504)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_websocket(w, mw_client(1));

	mw_forget(l);
	mw_fail(&w->sockets[0], ECONNREFUSED);
	assert_true(l->finished);
	assert_memory_equal(l->out, "\x88\x02\x03\xe9", 4);
	assert_int_equal(mux_core_counts(w->core).target_down, 1);
	assert_string_equal(w->line, "target 192.0.2.1:4500 is down: Connection refused");
	mw_link *next = mw_connect_udp(w, mw_client(1));
	mw_expect(next, "HTTP/1.1 504 ");
	mw_pass(w, 999);
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 504 ");
	mw_pass(w, 1);
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 101 ");
	assert_int_equal(w->n_sockets, 2);
	mw_free(w);
}

TEST(sending_that_is_refused_ends_the_tunnel_behind_the_event)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	w->sockets[0].error = ECONNREFUSED;
	send_framed(l, FRAMING_CAPSULE, 1, 100);
	assert_true(l->finished);
	assert_int_equal(mux_core_counts(w->core).target_down, 1);
	mw_free(w);
}

/* A route may come back; the tunnel stays. */
TEST(an_unreachable_target_is_noted_and_keeps_its_tunnels)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	mw_fail(&w->sockets[0], EHOSTUNREACH);
	assert_non_null(l->conn);
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 504 ");
	mw_datagrams(&w->sockets[0], 1, 100);
	assert_string_equal(w->line, "target 192.0.2.1:4500 answers again");
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 101 ");
	mw_free(w);
}

TEST(only_a_refusal_ends_a_tunnel)
{
	static const int errors[] = { 0, EAGAIN, EMSGSIZE, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH };
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	for (size_t i = 0; i < COUNT(errors); i++) {
		mw_fail(&w->sockets[0], errors[i]);
		assert_non_null(l->conn);
	}
	mw_free(w);
}

TEST(a_reading_without_datagrams_does_not_mean_that_a_target_answers)
{
	muxworld *w = mw_new(NULL);

	mw_connect_udp(w, mw_client(1));
	mw_fail(&w->sockets[0], EHOSTUNREACH);
	mw_fail(&w->sockets[0], 0);
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 504 ");
	mw_free(w);
}

TEST(a_socket_that_cannot_be_had_is_503_and_an_unreachable_target_504)
{
	muxworld *w = mw_new(NULL);

	w->refuse_sockets = EMFILE;
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 503 ");
	assert_string_equal(w->line, "opening a tunnel: refused");
	w->refuse_sockets = ENETUNREACH;
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 504 ");
	assert_int_equal(mux_core_counts(w->core).target_down, 1);
	assert_int_equal(mux_core_counts(w->core).tunnels.tunnels, 0);
	mw_free(w);
}

/* Nothing else brings the core the time between two events. */
TEST(each_event_of_a_tunnel_has_its_own_time)
{
	static const uint8_t p[100];
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));
	const mw_socket *s = &w->sockets[0];

	mw_forget(l);
	l->room = 0;
	w->now.ms += 1000;
	mux_core_datagram(w->core, w->now, s->tunnel, p, sizeof p);
	mux_core_received(w->core, w->now, s->tunnel, 1);
	assert_int_equal(mux_core_next_timer_ms(w->core), w->now.ms + 500);
	w->now.ms += 500;
	l->room = SIZE_MAX;
	mux_core_writable(w->core, w->now, l->conn);
	assert_int_equal(l->out_n, 0);
	w->now.ms += 1000;
	mux_core_received(w->core, w->now, s->tunnel, -EHOSTUNREACH);
	mw_pass(w, 999);
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 504 ");
	mw_free(w);
}

/* --- the guard --- */

TEST(a_target_that_never_answers_gets_64_datagrams)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	send_framed(l, FRAMING_CAPSULE, 100, 100);
	assert_int_equal(w->sockets[0].sent, 64);
	assert_int_equal(mux_core_counts(w->core).tunnels.dropped_unanswered, 36);
	mw_datagrams(&w->sockets[0], 1, 100);
	send_framed(l, FRAMING_CAPSULE, 100, 100);
	assert_int_equal(w->sockets[0].sent, 164);
	mw_free(w);
}

TEST(tunnels_beyond_the_limit_are_429_until_one_ends)
{
	mux_guard_limits limits = mux_guard_defaults();

	limits.tunnels = 2;
	muxworld *w = mw_new(&limits);
	mw_link *first = mw_connect_udp(w, mw_client(1));

	mw_connect_udp(w, mw_client(1));
	mw_link *third = mw_connect_udp(w, mw_client(1));
	mw_expect(third, "HTTP/1.1 429 ");
	mw_expect(third, "Retry-After: 1\r\n");
	assert_string_equal(w->line, "198.51.100.1: no tunnel: too many tunnels from one address");
	mw_expect(mw_connect_udp(w, mw_client(2)), "HTTP/1.1 101 ");
	mw_hang_up(first);
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 101 ");
	assert_int_equal(mux_core_counts(w->core).refused[MUX_TUNNELS], 1);
	mw_free(w);
}

TEST(a_tunnel_that_could_not_be_opened_is_not_counted)
{
	mux_guard_limits limits = mux_guard_defaults();

	limits.tunnels = 1;
	muxworld *w = mw_new(&limits);

	w->refuse_sockets = EMFILE;
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 503 ");
	w->refuse_sockets = 0;
	mw_expect(mw_connect_udp(w, mw_client(1)), "HTTP/1.1 101 ");
	mw_free(w);
}

TEST(draining_closes_a_websocket_and_ends_all)
{
	muxworld *w = mw_new(NULL);
	mw_link *a = mw_websocket(w, mw_client(1)), *b = mw_connect_udp(w, mw_client(1));
	mw_link *c = mw_connect(w, MUX_CONN_HTTP, mw_client(1));

	mw_forget(a);
	mux_core_drain(w->core, w->now);
	assert_memory_equal(a->out, "\x88\x02\x03\xe9", 4);
	assert_true(a->finished && b->finished && c->finished);
	assert_int_equal(mw_open_sockets(w), 0);
	assert_int_equal(mux_core_counts(w->core).open_connections, 0);
	mw_free(w);
}

RUN(T(a_refused_datagram_ends_the_tunnel_and_others_are_answered_504),
    T(sending_that_is_refused_ends_the_tunnel_behind_the_event),
    T(an_unreachable_target_is_noted_and_keeps_its_tunnels), T(only_a_refusal_ends_a_tunnel),
    T(a_reading_without_datagrams_does_not_mean_that_a_target_answers),
    T(a_socket_that_cannot_be_had_is_503_and_an_unreachable_target_504),
    T(each_event_of_a_tunnel_has_its_own_time), T(a_target_that_never_answers_gets_64_datagrams),
    T(tunnels_beyond_the_limit_are_429_until_one_ends),
    T(a_tunnel_that_could_not_be_opened_is_not_counted),
    T(draining_closes_a_websocket_and_ends_all))
