/* SPDX-License-Identifier: MIT */
/* sim_carrier.c - attempts and methods: which come first, when the next begins, and what is reported. */
#include "carrier_trial.h"

enum { RTT_MS = 2 * TRIAL_LATENCY_MS, STAGGER_MS = 250, ANSWER_MS = 4000, TIMEOUT_MS = 15000 };

static const host_script all = { .connect_udp = true, .websocket = true, .plain = true };

/* ---- methods ---- */

static void check_method(const host_script *mux, carrier_method m, uint64_t after_ms)
{
	trial *t = trial_new(mux);

	trial_begin(t);
	trial_assert_carries(t, m);
	assert_int_equal(t->up_ms - 1000000, after_ms);
	assert_string_equal(t->proxy, "");
	assert_int_equal(trial_open_connections(t), m == CARRIER_PLAIN ? 2 : 1);
	trial_free(t);
}

/* A round trip to connect, and one to ask. */
TEST(connect_udp_comes_first_then_websocket_then_plain_requests)
{
	check_method(&all, CARRIER_CONNECT_UDP, 2 * RTT_MS);
	check_method(&(host_script){ .websocket = true, .plain = true }, CARRIER_WEBSOCKET,
		     4 * RTT_MS);
	check_method(&(host_script){ .plain = true }, CARRIER_PLAIN, 6 * RTT_MS);
}

TEST(an_upgrade_that_is_swallowed_is_given_up_after_four_seconds)
{
	check_method(&(host_script){ .swallow_connect_udp = true, .websocket = true },
		     CARRIER_WEBSOCKET, RTT_MS + ANSWER_MS + 2 * RTT_MS);
	check_method(&(host_script){ .swallow_upgrades = true, .plain = true }, CARRIER_PLAIN,
		     2 * (RTT_MS + ANSWER_MS) + 2 * RTT_MS);
}

TEST(every_method_has_a_fresh_connection)
{
	trial *t = trial_new(&(host_script){ .websocket = true });

	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	assert_int_equal(t->opened, 2);
	assert_true(trial_saw(t, "GET /.well-known/masque/udp/home/4500/\nGET /homeward/home\n"));
	trial_free(t);
}

TEST(tls_is_asked_for_where_the_multiplexer_speaks_https)
{
	for (int https = 0; https < 2; https++) {
		trial *t = trial_new(&all);
		t->mux.https = https;
		trial_begin(t);
		assert_true(trial_run_until_settled(t));
		assert_int_equal(t->connections[0].tls, https);
		trial_free(t);
	}
}

/* The loop was busy meanwhile. */
TEST(a_timer_that_runs_late_is_not_lost)
{
	trial *t = trial_new(&(host_script){ .swallow_connect_udp = true, .websocket = true });

	trial_begin(t);
	trial_run(t, RTT_MS);
	t->now_ms += ANSWER_MS + 100;
	carrier_core_timer(t->core, t->now_ms);
	assert_int_equal(t->opened, 2);
	trial_assert_carries(t, CARRIER_WEBSOCKET);
	trial_free(t);
}

TEST(an_upgrade_that_is_answered_by_closing_leaves_the_other_methods)
{
	trial *t = trial_new(&(host_script){ .swallow_connect_udp = true, .websocket = true });

	trial_begin(t);
	trial_run(t, RTT_MS + 1);
	trial_hang_up(t);
	trial_assert_carries(t, CARRIER_WEBSOCKET);
	assert_int_equal(t->up_ms - 1000000, RTT_MS + 1 + TRIAL_LATENCY_MS + 2 * RTT_MS);
	trial_free(t);
}

