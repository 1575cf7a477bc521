/* SPDX-License-Identifier: MIT */
/* Connections of HTTP that stay such: what a web server answers, and what it keeps. */
#include "muxworld.h"
#include <stdio.h>

enum { HEAD_MS = 10000, LATER_MAX = 16 * 1024 };

#define GET  "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define DOWN "GET /homeward/home/" MW_SESSION "/down HTTP/1.1\r\nHost: a\r\n\r\n"

static mw_link *open_link(muxworld *w)
{
	return mw_connect(w, MUX_CONN_HTTP, mw_client(1));
}

TEST(requests_are_answered_in_order_and_the_connection_stays)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_say_text(l, "HEAD /generate_204 HTTP/1.1\r\nHost: a\r\n\r\n" GET GET);
	mw_expect(l, "HTTP/1.1 204 No Content\r\n");
	assert_int_equal(mw_count(l, "HTTP/1.1 404 Not Found\r\n"), 2);
	mw_expect(l, "Date: Wed, 02 Aug 2023 21:20:00 GMT\r\n");
	assert_non_null(l->conn);
	assert_int_equal(mux_core_counts(w->core).requests, 3);
	mw_free(w);
}

TEST(a_last_request_is_answered_and_nothing_behind_it)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_say_text(l, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET);
	assert_int_equal(mw_count(l, "HTTP/1.1 404 "), 1);
	mw_expect(l, "Connection: close\r\n");
	assert_true(l->finished);
	mw_free(w);
}

TEST(a_malformed_request_is_answered_400_with_one_line)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_say_text(l, "GET / HTTP/1.1\nHost: a\n\n");
	mw_expect(l, "HTTP/1.1 400 ");
	assert_true(l->finished);
	assert_int_equal(w->lines, 1);
	assert_string_equal(w->line,
			    "198.51.100.1: a request is refused: a line that ends without CR");
	assert_int_equal(mux_core_counts(w->core).malformed, 1);
	mw_free(w);
}

