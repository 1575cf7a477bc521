/* SPDX-License-Identifier: MIT */
/* Connections of HTTP that stay such: how long the multiplexer waits for what. */
#include "muxworld.h"

enum { FIRST_MS = 10000, NEXT_MS = 30000, HEAD_MS = 10000, BODY_MS = 30000 };

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define UP  "POST /homeward/home/" MW_SESSION "/up HTTP/1.1\r\nHost: a\r\nContent-Length: "

static mw_link *open_link(muxworld *w)
{
	return mw_connect(w, MUX_CONN_HTTP, mw_client(1));
}

static void check_ends_after(mw_link *l, uint64_t ms)
{
	mw_pass(l->w, ms - 1);
	assert_non_null(l->conn);
	mw_pass(l->w, 1);
	assert_null(l->conn);
	assert_int_equal(mux_core_counts(l->w->core).timeouts, 1);
}

TEST(a_connection_without_a_request_ends_after_10_s)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	check_ends_after(l, FIRST_MS);
	assert_int_equal(l->out_n, 0);
	assert_int_equal(w->lines, 0);
	mw_free(w);
}

TEST(a_connection_is_kept_for_30_s_for_one_more_request)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_pass(w, FIRST_MS - 1);
	mw_say_text(l, GET);
	mw_pass(w, NEXT_MS - 1);
	mw_say_text(l, GET);
	check_ends_after(l, NEXT_MS);
	mw_free(w);
}

TEST(a_head_that_dribbles_has_10_s_in_all)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_pass(w, 5000);
	mw_say_text(l, "GET /");
	for (unsigned i = 0; i < 9; i++) {
		mw_pass(w, HEAD_MS / 10);
		mw_say_text(l, "x");
	}
	check_ends_after(l, HEAD_MS / 10);
	mw_expect(l, "HTTP/1.1 408 ");
	assert_string_equal(w->line, "198.51.100.1: request not complete in time");
	mw_free(w);
}

TEST(a_body_of_no_use_that_dribbles_has_30_s_in_all)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_say_text(l, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
	for (unsigned i = 0; i < 9; i++) {
		mw_pass(w, BODY_MS / 10);
		mw_say_text(l, "x");
	}
	check_ends_after(l, BODY_MS / 10);
	mw_expect(l, "HTTP/1.1 408 ");
	mw_free(w);
}

TEST(the_next_head_has_all_its_time)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_say_text(l, "G");
	mw_pass(w, HEAD_MS - 1);
	mw_say_text(l, "ET / HTTP/1.1\r\nHost: a\r\n\r\nG");
	check_ends_after(l, HEAD_MS);
	mw_free(w);
}

TEST(a_body_of_datagrams_has_the_idle_time_from_the_last_ones_on)
{
	uint8_t out[64];
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_say_text(l, UP "1000\r\n\r\n");
	mw_pass(w, w->config.idle_ms - 1);
	mw_say(l, out, mw_frame(FRAMING_PREFIX, 30, out));
	mw_pass(w, w->config.idle_ms - 1);
	assert_non_null(l->conn);
	mw_pass(w, 1); /* its tunnel ends at the same time, for the same reason */
	assert_true(l->finished);
	assert_int_equal(mux_core_counts(w->core).timeouts, 2);
	mw_free(w);
}

TEST(a_body_that_is_refused_has_the_time_of_any_other)
{
	mux_guard_limits limits = mux_guard_defaults();

	limits.tunnels = 1;
	muxworld *w = mw_new(&limits);
	mw_connect_udp(w, mw_client(1));
	mw_link *l = open_link(w);

	mw_say_text(l, UP "1000\r\n\r\n");
	check_ends_after(l, BODY_MS);
	mw_expect(l, "HTTP/1.1 429 ");
	mw_free(w);
}

/* Nothing else brings the core the time between two events. */
TEST(each_event_has_its_own_time)
{
	const ip_addr from = mw_client(1);
	muxworld *w = mw_new(NULL);
	mw_link *l = &w->links[w->n_links++];

	*l = (mw_link){ .w = w, .room = SIZE_MAX, .out = test_calloc(1, MW_OUT) };
	w->now.ms += 1000;
	l->conn = mux_core_accept(w->core, w->now, MUX_CONN_HTTP, &from, l);
	w->now.ms += 1000;
	mux_core_opened(w->core, w->now, l->conn);
	assert_int_equal(mux_core_next_timer_ms(w->core), MW_T0 + 2000 + FIRST_MS);
	w->now.ms += 1000;
	mux_core_octets(w->core, w->now, l->conn, (uint8_t[]){ 'G' }, 1);
	assert_int_equal(mux_core_next_timer_ms(w->core), MW_T0 + 3000 + HEAD_MS);
	w->now.ms += 1000;
	mux_core_closed(w->core, w->now, l->conn, NULL);
	test_free(l->out);
	l->out = NULL;
	w->now.ms += 1000;
	l->conn = mux_core_accept(w->core, w->now, MUX_CONN_FCGI, &from, l);
	mux_core_drain(w->core, w->now);
	mw_free(w);
}

TEST(time_never_goes_back)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mux_core_octets(w->core, (core_time){ .ms = MW_T0 - 5000 }, l->conn, (uint8_t[]){ 'G' }, 1);
	assert_int_equal(mux_core_next_timer_ms(w->core), MW_T0 + HEAD_MS);
	mw_free(w);
}

RUN(T(a_connection_without_a_request_ends_after_10_s),
    T(a_connection_is_kept_for_30_s_for_one_more_request), T(a_head_that_dribbles_has_10_s_in_all),
    T(a_body_of_no_use_that_dribbles_has_30_s_in_all), T(the_next_head_has_all_its_time),
    T(a_body_of_datagrams_has_the_idle_time_from_the_last_ones_on),
    T(a_body_that_is_refused_has_the_time_of_any_other), T(each_event_has_its_own_time),
    T(time_never_goes_back))