TEST(how_an_upgrade_was_closed_is_reported)
{
	static const char *const why[] = { "reset", NULL };
	static const char *const text[] = {
		"websocket is not answered: reset",
		"websocket is not answered: the connection is closed",
	};

	for (size_t i = 0; i < COUNT(why); i++) {
		trial *t = trial_new(&(host_script){ .silent = true });
		trial_hint(t, CARRIER_WEBSOCKET, "");
		trial_begin(t);
		trial_run(t, STAGGER_MS + RTT_MS);
		carrier_core_closed(t->core, t->now_ms, 2, why[i]);
		assert_int_equal(t->failed, 1);
		assert_string_equal(t->last_failure.text, text[i]);
		assert_int_equal(t->last_failure.rank, CARRIER_ANSWERED);
		trial_free(t);
	}
}

/* The wait for the answer to connect-udp is over with that answer. */
TEST(a_connection_for_the_next_method_has_the_time_of_the_whole_attempt)
{
	trial *t = trial_new(&(host_script){ 0 });

	trial_begin(t);
	trial_run(t, RTT_MS);
	t->hosts[1].absent = true;
	trial_run(t, TIMEOUT_MS - RTT_MS - 1);
	assert_false(t->down);
	assert_int_equal(t->opened, 2);
	trial_run(t, 1);
	assert_true(t->down);
	assert_string_equal(t->why,
			    "404 Not Found: no multiplexer there, or it has no such target");
	trial_free(t);
}

static void feed(trial *t, const char *octets)
{
	uint8_t copy[512];
	size_t n = strlen(octets);

	memcpy(copy, octets, n);
	carrier_core_octets(t->core, t->now_ms, 0, copy, n);
}

/* RFC 9110 15.2, RFC 9112 9.6 */
TEST(interim_answers_are_passed_over)
{
	static const char accepts[] = "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\n"
				      "Upgrade: connect-udp\r\n\r\n";
	trial *t = trial_new(&(host_script){ .silent = true });

	trial_begin(t);
	trial_run(t, RTT_MS);
	feed(t, "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 103 x\r\n\r\n");
	assert_false(t->up);
	feed(t, accepts);
	assert_true(t->up);
	trial_free(t);
	t = trial_new(&(host_script){ .silent = true });
	trial_begin(t);
	trial_run(t, RTT_MS);
	feed(t, "HTTP/1.1 100 x\r\nConnection: close\r\n\r\nHTTP/1.1 200 x\r\n\r\n");
	feed(t, accepts); /* behind the last answer there is none */
	assert_false(t->up);
	assert_int_equal(t->failed, 0);
	trial_free(t);
}

/* ---- answers that are no tunnel ---- */

static void check_down(const host_script *mux, unsigned connections, const char *why)
{
	trial *t = trial_new(mux);

	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_string_equal(t->why, why);
	assert_int_equal(t->opened, connections);
	assert_int_equal(trial_open_connections(t), 0);
	assert_false(carrier_core_is_up(t->core));
	assert_true(carrier_core_next_timer_ms(t->core) == UINT64_MAX);
	trial_free(t);
}

TEST(a_captive_portal_or_garbage_is_asked_once)
{
	check_down(&(host_script){ .raw = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
					  "Location: http://portal.test/\r\n\r\n" },
		   1, "captive portal at http://portal.test/");
	check_down(&(host_script){ .raw = "HTTP/1.1 511 x\r\nContent-Length: 0\r\n\r\n" }, 1,
		   "captive portal: network authentication required (511)");
	check_down(&(host_script){ .raw = "\1\2\3\r\n\r\n" }, 1,
		   "the answer is not HTTP: a control character in the head");
}

TEST(what_follows_an_answer_that_ends_an_attempt_is_nobodys)
{
	trial *t = trial_new(&(host_script){ .raw = "HTTP/1.1 302 Found\r\nContent-Length: 5\r\n"
						    "Location: http://portal.test/\r\n\r\nhello" });

	trial_add_address(t, 2, &(host_script){ .swallow_connect_udp = true, .websocket = true });
	trial_begin(t);
	trial_assert_carries(t, CARRIER_WEBSOCKET);
	assert_int_equal(t->failed, 1);
	trial_free(t);
}

