/* SPDX-License-Identifier: MIT */
/* A web server's connections by FastCGI: sessions of plain requests, several on one connection. */
#include "muxworld.h"
#include "proto/fcgi.h"
#include <errno.h>

enum { IDLE_MS = 75000, PARAMS_MS = 10000, BODY_MS = 30000, RECORD_MAX = 4096, RESPONDER = 1 };

#define DOWN "/homeward/home/" MW_SESSION "/down"
#define UP   "/homeward/home/" MW_SESSION "/up"

static mw_link *open_link(muxworld *w)
{
	return mw_connect(w, MUX_CONN_FCGI, ip4(127, 0, 0, 1));
}

static void put(wire_wr *w, uint8_t type, uint16_t id, const void *p, size_t n)
{
	const fcgi_head h = { .type = type, .request = id, .len = (uint16_t)n, .padding = 3 };

	fcgi_head_put(w, &h);
	if (n > 0)
		wire_put(w, p, n);
	wire_put(w, "pad", 3);
}

static void say(mw_link *l, uint8_t type, uint16_t id, const void *p, size_t n)
{
	uint8_t out[RECORD_MAX];
	wire_wr w = wire_writer(out, sizeof out);

	put(&w, type, id, p, n);
	assert_false(w.bad);
	mw_say(l, out, wire_len(&w));
}

static void begin(mw_link *l, uint16_t id, uint8_t flags)
{
	const uint8_t body[8] = { 0, RESPONDER, flags };

	say(l, FCGI_BEGIN_REQUEST, id, body, sizeof body);
}

static wire_bytes text_of(const char *text)
{
	return (wire_bytes){ (const uint8_t *)text, strlen(text) };
}

static void params(mw_link *l, uint16_t id, const char *method, const char *uri, const char *from)
{
	uint8_t out[1024];
	wire_wr w = wire_writer(out, sizeof out);

	fcgi_pair_put(&w, text_of("REQUEST_METHOD"), text_of(method));
	fcgi_pair_put(&w, text_of("REQUEST_URI"), text_of(uri));
	fcgi_pair_put(&w, text_of("REMOTE_ADDR"), text_of(from));
	say(l, FCGI_PARAMS, id, out, wire_len(&w));
	say(l, FCGI_PARAMS, id, NULL, 0);
}

static void ask(mw_link *l, uint16_t id, uint8_t flags, const char *method, const char *uri)
{
	begin(l, id, flags);
	params(l, id, method, uri, "198.51.100.1");
}

/* What the STDOUT of a request has, as a string; *ended: with its END_REQUEST. */
static size_t stdout_of(const mw_link *l, uint16_t id, char *out, bool *ended)
{
	wire_rd r = wire_reader(l->out, l->out_n);
	fcgi_head h;
	size_t n = 0;

	*ended = false;
	while (fcgi_head_get(&r, &h) == 1) {
		const uint8_t *p = wire_take(&r, h.len);
		if (h.request != id)
			continue;
		assert_false(*ended);
		if (h.type == FCGI_STDOUT && h.len > 0)
			memcpy(out + n, p, h.len);
		n += h.type == FCGI_STDOUT ? h.len : 0;
		*ended = h.type == FCGI_END_REQUEST;
	}
	assert_true(wire_done(&r));
	out[n] = '\0';
	return n;
}

static void expect_status(const mw_link *l, uint16_t id, const char *status)
{
	static char out[MW_OUT];
	bool ended;

	stdout_of(l, id, out, &ended);
	if (!ended || strncmp(out, status, strlen(status)) != 0)
		fail_msg("'%s' instead of '%s'%s", out, status, ended ? "" : ", and it goes on");
}

static unsigned datagrams_of(const mw_link *l, uint16_t id, bool *ended)
{
	static char out[MW_OUT];
	size_t n = stdout_of(l, id, out, ended);
	char *body = strstr(out, "\r\n\r\n");

	assert_non_null(body);
	body += 4;
	return mw_unframe(FRAMING_PREFIX, (uint8_t *)body, n - (size_t)(body - out));
}

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
	assert_non_null(l->conn);
	assert_int_equal(mux_core_counts(w->core).requests, 2);
	mw_free(w);
}

TEST(records_may_come_octet_by_octet)
{
	uint8_t out[RECORD_MAX];
	muxworld *w = mw_new(NULL);
	mw_link *l = open_link(w), *copy = open_link(w);

	ask(l, 7, FCGI_KEEP_CONN, "GET", "/nothing");
	say(l, FCGI_STDIN, 7, NULL, 0);
	wire_wr all = wire_writer(out, sizeof out);
	const uint8_t body[8] = { 0, RESPONDER, FCGI_KEEP_CONN };
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

/* --- time --- */

static void check_ends_after(mw_link *l, uint64_t ms)
{
	mw_pass(l->w, ms - 1);
	assert_non_null(l->conn);
	mw_pass(l->w, 1);
	assert_true(l->finished);
	assert_int_equal(mux_core_counts(l->w->core).timeouts, 1);
}

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

RUN(T(requests_on_one_connection_carry_datagrams_both_ways), T(records_may_come_octet_by_octet),
    T(a_connection_that_is_not_kept_ends_with_its_request),
    T(tunnels_that_take_their_connection_are_426),
    T(what_is_not_fastcgi_ends_the_connection_with_one_line),
    T(sixty_four_requests_and_parameters_of_16_kib_are_the_bounds),
    T(an_aborted_request_is_over_at_once), T(values_and_unknown_types_are_answered),
    T(a_connection_without_requests_ends_after_75_s),
    T(half_parameters_have_10_s_and_a_body_of_no_use_30), T(a_held_get_is_not_silence),
    T(a_reload_changes_how_long_a_body_may_take),
    T(a_full_connection_keeps_what_its_requests_wait_for),
    T(clients_are_counted_by_the_address_that_the_web_server_names),
    T(a_target_that_is_down_ends_the_get_and_refuses_the_post), T(draining_completes_the_answers))
