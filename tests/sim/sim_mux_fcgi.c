/* SPDX-License-Identifier: MIT */
/* A web server's connections by FastCGI: sessions of plain requests, several on one connection. */
#include "muxworld_fcgi.h"

TEST(requests_on_one_connection_carry_datagrams_both_ways)
{
	uint8_t out[256];
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	ask(l, 1, FCGI_KEEP_CONN, "GET", DOWN);
	ask(l, 2, FCGI_KEEP_CONN, "POST", UP);
	say(l, FCGI_STDIN, 2, out, mw_frame(FRAMING_PREFIX, 100, out));
	say(l, FCGI_STDIN, 2, NULL, 0);
	expect_status(l, 2, "Status: 204 ");
	assert_int_equal(w->n_sockets, 1);
	assert_int_equal(w->sockets[0].sent, 1);
	mw_datagrams(&w->sockets[0], 3, 500);
	assert_int_equal(datagrams_of(l, 1, &ended), 3);
	assert_false(ended);
	mw_pass(w, MUX_DOWN_MS);
	assert_int_equal(datagrams_of(l, 1, &ended), 3);
	assert_true(ended);
	assert_int_equal(ends_of_stdout(l, 1), 1);
	assert_int_equal(ends_of_stdout(l, 2), 1);
	assert_non_null(l->conn);
	assert_int_equal(mux_core_counts(w->core).requests, 2);
	assert_int_equal(mux_core_counts(w->core).down_packets, 3);
	assert_int_equal(mux_core_counts(w->core).down_bytes, 3 * 500);
	mw_free(w);
}

TEST(records_may_come_octet_by_octet)
{
	uint8_t out[MF_RECORD_MAX];
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w), *copy = open_link(w);

	ask(l, 7, FCGI_KEEP_CONN, "GET", "/nothing");
	say(l, FCGI_STDIN, 7, NULL, 0);
	wire_wr all = wire_writer(out, sizeof out);
	const uint8_t body[8] = { 0, MF_RESPONDER, FCGI_KEEP_CONN };
	uint8_t pairs[256];
	wire_wr p = wire_writer(pairs, sizeof pairs);
	fcgi_pair_put(&p, text_of("REQUEST_METHOD"), text_of("GET"));
	fcgi_pair_put(&p, text_of("REQUEST_URI"), text_of("/nothing"));
	put(&all, FCGI_BEGIN_REQUEST, 7, body, sizeof body);
	put(&all, FCGI_PARAMS, 7, pairs, wire_len(&p));
	put(&all, FCGI_PARAMS, 7, NULL, 0);
	put(&all, FCGI_STDIN, 7, NULL, 0);
	for (size_t i = 0; i < wire_len(&all); i++)
		mw_say(copy, out + i, 1);
	expect_status(copy, 7, "Status: 404 ");
	assert_int_equal(copy->out_n, l->out_n);
	assert_memory_equal(copy->out, l->out, l->out_n);
	mw_free(w);
}

TEST(a_connection_that_is_not_kept_ends_with_its_request)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	ask(l, 1, 0, "GET", "/nothing");
	assert_non_null(l->conn);
	say(l, FCGI_STDIN, 1, NULL, 0);
	expect_status(l, 1, "Status: 404 ");
	assert_true(l->finished);
	mw_free(w);
}

TEST(tunnels_that_take_their_connection_are_426)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	ask(l, 1, FCGI_KEEP_CONN, "GET", "/homeward/home");
	say(l, FCGI_STDIN, 1, NULL, 0);
	expect_status(l, 1, "Status: 426 ");
	begin(l, 2, FCGI_KEEP_CONN);
	say(l, FCGI_PARAMS, 2, NULL, 0);
	say(l, FCGI_STDIN, 2, NULL, 0);
	expect_status(l, 2, "Status: 400 ");
	mw_free(w);
}

TEST(what_is_not_fastcgi_ends_the_connection_with_one_line)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	mw_say_text(l, "GET / HTTP/1.1\r\n\r\n");
	assert_true(l->finished);
	assert_int_equal(w->lines, 1);
	assert_string_equal(w->line, "127.0.0.1: malformed FastCGI");
	l = open_link(w);
	begin(l, 1, 0);
	begin(l, 1, 0); /* again */
	assert_true(l->finished);
	assert_int_equal(mux_core_counts(w->core).malformed, 2);
	mw_free(w);
}