TEST(what_is_no_multiplexer_is_asked_by_all_methods)
{
	check_down(&(host_script){ 0 }, 4,
		   "404 Not Found: no multiplexer there, or it has no such target");
	check_down(&(host_script){ .raw = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
					  "Content-Length: 0\r\n\r\n" },
		   4, "a web server that is not a multiplexer answers");
}

TEST(the_multiplexers_own_answers_are_reported)
{
	check_down(&(host_script){ .raw = "HTTP/1.1 504 x\r\nContent-Length: 0\r\n\r\n" }, 4,
		   "504 Gateway Timeout: the multiplexer's target is down");
	check_down(&(host_script){ .raw = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" }, 4,
		   "the multiplexer's answer is 403 No");
}

TEST(a_connection_that_is_refused_is_reported_with_its_address)
{
	check_down(&(host_script){ .refuses = "Connection refused" }, 1,
		   "192.0.2.1:80: Connection refused");
}

TEST(what_the_system_does_not_open_is_reported_with_its_address)
{
	check_down(&(host_script){ .unopened = "Network is unreachable" }, 0,
		   "192.0.2.1:80: Network is unreachable");
}

/* ---- attempts ---- */

TEST(the_next_address_is_tried_after_a_quarter_of_a_second)
{
	trial *t = trial_new(&(host_script){ .silent = true });

	trial_add_address(t, 2, &(host_script){ .absent = true });
	trial_add_address(t, 3, &all);
	trial_begin(t);
	trial_run(t, STAGGER_MS - 1);
	assert_int_equal(t->opened, 1);
	trial_run(t, 1);
	assert_int_equal(t->opened, 2);
	assert_true(trial_run_until_settled(t));
	assert_int_equal(t->up_ms - 1000000, 2 * STAGGER_MS + 2 * RTT_MS);
	assert_int_equal(trial_open_connections(t), 1); /* the others are closed */
	assert_int_equal(t->failed, 0);
	trial_free(t);
}

TEST(after_a_failure_the_next_address_is_tried_at_once)
{
	trial *t = trial_new(&(host_script){ .refuses = "Connection refused" });

	trial_add_address(t, 2, &all);
	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	assert_int_equal(t->up_ms - 1000000, RTT_MS + 2 * RTT_MS);
	assert_int_equal(t->failed, 1);
	assert_string_equal(t->last_failure.text, "192.0.2.1:80: Connection refused");
	trial_free(t);
}

TEST(an_attempt_is_given_up_after_fifteen_seconds)
{
	trial *t = trial_new(&(host_script){ .absent = true });

	trial_begin(t);
	trial_run(t, TIMEOUT_MS - 1);
	assert_false(t->down);
	trial_run(t, 1);
	assert_true(t->down);
	assert_string_equal(t->why, "192.0.2.1:80: no answer");
	trial_free(t);
}

TEST(the_error_that_explains_most_is_reported)
{
	trial *t = trial_new(&(host_script){ 0 }); /* 404 */

	trial_add_address(t, 2, &(host_script){ .absent = true });
	trial_add_address(t, 3, &(host_script){ .refuses = "Connection refused" });
	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_int_equal(t->failed, 3);
	assert_string_equal(t->why,
			    "404 Not Found: no multiplexer there, or it has no such target");
	trial_free(t);
}

static void check_reported(const char *first, const char *second, const char *want)
{
	trial *t = trial_new(&(host_script){ .refuses = first });

	trial_add_address(t, 2, &(host_script){ .refuses = second });
	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_int_equal(t->failed, 2);
	assert_string_equal(t->why, want);
	trial_free(t);
}

TEST(a_certificate_explains_more_than_a_refused_connection)
{
	check_reported("the certificate has expired", "Connection refused",
		       "192.0.2.1:80: the certificate has expired");
	check_reported("Connection refused", "the certificate has expired",
		       "192.0.2.2:80: the certificate has expired");
}

TEST(of_attempts_that_explain_as_much_the_first_is_reported)
{
	check_reported("Connection refused", "No route to host",
		       "192.0.2.1:80: Connection refused");
}

TEST(of_methods_that_explain_as_much_the_last_is_reported)
{
	trial *t = trial_new(&(host_script){ 0 });

	trial_begin(t);
	trial_run(t, 2 * RTT_MS); /* 404 to connect-udp */
	t->hosts[1].raw = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
	assert_false(trial_run_until_settled(t));
	assert_string_equal(t->why, "the multiplexer's answer is 403 No");
	trial_free(t);
}

TEST(the_first_may_win_while_later_ones_are_tried)
{
	trial *t = trial_new(&(host_script){ .swallow_connect_udp = true, .websocket = true });

	trial_add_address(t, 2, &(host_script){ .absent = true });
	trial_add_address(t, 3, &(host_script){ .silent = true });
	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	assert_int_equal(t->opened, 4);
	assert_int_equal(trial_open_connections(t), 1);
	trial_run(t, 60000);
	assert_false(t->down);
	assert_int_equal(t->opened, 4);
	trial_free(t);
}

TEST(an_address_that_the_uplink_does_not_reach_is_not_tried)
{
	trial *t = trial_new(&all);

	t->conf.up.has_default = false;
	t->conf.up.routes[0] = (ip_prefix){ ip4(192, 0, 2, 2), 32 };
	t->conf.up.n_routes = 1;
	trial_add_address(t, 2, &all);
	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	trial_run(t, 1000);
	assert_int_equal(t->opened, 1);
	assert_int_equal(t->connections[0].script == &t->hosts[2], 1);
	trial_free(t);
}

TEST(an_uplink_that_reaches_nothing_is_an_error)
{
	trial *t = trial_new(&all);
	const carrier_env env = { .ctx = t };
	err e;

	t->conf.up.has_default = false;
	assert_null(carrier_core_new(&t->conf, &env, t->now_ms, &e));
	assert_string_equal(e.text, "uplink wan reaches neither mux.test nor a proxy");
	t->conf.up.has_default = true;
	t->conf.up.local.addr = (ip_addr){ .len = 16 }; /* of the other family */
	assert_null(carrier_core_new(&t->conf, &env, t->now_ms, &e));
	assert_string_equal(e.text, "uplink wan reaches neither mux.test nor a proxy");
	trial_free(t);
}

RUN(T(what_follows_an_answer_that_ends_an_attempt_is_nobodys),
    T(connect_udp_comes_first_then_websocket_then_plain_requests),
    T(an_upgrade_that_is_swallowed_is_given_up_after_four_seconds),
    T(every_method_has_a_fresh_connection), T(tls_is_asked_for_where_the_multiplexer_speaks_https),
    T(a_captive_portal_or_garbage_is_asked_once), T(what_is_no_multiplexer_is_asked_by_all_methods),
    T(the_multiplexers_own_answers_are_reported),
    T(a_connection_that_is_refused_is_reported_with_its_address),
    T(what_the_system_does_not_open_is_reported_with_its_address),
    T(the_next_address_is_tried_after_a_quarter_of_a_second),
    T(after_a_failure_the_next_address_is_tried_at_once),
    T(an_attempt_is_given_up_after_fifteen_seconds), T(the_error_that_explains_most_is_reported),
    T(a_certificate_explains_more_than_a_refused_connection),
    T(of_attempts_that_explain_as_much_the_first_is_reported),
    T(of_methods_that_explain_as_much_the_last_is_reported),
    T(the_first_may_win_while_later_ones_are_tried), T(a_timer_that_runs_late_is_not_lost),
    T(an_upgrade_that_is_answered_by_closing_leaves_the_other_methods),
    T(how_an_upgrade_was_closed_is_reported),
    T(a_connection_for_the_next_method_has_the_time_of_the_whole_attempt),
    T(interim_answers_are_passed_over), T(an_address_that_the_uplink_does_not_reach_is_not_tried),
    T(an_uplink_that_reaches_nothing_is_an_error))
