/* SPDX-License-Identifier: MIT */
/* Sessions of plain requests by HTTP: datagrams in POSTs, datagrams in the answers to held GETs. */
#include "muxworld_session.h"

enum { STREAM_MAX = 1024 * 1024 };

TEST(a_post_carries_datagrams_up_and_is_answered_204)
{
	uint8_t out[256];
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, UP("204"));
	size_t n = mw_frame(FRAMING_PREFIX, 100, out);

	n += mw_frame(FRAMING_PREFIX, 100, out + n);
	mw_say(l, out, 150);
	assert_int_equal(w->sockets[0].sent, 1);
	mw_say(l, out + 150, n - 150);
	assert_int_equal(w->sockets[0].sent, 2);
	mw_expect(l, "HTTP/1.1 204 ");
	assert_non_null(l->conn);
	mw_say_text(l, UP("204"));
	mw_say(l, out, n);
	assert_int_equal(w->n_sockets, 1);
	assert_int_equal(w->sockets[0].sent, 4);
	mw_free(w);
}

TEST(a_client_that_expects_it_gets_100_continue)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, "POST /homeward/home/" MW_SESSION "/up HTTP/1.1\r\nHost: a\r\n"
			    "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n");

	mw_expect(l, "HTTP/1.1 100 Continue\r\n\r\n");
	mw_free(w);
}

TEST(a_held_get_brings_datagrams_as_they_come_and_ends_after_20_s)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *l = hold(w);

	mw_pass(w, 100);
	mw_datagrams(&w->sockets[0], 3, 700);
	assert_int_equal(unchunk(l, &ended), 3);
	assert_false(ended);
	mw_pass(w, MUX_DOWN_MS - 101);
	mw_datagrams(&w->sockets[0], 1, 700);
	assert_int_equal(unchunk(l, &ended), 4);
	assert_false(ended);
	mw_pass(w, 1);
	unchunk(l, &ended);
	assert_true(ended);
	assert_non_null(l->conn);
	mw_free(w);
}

TEST(what_comes_without_a_get_waits_for_the_next_one)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *up = ask(w, UP("0"));

	mw_expect(up, "HTTP/1.1 204 ");
	mw_datagrams(&w->sockets[0], 5, 700);
	mw_pass(w, 100);
	mw_link *l = ask(w, DOWN("", "1.1"));
	mw_expect(l, "Content-Type: application/octet-stream\r\n");
	size_t head = (size_t)(strstr((char *)l->out, "\r\n\r\n") + 4 - (char *)l->out);
	memmove(l->out, l->out + head, l->out_n - head + 1);
	l->out_n -= head;
	assert_int_equal(unchunk(l, &ended), 5);
	mw_free(w);
}

TEST(a_get_may_end_soon_after_its_first_datagram)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, DOWN("?wait=15", "1.1"));

	mw_forget(l);
	mw_pass(w, 5000);
	mw_datagrams(&w->sockets[0], 1, 700);
	mw_pass(w, 10);
	mw_datagrams(&w->sockets[0], 1, 700);
	mw_pass(w, 4);
	assert_int_equal(unchunk(l, &ended), 2);
	assert_false(ended);
	mw_pass(w, 1);
	assert_int_equal(unchunk(l, &ended), 2);
	assert_true(ended);
	mw_free(w);
}

TEST(a_get_that_does_not_wait_ends_with_its_first_datagrams)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, DOWN("?wait=0", "1.1"));

	mw_forget(l);
	mw_datagrams(&w->sockets[0], 3, 700);
	assert_int_equal(unchunk(l, &ended), 3);
	assert_true(ended);
	mw_datagrams(&w->sockets[0], 1, 700); /* for the next one */
	unchunk(l, &ended);
	mw_link *next = ask(w, DOWN("?wait=0", "1.1"));
	mw_expect(next, "\r\n0\r\n\r\n");
	mw_free(w);
}

TEST(an_answer_ends_at_a_mebibyte)
{
	bool ended = false;
	unsigned sent = 0;
	muxworld *w = mw_new(NULL);
	mw_link *l = hold(w);

	while (sent < 2000 && !ended) {
		mw_datagrams(&w->sockets[0], 1, 1000);
		sent++;
		ended = l->out_n > 5 && memcmp(l->out + l->out_n - 5, "0\r\n\r\n", 5) == 0;
	}
	assert_int_equal(sent, STREAM_MAX / 1002 + 1);
	assert_int_equal(unchunk(l, &ended), sent);
	assert_non_null(l->conn);
	mw_free(w);
}

TEST(a_get_by_http_1_0_ends_with_its_connection)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, DOWN("", "1.0"));

	mw_expect(l, "Connection: close\r\n\r\n");
	mw_expect_not(l, "chunked");
	mw_forget(l);
	mw_datagrams(&w->sockets[0], 3, 700);
	assert_int_equal(mw_unframe(FRAMING_PREFIX, l->out, l->out_n), 3);
	mw_pass(w, MUX_DOWN_MS);
	assert_true(l->finished);
	assert_int_equal(mw_unframe(FRAMING_PREFIX, l->out, l->out_n), 3);
	assert_int_equal(l->out_n, 3 * (2 + 700)); /* and nothing else */
	mw_free(w);
}