TEST(sixty_four_requests_and_parameters_of_16_kib_are_the_bounds)
{
	static const uint8_t zeros[2048];
	const uint8_t overloaded[16] = { 1, FCGI_END_REQUEST, 0, 65, 0, 8, [12] = FCGI_OVERLOADED };
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	for (uint16_t id = 1; id <= 64; id++)
		begin(l, id, FCGI_KEEP_CONN);
	assert_int_equal(l->out_n, 0);
	begin(l, 65, FCGI_KEEP_CONN);
	assert_memory_equal(l->out, overloaded, sizeof overloaded);
	mw_forget(l);
	for (unsigned i = 0; i < 8; i++)
		say(l, FCGI_PARAMS, 1, zeros, sizeof zeros);
	assert_int_equal(l->out_n, 0);
	say(l, FCGI_PARAMS, 1, zeros, 1);
	expect_status(l, 1, "Status: 431 ");
	mw_free(w);
}

/* The parameters in this order; with FCGI_KEEP_CONN, and nothing in the body. */
static mw_link *ask_pairs(muxworld *w, const char *const pairs[][2], size_t n)
{
	uint8_t out[2048];
	wire_wr p = wire_writer(out, sizeof out);
	mw_link *l = open_link(w);

	for (size_t i = 0; i < n; i++)
		fcgi_pair_put(&p, text_of(pairs[i][0]), text_of(pairs[i][1]));
	begin(l, 1, FCGI_KEEP_CONN);
	say(l, FCGI_PARAMS, 1, out, wire_len(&p));
	say(l, FCGI_PARAMS, 1, NULL, 0);
	say(l, FCGI_STDIN, 1, NULL, 0);
	return l;
}

/* What a web server adds has names that begin like these, or are as long. */
TEST(parameters_are_found_by_their_whole_names)
{
	static const char *const pairs[][2] = {
		{ "REQUEST", "PUT" },
		{ "REQUEST_METHODS", "PUT" },
		{ "REMOTE_ADDR", "192.0.2.1" },
		{ "QUERY_PARTS", "/nothing" },
		{ "SERVER_NAME", "/nothing" },
		{ "HTTPS", "on" },
		{ "REQUEST_URI", "/generate_204" },
		{ "AAAAAAA_METHOD", "PUT" },
		{ "ZZZZZZZ_METHOD", "PUT" },
		{ "REQUEST_METHOD", "GET" },
	};
	muxworld *w = mw_new(NULL);

	expect_status(ask_pairs(w, pairs, COUNT(pairs)), 1, "Status: 204 ");
	mw_free(w);
}

TEST(the_scripts_name_will_do_for_the_uri)
{
	static const char *const pairs[][2] = { { "REQUEST_METHOD", "GET" },
						{ "SCRIPT_NAME", "/generate_204" } };
	muxworld *w = mw_new(NULL);

	expect_status(ask_pairs(w, pairs, COUNT(pairs)), 1, "Status: 204 ");
	mw_free(w);
}

TEST(uris_of_more_than_511_octets_are_refused)
{
	char uri[1024] = "/generate_204?";
	const char *const pairs[][2] = { { "REQUEST_METHOD", "GET" }, { "REQUEST_URI", uri } };
	muxworld *w = mw_new(NULL);

	memset(uri + strlen(uri), 'x', 511 - strlen(uri));
	expect_status(ask_pairs(w, pairs, COUNT(pairs)), 1, "Status: 204 ");
	uri[511] = 'x';
	expect_status(ask_pairs(w, pairs, COUNT(pairs)), 1, "Status: 400 ");
	memset(uri + 512, 'x', sizeof uri - 513);
	expect_status(ask_pairs(w, pairs, COUNT(pairs)), 1, "Status: 400 ");
	mw_free(w);
}

TEST(a_connection_that_is_kept_serves_any_number_of_requests)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	for (uint16_t id = 1; id <= 200; id++) {
		mw_forget(l);
		ask(l, 1, FCGI_KEEP_CONN, "GET", "/generate_204");
		say(l, FCGI_STDIN, 1, NULL, 0);
		expect_status(l, 1, "Status: 204 ");
	}
	assert_int_equal(mux_core_counts(w->core).requests, 200);
	mw_free(w);
}