TEST(bodies_of_64_kib_are_read_and_longer_ones_refused)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);
	static const uint8_t body[65536];

	mw_say_text(l, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n");
	mw_say(l, body, sizeof body);
	mw_expect(l, "HTTP/1.1 404 ");
	assert_non_null(l->conn);
	mw_say_text(l, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n");
	mw_expect(l, "HTTP/1.1 413 ");
	assert_true(l->finished);
	mw_free(w);
}

/* RFC 9110 9.3.2, 15.2: what belongs to one request is not held against the next, or against its refusal. */
TEST(a_refusal_has_a_page_though_the_request_before_was_a_head)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_say_text(l, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	mw_expect_not(l, "<h1>");
	mw_say_text(l, "nonsense\r\n\r\n");
	mw_expect(l, "<h1>400 ");
	mw_expect(l, "Connection: close\r\n");
	assert_true(l->finished);
	l = open_link(w);
	mw_say_text(l, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	mw_say_text(l, "GET /");
	mw_pass(w, HEAD_MS);
	mw_expect(l, "<h1>408 ");
	mw_expect(l, "Connection: close\r\n");
	mw_free(w);
}

TEST(every_method_but_head_is_answered_with_a_page)
{
	static const char *const methods[] = { "DELETE", "GET", "OPTIONS", "POST", "PUT" };
	muxworld *w = mw_new(NULL);

	for (size_t i = 0; i < COUNT(methods); i++) {
		mw_link *l = open_link(w);
		mw_say_text(l, methods[i]);
		mw_say_text(l, " / HTTP/1.1\r\nHost: a\r\n\r\n");
		mw_expect(l, "<h1>404 ");
	}
	mw_free(w);
}

/* RFC 9110 10.1.1: a client of HTTP/1.0 would not understand it. */
TEST(http_1_0_gets_no_100_continue)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_say_text(l, "POST /homeward/home/" MW_SESSION "/up HTTP/1.0\r\nHost: a\r\n"
		       "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(l->out_n, 0);
	mw_free(w);
}

TEST(the_log_has_twenty_lines_at_once_and_two_a_second)
{
	muxworld *w = mw_new(NULL);

	for (unsigned i = 0; i < 30; i++)
		mw_say_text(open_link(w), "x\n\n");
	assert_int_equal(w->lines, 20);
	mw_pass(w, 1000);
	for (unsigned i = 0; i < 30; i++)
		mw_say_text(open_link(w), "x\n\n");
	assert_int_equal(w->lines, 22);
	assert_int_equal(mux_core_counts(w->core).malformed, 60);
	mw_free(w);
}

TEST(a_reload_changes_what_is_logged)
{
	muxworld *w = mw_new(NULL);

	mux_core_configure(w->core, &w->config, LOG_ERROR);
	mw_say_text(open_link(w), "x\n\n");
	assert_int_equal(w->lines, 0);
	mux_core_configure(w->core, &w->config, LOG_INFO);
	mw_say_text(open_link(w), "x\n\n");
	assert_int_equal(w->lines, 1);
	mw_free(w);
}

/* --- what is kept --- */

TEST(a_reader_of_no_answers_is_read_no_more)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	l->room = 100;
	mw_say_text(l, GET);
	assert_true(l->paused);
	mw_say_text(l, GET);
	assert_int_equal(mw_count(l, "HTTP/1.1 404 "), 1);
	mw_take(l, SIZE_MAX);
	assert_false(l->paused);
	assert_int_equal(mw_count(l, "HTTP/1.1 404 "), 2);
	mw_free(w);
}

TEST(octets_behind_a_held_get_are_kept_up_to_a_bound)
{
	static uint8_t more[LATER_MAX];
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	memset(more, '\n', sizeof more);
	mw_say_text(l, DOWN GET);
	mw_expect(l, "Transfer-Encoding: chunked\r\n");
	mw_expect_not(l, "404");
	assert_false(l->paused);
	mw_say(l, more, LATER_MAX - strlen(GET));
	assert_false(l->paused);
	mw_say_text(l, "x");
	assert_true(l->paused);
	mw_pass(w, MUX_DOWN_MS);
	mw_expect(l, "0\r\n\r\nHTTP/1.1 404 ");
	mw_free(w);
}

TEST(requests_behind_a_held_get_are_answered_when_it_ends)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_say_text(l, DOWN GET);
	mw_say_text(l, GET "GET / HT");
	mw_pass(w, MUX_DOWN_MS - 1);
	mw_expect_not(l, "404");
	mw_pass(w, 1);
	assert_int_equal(mw_count(l, "HTTP/1.1 404 "), 2);
	mw_say_text(l, "TP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(mw_count(l, "HTTP/1.1 404 "), 3);
	assert_int_equal(mux_core_counts(w->core).malformed, 0);
	mw_free(w);
}

/* --- the guard --- */

TEST(connections_beyond_the_limit_are_refused_with_a_line)
{
	mux_guard_limits limits = mux_guard_defaults();

	limits.connections = 2;
	muxworld *w = mw_new(&limits);
	mw_link *first = open_link(w);

	open_link(w);
	assert_null(open_link(w)->conn);
	assert_string_equal(w->line,
			    "198.51.100.1: refused: too many connections from one address");
	mw_hang_up(first);
	assert_non_null(open_link(w)->conn);
	mux_counts c = mux_core_counts(w->core);
	assert_int_equal(c.connections, 4);
	assert_int_equal(c.open_connections, 2);
	assert_int_equal(c.refused[MUX_CONNECTIONS], 1);
	mw_free(w);
}

TEST(behind_a_proxy_each_forwarded_address_is_counted_by_itself)
{
	static const char head[] = "GET /.well-known/masque/udp/home/4500/ HTTP/1.1\r\nHost: a\r\n"
				   "Connection: Upgrade\r\nUpgrade: connect-udp\r\n"
				   "X-Forwarded-For: 10.0.0.1, 203.0.113.%u:999\r\n\r\n";
	mux_guard_limits limits = mux_guard_defaults();

	limits.tunnels = limits.connections = 1;
	muxworld *w = mw_new(&limits);
	const char *const expected[] = { "HTTP/1.1 101 ", "HTTP/1.1 429 ", "HTTP/1.1 101 " };
	const unsigned from[] = { 1, 1, 2 };

	for (unsigned i = 0; i < COUNT(from); i++) {
		mw_link *l = mw_connect(w, MUX_CONN_HTTP, ip4(192, 0, 2, 9));
		char text[512];
		snprintf(text, sizeof text, head, from[i]);
		mw_say_text(l, text);
		mw_expect(l, expected[i]);
	}
	assert_int_equal(memcmp(w->line, "203.0.113.1: no tunnel", 22), 0);
	mw_free(w);
}

TEST(sources_are_forgotten_by_themselves)
{
	muxworld *w = mw_new(NULL);

	mw_hang_up(open_link(w));
	assert_int_equal(mux_core_counts(w->core).sources, 1);
	mw_pass(w, 3 * MUX_GUARD_FORGET_MS);
	assert_int_equal(mux_core_counts(w->core).sources, 0);
	mw_free(w);
}

TEST(a_connection_that_fails_before_it_opens_has_a_line)
{
	muxworld *w = mw_new(NULL);
	const ip_addr from = mw_client(1);
	mw_link *l = mw_connect(w, MUX_CONN_HTTP, from);

	mux_core_closed(w->core, w->now, l->conn, "reset");
	assert_int_equal(w->lines, 0);
	mw_link *never = &w->links[w->n_links++];
	*never = (mw_link){ .w = w };
	never->conn = mux_core_accept(w->core, w->now, MUX_CONN_HTTP, &from, never);
	mux_core_closed(w->core, w->now, never->conn, "no certificate");
	assert_string_equal(w->line, "198.51.100.1: no connection: no certificate");
	assert_int_equal(mux_core_counts(w->core).malformed, 1);
	mw_free(w);
}

RUN(T(a_refusal_has_a_page_though_the_request_before_was_a_head),
    T(every_method_but_head_is_answered_with_a_page), T(http_1_0_gets_no_100_continue),
    T(the_log_has_twenty_lines_at_once_and_two_a_second), T(a_reload_changes_what_is_logged),
    T(requests_are_answered_in_order_and_the_connection_stays),
    T(a_last_request_is_answered_and_nothing_behind_it),
    T(a_malformed_request_is_answered_400_with_one_line),
    T(bodies_of_64_kib_are_read_and_longer_ones_refused), T(a_reader_of_no_answers_is_read_no_more),
    T(octets_behind_a_held_get_are_kept_up_to_a_bound),
    T(requests_behind_a_held_get_are_answered_when_it_ends),
    T(connections_beyond_the_limit_are_refused_with_a_line),
    T(behind_a_proxy_each_forwarded_address_is_counted_by_itself),
    T(sources_are_forgotten_by_themselves), T(a_connection_that_fails_before_it_opens_has_a_line))
