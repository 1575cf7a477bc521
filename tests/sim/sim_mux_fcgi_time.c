/* SPDX-License-Identifier: MIT */
/* How long a web server is waited for by FastCGI, and what its requests have to do with others. */
#include "muxworld_fcgi.h"
#include <errno.h>

enum { IDLE_MS = 75000, PARAMS_MS = 10000, BODY_MS = 30000 };

TEST(a_connection_without_requests_ends_after_75_s)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_pass(w, IDLE_MS - 1);
	ask(l, 1, FCGI_KEEP_CONN, "GET", "/nothing");
	mw_pass(w, 1000);
	say(l, FCGI_STDIN, 1, NULL, 0);
	check_ends_after(l, IDLE_MS);
	mw_free(w);
}

TEST(half_parameters_have_10_s_and_a_body_of_no_use_30)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	begin(l, 1, FCGI_KEEP_CONN);
	check_ends_after(l, PARAMS_MS);
	mw_free(w);
	w = mw_new(NULL);
	l = open_link(w);
	ask(l, 1, FCGI_KEEP_CONN, "POST", "/nothing");
	check_ends_after(l, BODY_MS);
	mw_free(w);
}

TEST(a_held_get_is_not_silence)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	ask(l, 1, FCGI_KEEP_CONN, "GET", DOWN);
	mw_pass(w, MUX_DOWN_MS); /* the time begins with the end of its answer */
	mw_pass(w, IDLE_MS - 1);
	assert_non_null(l->conn);
	mw_pass(w, 1);
	assert_true(l->finished);
	mw_free(w);
}

TEST(a_reload_changes_how_long_a_body_may_take)
{
	muxworld *w = mw_new(NULL);
	mux_config longer = w->config;
	mw_link *l = open_link(w);

	longer.idle_ms = 3 * w->config.idle_ms;
	ask(l, 1, FCGI_KEEP_CONN, "POST", UP);
	mux_core_configure(w->core, &longer, LOG_INFO);
	mw_pass(w, longer.idle_ms - 1);
	assert_non_null(l->conn);
	mw_pass(w, 1);
	assert_true(l->finished);
	mw_free(w);
}

/* --- others --- */

TEST(a_full_connection_keeps_what_its_requests_wait_for)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	ask(l, 1, FCGI_KEEP_CONN, "GET", DOWN);
	ask(l, 2, FCGI_KEEP_CONN, "GET", "/homeward/other/" MW_SESSION "/down");
	l->room = 0;
	mw_datagrams(&w->sockets[0], 2, 100);
	mw_datagrams(&w->sockets[1], 4, 100);
	assert_int_equal(datagrams_of(l, 1, &ended) + datagrams_of(l, 2, &ended), 0);
	mw_take(l, SIZE_MAX);
	assert_int_equal(datagrams_of(l, 1, &ended), 2);
	assert_int_equal(datagrams_of(l, 2, &ended), 4);
	mw_free(w);
}

TEST(clients_are_counted_by_the_address_that_the_web_server_names)
{
	mux_guard_limits limits = mux_guard_defaults();

	limits.tunnels = 1;
	muxworld *w = mw_new(&limits);
	mw_link *l = open_link(w);

	ask(l, 1, FCGI_KEEP_CONN, "GET", DOWN);
	ask(l, 2, FCGI_KEEP_CONN, "GET", "/homeward/other/" MW_SESSION "/down");
	expect_status(l, 2, "Status: 429 ");
	begin(l, 3, FCGI_KEEP_CONN);
	params(l, 3, "GET", "/homeward/other/" MW_SESSION "/down", "198.51.100.2");
	assert_int_equal(w->n_sockets, 2);
	mw_free(w);
}

TEST(a_target_that_is_down_ends_the_get_and_refuses_the_post)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	ask(l, 1, FCGI_KEEP_CONN, "GET", DOWN);
	ask(l, 2, FCGI_KEEP_CONN, "POST", UP);
	mw_fail(&w->sockets[0], ECONNREFUSED);
	datagrams_of(l, 1, &ended);
	assert_true(ended);
	say(l, FCGI_STDIN, 2, NULL, 0);
	expect_status(l, 2, "Status: 504 ");
	mw_free(w);
}

TEST(draining_completes_the_answers)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	ask(l, 1, FCGI_KEEP_CONN, "GET", DOWN);
	mux_core_drain(w->core, w->now);
	datagrams_of(l, 1, &ended);
	assert_true(ended && l->finished);
	assert_int_equal(mw_open_sockets(w), 0);
	mw_free(w);
}

RUN(T(a_connection_without_requests_ends_after_75_s),
    T(half_parameters_have_10_s_and_a_body_of_no_use_30), T(a_held_get_is_not_silence),
    T(a_reload_changes_how_long_a_body_may_take),
    T(a_full_connection_keeps_what_its_requests_wait_for),
    T(clients_are_counted_by_the_address_that_the_web_server_names),
    T(a_target_that_is_down_ends_the_get_and_refuses_the_post), T(draining_completes_the_answers))