/* There is no other end of such a body. */
TEST(a_get_by_http_1_0_ends_with_its_connection_even_if_that_is_to_be_kept)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, DOWN_KEEP);

	mw_expect(l, "Connection: close\r\n\r\n");
	mw_pass(w, MUX_DOWN_MS);
	assert_true(l->finished);
	mw_free(w);
}

TEST(who_asks_last_is_the_reader)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *a = hold(w), *b = hold(w);

	unchunk(a, &ended);
	assert_true(ended);
	mw_datagrams(&w->sockets[0], 2, 700);
	assert_int_equal(unchunk(b, &ended), 2);
	assert_false(ended);
	mw_say_text(a, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	mw_expect(a, "0\r\n\r\nHTTP/1.1 404 ");
	mw_free(w);
}

TEST(malformed_datagrams_are_400_with_one_line)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, UP("40"));

	mw_say_text(l, "xxxxxxxxxxxxxxxxxxxx");
	mw_say_text(l, "xxxxxxxxxxxxxxxxxxxx");
	mw_expect(l, "HTTP/1.1 400 ");
	assert_int_equal(w->lines, 1);
	assert_string_equal(w->line, "198.51.100.1: datagrams of a request are refused: "
				     "a datagram that is too long");
	assert_int_equal(mux_core_counts(w->core).malformed, 1);
	mw_free(w);
}

TEST(a_get_with_a_body_is_400)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, "GET /homeward/home/" MW_SESSION "/down HTTP/1.1\r\nHost: a\r\n"
			    "Content-Length: 1\r\n\r\nx");

	mw_expect(l, "HTTP/1.1 400 ");
	assert_int_equal(w->n_sockets, 0);
	mw_free(w);
}

TEST(sessions_of_another_name_or_target_are_others)
{
	muxworld *w = mw_new(NULL);

	ask(w, UP("0"));
	ask(w, "POST /homeward/home/" MW_SESSION
	       "x/up HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
	ask(w, "POST /homeward/other/" MW_SESSION
	       "/up HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(w->n_sockets, 3);
	assert_int_equal(mux_core_counts(w->core).tunnels.open[MUX_TUNNEL_PLAIN], 3);
	mw_free(w);
}

/* Only a tunnel of its own tells how fast its connection is. */
TEST(how_long_a_readers_datagrams_wait_is_no_news_of_its_connection)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, DOWN("", "1.0"));

	mw_forget(l);
	l->room = 0;
	mw_datagrams(&w->sockets[0], 30, 1000);
	mw_pass(w, 20);
	mw_take(l, 1);
	assert_int_equal(l->writes, 1);
	assert_int_equal(l->waited_ms, 0);
	mw_free(w);
}

/* However long nobody asked before. */
TEST(a_new_reader_has_all_its_time)
{
	muxworld *w = mw_new(NULL);

	ask(w, UP("0"));
	mw_datagrams(&w->sockets[0], 1, 700);
	mw_pass(w, 25000);
	mw_link *l = mw_connect(w, MUX_CONN_HTTP, mw_client(1));
	l->room = 10;
	mw_say_text(l, DOWN("", "1.1"));
	mw_pass(w, MUX_DOWN_MS - 1);
	assert_int_equal(mw_open_sockets(w), 1);
	assert_non_null(l->conn);
	mw_free(w);
}

TEST(sessions_are_told_apart_by_all_of_their_names)
{
	mux_guard_limits limits = mux_guard_defaults();

	limits.tunnels = limits.accept.burst = 0;
	limits.accept.rate = 0;
	muxworld *w = mw_new(&limits);
	mw_link *l = mw_connect(w, MUX_CONN_HTTP, mw_client(1));
	for (unsigned i = 0; i < 100; i++) {
		char text[256];
		snprintf(text, sizeof text,
			 "POST /homeward/home/" MW_SESSION "%u/up HTTP/1.1\r\nHost: a\r\n"
			 "Content-Length: 0\r\n\r\n",
			 i);
		mw_say_text(l, text);
	}
	assert_int_equal(w->n_sockets, 100);
	mw_free(w);
}

RUN(T(how_long_a_readers_datagrams_wait_is_no_news_of_its_connection),
    T(a_new_reader_has_all_its_time), T(sessions_are_told_apart_by_all_of_their_names),
    T(a_post_carries_datagrams_up_and_is_answered_204),
    T(a_client_that_expects_it_gets_100_continue),
    T(a_held_get_brings_datagrams_as_they_come_and_ends_after_20_s),
    T(what_comes_without_a_get_waits_for_the_next_one),
    T(a_get_may_end_soon_after_its_first_datagram),
    T(a_get_that_does_not_wait_ends_with_its_first_datagrams), T(an_answer_ends_at_a_mebibyte),
    T(a_get_by_http_1_0_ends_with_its_connection),
    T(a_get_by_http_1_0_ends_with_its_connection_even_if_that_is_to_be_kept),
    T(who_asks_last_is_the_reader), T(malformed_datagrams_are_400_with_one_line),
    T(a_get_with_a_body_is_400), T(sessions_of_another_name_or_target_are_others))