/* Their session's reader is another request, wherever it lies in memory. */
TEST(a_connection_that_takes_more_again_is_no_end_of_its_posts)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	ask(l, 1, FCGI_KEEP_CONN, "POST", UP);
	ask(l, 2, FCGI_KEEP_CONN, "GET", DOWN);
	ask(l, 3, FCGI_KEEP_CONN, "POST", UP);
	mw_take(l, SIZE_MAX);
	for (uint16_t id = 1; id <= 3; id += 2) {
		uint8_t out[128];
		say(l, FCGI_STDIN, id, out, mw_frame(FRAMING_PREFIX, 50, out));
		say(l, FCGI_STDIN, id, NULL, 0);
		expect_status(l, id, "Status: 204 ");
	}
	assert_int_equal(w->sockets[0].sent, 2);
	mw_free(w);
}

TEST(an_aborted_request_is_over_at_once)
{
	bool ended;
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	ask(l, 1, FCGI_KEEP_CONN, "GET", DOWN);
	for (uint8_t type = 0; type < 16; type++) /* no other type ends it */
		if (type != FCGI_ABORT_REQUEST && type != FCGI_BEGIN_REQUEST)
			say(l, type, 1, NULL, 0);
	datagrams_of(l, 1, &ended);
	assert_false(ended);
	say(l, FCGI_ABORT_REQUEST, 1, NULL, 0);
	datagrams_of(l, 1, &ended);
	assert_true(ended);
	size_t n = l->out_n;
	mw_datagrams(&w->sockets[0], 1, 100);
	mw_pass(w, MUX_DOWN_MS);
	assert_int_equal(l->out_n, n);
	mw_free(w);
}

TEST(values_and_unknown_types_are_answered)
{
	static const uint8_t zeros[257];
	uint8_t out[64];
	wire_wr pairs = wire_writer(out, sizeof out);
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	fcgi_pair_put(&pairs, text_of("FCGI_MAX_REQS"), text_of(""));
	fcgi_pair_put(&pairs, text_of("FCGI_MPXS_CONNS"), text_of(""));
	say(l, FCGI_GET_VALUES, 0, out, wire_len(&pairs));
	assert_int_equal(l->out[1], FCGI_GET_VALUES_RESULT);
	mw_expect(l, "FCGI_MPXS_CONNS1");
	mw_expect_not(l, "MAX_REQS");
	mw_forget(l);
	say(l, 99, 0, NULL, 0);
	assert_int_equal(l->out[1], FCGI_UNKNOWN_TYPE);
	assert_int_equal(l->out[8], 99);
	say(l, 99, 0, zeros, 256);
	assert_non_null(l->conn);
	say(l, 99, 0, zeros, 257);
	assert_true(l->finished);
	mw_free(w);
}

/* An authorizer, a filter, and what is none. */
TEST(other_roles_than_a_responders_are_refused)
{
	static const uint8_t roles[] = { 0, 2, 3, 255 };
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w);

	for (size_t i = 0; i < COUNT(roles); i++) {
		const uint8_t body[8] = { 0, roles[i], FCGI_KEEP_CONN };
		mw_forget(l);
		say(l, FCGI_BEGIN_REQUEST, 1, body, sizeof body);
		assert_int_equal(l->out[1], FCGI_END_REQUEST);
		assert_int_equal(l->out[8 + 4], FCGI_UNKNOWN_ROLE);
	}
	assert_non_null(l->conn);
	mw_free(w);
}

RUN(T(requests_on_one_connection_carry_datagrams_both_ways), T(records_may_come_octet_by_octet),
    T(a_connection_that_is_not_kept_ends_with_its_request),
    T(tunnels_that_take_their_connection_are_426),
    T(what_is_not_fastcgi_ends_the_connection_with_one_line),
    T(sixty_four_requests_and_parameters_of_16_kib_are_the_bounds),
    T(an_aborted_request_is_over_at_once), T(values_and_unknown_types_are_answered),
    T(parameters_are_found_by_their_whole_names), T(the_scripts_name_will_do_for_the_uri),
    T(uris_of_more_than_511_octets_are_refused),
    T(a_connection_that_is_kept_serves_any_number_of_requests),
    T(a_connection_that_takes_more_again_is_no_end_of_its_posts),
    T(other_roles_than_a_responders_are_refused))
