/* SPDX-License-Identifier: MIT */
/* How sessions of plain requests end: unused, with their target, by draining; and when there is none to be had. */
#include "muxworld_session.h"
#include <errno.h>

enum { SESSION_MS = 60000 };

/* --- ends --- */

TEST(a_session_is_over_a_minute_after_its_last_request)
{
	muxworld *w = mw_new(NULL);

	hold(w);

	mw_pass(w, MUX_DOWN_MS + SESSION_MS - 1);
	assert_int_equal(mw_open_sockets(w), 1);
	mw_expect(ask(w, UP("0")), "HTTP/1.1 204 ");
	mw_pass(w, SESSION_MS - 1);
	assert_int_equal(mw_open_sockets(w), 1);
	uint64_t before = mux_core_counts(w->core).timeouts;
	mw_pass(w, 1);
	assert_int_equal(mw_open_sockets(w), 0);
	mux_counts c = mux_core_counts(w->core);
	assert_int_equal(c.tunnels.open[MUX_TUNNEL_PLAIN], 0);
	assert_int_equal(c.tunnels.tunnels, 1);
	assert_int_equal(c.timeouts, before + 1);
	mw_free(w);
}

TEST(a_session_is_over_too_when_its_requests_were_cut_off)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = hold(w), *up = ask(w, UP("100"));

	mw_hang_up(l);
	mw_pass(w, SESSION_MS);
	assert_int_equal(mw_open_sockets(w), 1);
	mw_hang_up(up);
	mw_pass(w, SESSION_MS - 1);
	assert_int_equal(mw_open_sockets(w), 1);
	mw_pass(w, 1);
	assert_int_equal(mw_open_sockets(w), 0);
	mw_free(w);
}

TEST(requests_leave_their_session_in_any_order)
{
	static const unsigned orders[][3] = { { 0, 1, 2 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 1, 0 } };

	for (unsigned i = 0; i < COUNT(orders); i++) {
		muxworld *w = mw_new(NULL);
		mw_link *l[] = { ask(w, UP("100")), ask(w, UP("100")), ask(w, UP("100")) };
		for (unsigned k = 0; k < 3; k++) {
			assert_int_equal(mw_open_sockets(w), 1);
			mw_hang_up(l[orders[i][k]]);
		}
		mw_pass(w, SESSION_MS - 1);
		assert_int_equal(mw_open_sockets(w), 1);
		mw_pass(w, 1);
		assert_int_equal(mw_open_sockets(w), 0);
		mw_free(w);
	}
}

TEST(when_the_target_is_down_the_get_ends_and_the_post_is_504)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *down = hold(w), *up = ask(w, UP("10"));

	mw_fail(&w->sockets[0], ECONNREFUSED);
	unchunk(down, &ended);
	assert_true(ended);
	mw_say_text(up, "0123456789");
	mw_expect(up, "HTTP/1.1 504 ");
	assert_int_equal(mw_open_sockets(w), 0);
	mw_expect(ask(w, DOWN("", "1.1")), "HTTP/1.1 504 ");
	mw_free(w);
}

TEST(sending_that_is_refused_in_a_post_ends_the_session_behind_it)
{
	uint8_t out[64];
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *down = hold(w), *up = ask(w, UP("40"));

	w->sockets[0].error = ECONNREFUSED;
	mw_say(up, out, mw_frame(FRAMING_PREFIX, 38, out));
	unchunk(down, &ended);
	assert_true(ended);
	assert_int_equal(mw_count(up, "HTTP/1.1 "), 1);
	assert_int_equal(mw_open_sockets(w), 0);
	mw_free(w);
}

/* A GET ends before its reader counts as stuck, and a session without a reader has none that could be. */
TEST(a_session_whose_reader_takes_nothing_lasts_as_long_as_its_requests)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, DOWN("", "1.0"));

	l->room = 0;
	mw_datagrams(&w->sockets[0], 1, 700);
	mw_pass(w, MUX_DOWN_MS - 1);
	assert_non_null(l->conn);
	mw_pass(w, 1);
	assert_true(l->finished);
	mw_pass(w, SESSION_MS - 1);
	assert_int_equal(mw_open_sockets(w), 1);
	mw_pass(w, 1);
	assert_int_equal(mw_open_sockets(w), 0);
	mw_free(w);
}

TEST(sessions_end_in_any_order)
{
	static const unsigned orders[][3] = { { 0, 1, 2 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 1, 0 } };
	static const char post[] = "POST /homeward/home/" MW_SESSION "%u/up HTTP/1.1\r\nHost: a\r\n"
				   "Content-Length: 0\r\n\r\n";

	for (unsigned i = 0; i < COUNT(orders); i++) {
		muxworld *w = mw_new(NULL);
		for (unsigned k = 0; k < 3; k++) {
			char text[256];
			snprintf(text, sizeof text, post, k);
			mw_expect(ask(w, text), "HTTP/1.1 204 ");
		}
		for (unsigned k = 0; k < 2; k++)
			mw_fail(&w->sockets[orders[i][k]], ECONNREFUSED);
		assert_int_equal(mw_open_sockets(w), 1);
		mux_core_drain(w->core, w->now);
		assert_int_equal(mw_open_sockets(w), 0);
		mw_free(w);
	}
}

TEST(draining_completes_the_answer)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *l = hold(w);

	mw_datagrams(&w->sockets[0], 1, 700);
	mw_say_text(l, DOWN("", "1.1")); /* behind it: not begun any more */
	mux_core_drain(w->core, w->now);
	assert_int_equal(unchunk(l, &ended), 1);
	assert_true(ended && l->finished);
	assert_int_equal(mw_open_sockets(w), 0);
	assert_int_equal(mw_count(l, "HTTP/1.1 "), 0);
	mw_free(w);
}

TEST(a_tunnel_beyond_the_limit_is_429_for_both)
{
	mux_guard_limits limits = mux_guard_defaults();

	limits.tunnels = 1;
	muxworld *w = mw_new(&limits);

	mw_connect_udp(w, mw_client(1));
	mw_link *down = ask(w, DOWN("", "1.1")), *up = ask(w, UP("2"));
	mw_expect(down, "HTTP/1.1 429 ");
	mw_expect_not(up, "429");
	mw_say_text(up, "ab");
	mw_expect(up, "HTTP/1.1 429 ");
	assert_true(down->conn && up->conn);
	mw_free(w);
}

RUN(T(a_session_is_over_a_minute_after_its_last_request),
    T(a_session_is_over_too_when_its_requests_were_cut_off),
    T(requests_leave_their_session_in_any_order),
    T(when_the_target_is_down_the_get_ends_and_the_post_is_504),
    T(sending_that_is_refused_in_a_post_ends_the_session_behind_it),
    T(a_session_whose_reader_takes_nothing_lasts_as_long_as_its_requests),
    T(sessions_end_in_any_order), T(draining_completes_the_answer),
    T(a_tunnel_beyond_the_limit_is_429_for_both))
