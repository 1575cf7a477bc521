/* SPDX-License-Identifier: MIT */
/* sim_carrier_credentials.c - proxies that ask for credentials, for CONNECT and for plain requests. */
#include "carrier_trial.h"
#include <stdio.h>

enum { RTT_MS = 2 * TRIAL_LATENCY_MS };

/* Only the proxy, host 2, reaches the multiplexer. */
static trial *behind(const host_script *proxy, proxy_kind kind, const char *user,
		     const char *password)
{
	trial *t = trial_new(&(host_script){ .absent = true });

	trial_add_proxy(t, 2, kind, proxy);
	t->conf.direct = false;
	snprintf(t->conf.proxies[0].user, sizeof t->conf.proxies[0].user, "%s", user);
	snprintf(t->conf.proxies[0].password, sizeof t->conf.proxies[0].password, "%s", password);
	return t;
}

static void check_carries(const host_script *proxy, const char *user, carrier_method m)
{
	trial *t = behind(proxy, PROXY_HTTP, user, "p:w");

	trial_begin(t);
	trial_assert_carries(t, m);
	assert_string_equal(t->proxy, "proxy2.test:3128");
	assert_true(trial_saw(t, "CONNECT mux.test:80\n"));
	trial_free(t);
}

static unsigned check_down(const host_script *proxy, bool https, const char *user, const char *why,
			   carrier_error_rank rank)
{
	trial *t = behind(proxy, PROXY_HTTP, user, "p:w");
	unsigned opened;

	t->mux.https = https;
	t->mux.port = https ? 443 : 80;
	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_string_equal(t->why, why);
	assert_int_equal(t->last_failure.rank, rank);
	opened = t->opened;
	trial_free(t);
	return opened;
}

/* RFC 7616 3.4.1: the response covers method and target of each request. */
TEST(digest_credentials_are_right_for_each_request)
{
	const host_script upgrade = {
		.websocket = true, .user = "u", .password = "p:w", .digest = true
	};
	const host_script plain = {
		.refuse_connect = 501, .plain = true, .user = "u", .password = "p:w", .digest = true
	};

	check_carries(&upgrade, "u", CARRIER_WEBSOCKET);
	check_carries(&plain, "u", CARRIER_PLAIN);
}

/* RFC 7616 3.3: a nonce may expire at any time. */
TEST(credentials_that_were_accepted_are_sent_again_when_asked_for)
{
	const host_script x = { .websocket = true, .user = "u", .password = "p:w" };
	trial *t = behind(&x, PROXY_HTTP, "u", "p:w");

	trial_begin(t);
	trial_run(t, 4 * RTT_MS); /* CONNECT, and again with credentials, for connect-udp */
	assert_int_equal(trial_count(t, "credentials Basic "), 1);
	t->ask_again = 1;
	trial_assert_carries(t, CARRIER_WEBSOCKET);
	assert_int_equal(trial_count(t, "credentials Basic "), 3);
	assert_int_equal(t->ask_again, 0);
	trial_free(t);
}

/* They are not asked for again. */
TEST(credentials_are_kept_for_the_next_connection)
{
	const host_script x = { .websocket = true, .user = "u", .password = "p:w" };
	trial *t = behind(&x, PROXY_HTTP, "u", "p:w");

	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	assert_int_equal(trial_count(t, "CONNECT"), 3);
	assert_int_equal(trial_count(t, "credentials Basic "), 2);
	trial_free(t);
}

TEST(wrong_credentials_and_missing_ones_are_different_errors)
{
	host_script x = { .connect_udp = true, .user = "u", .password = "other" };

	for (int digest = 0; digest < 2; digest++) {
		x.digest = digest;
		unsigned opened = check_down(&x, false, "u",
					     "proxy proxy2.test:3128: wrong user name or password",
					     CARRIER_CREDENTIALS);
		assert_int_equal(opened, 2); /* one retry */
		opened = check_down(&x, false, "",
				    "proxy proxy2.test:3128 asks for a user name and a password",
				    CARRIER_CREDENTIALS);
		assert_int_equal(opened, 1);
	}
	x = (host_script){ .refuse_connect = 501, .plain = true, .user = "u", .password = "other" };
	check_down(&x, false, "u", "proxy proxy2.test:3128: wrong user name or password",
		   CARRIER_CREDENTIALS);
}

/* The user may correct them while others are still tried. */
TEST(wrong_credentials_are_reported_while_other_attempts_go_on)
{
	trial *t = behind(&(host_script){ .user = "u", .password = "other" }, PROXY_HTTP, "u", "p");

	t->conf.direct = true;
	trial_begin(t);
	trial_run(t, 1000);
	assert_int_equal(t->failed, 1);
	assert_int_equal(t->last_failure.rank, CARRIER_CREDENTIALS);
	assert_false(t->down);
	assert_false(trial_run_until_settled(t)); /* the address is silent */
	assert_string_equal(t->why, "proxy proxy2.test:3128: wrong user name or password");
	trial_free(t);
}

TEST(wrong_credentials_explain_more_than_a_refused_connection)
{
	trial *t = behind(&(host_script){ .user = "u", .password = "other" }, PROXY_HTTP, "u", "p");

	t->hosts[1] = (host_script){ .refuses = "Connection refused" };
	t->conf.direct = true;
	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_int_equal(t->failed, 2);
	assert_string_equal(t->why, "proxy proxy2.test:3128: wrong user name or password");
	trial_free(t);
}

TEST(a_proxy_that_calls_every_nonce_stale_is_given_up)
{
	trial *t = behind(&(host_script){ .user = "u", .password = "p", .stale = 1 }, PROXY_HTTP,
			  "u", "p");

	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_int_equal(trial_count(t, "CONNECT"), 5);
	assert_int_equal(trial_count(t, "credentials Digest "), 4);
	trial_free(t);
}

TEST(plain_requests_through_a_proxy_have_credentials)
{
	const host_script x = {
		.refuse_connect = 501, .plain = true, .user = "u", .password = "p:w"
	};
	trial *t = behind(&x, PROXY_HTTP, "u", "p:w");

	trial_begin(t);
	trial_assert_carries(t, CARRIER_PLAIN);
	trial_free(t);
}

TEST(plain_requests_that_are_challenged_are_repeated_with_credentials)
{
	host_script x = { .refuse_connect = 405,
			  .challenge_plain = true,
			  .plain = true,
			  .user = "u",
			  .password = "p:w" };
	trial *t = behind(&x, PROXY_HTTP, "u", "p:w");

	trial_begin(t);
	trial_assert_carries(t, CARRIER_PLAIN);
	assert_int_equal(t->failed, 0);
	trial_free(t);
	x.password = "other";
	check_down(&x, false, "u", "proxy proxy2.test:3128: wrong user name or password",
		   CARRIER_CREDENTIALS);
}

/* A nonce may expire at any time. */
TEST(a_challenge_after_credentials_were_accepted_is_answered_again)
{
	const host_script x = { .refuse_connect = 405,
				.challenge_plain = true,
				.plain = true,
				.user = "u",
				.password = "p:w" };
	trial *t = behind(&x, PROXY_HTTP, "u", "p:w");

	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	trial_run(t, 100);
	for (unsigned i = 0; i < 8; i++) {
		t->ask_again = 1;
		trial_send(t, i, 1, 100);
		trial_run(t, 200);
		assert_int_equal(t->ask_again, 0);
		trial_send(t, i, 1, 100);
		trial_run(t, 200);
	}
	assert_false(t->down);
	assert_int_equal(t->heard, 8);
	trial_free(t);
}

/* An answer of any other kind is by somebody behind the proxy. */
TEST(credentials_are_accepted_by_any_answer_that_does_not_ask_for_them)
{
	const host_script x = { .refuse_connect = 405,
				.challenge_plain = true,
				.plain = true,
				.user = "u",
				.password = "p:w" };
	trial *t = behind(&x, PROXY_HTTP, "u", "p:w");

	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	trial_run(t, 100);
	t->ask_again = 1;
	trial_send(t, 0, 1, 100);
	trial_run(t, 200);
	t->hosts[2].post_status = 503;
	trial_send(t, 1, 1, 100);
	trial_run(t, 1000);
	t->hosts[2].post_status = 0;
	t->ask_again = 1;
	trial_send(t, 2, 1, 100);
	trial_run(t, 200);
	assert_int_equal(t->ask_again, 0);
	assert_false(t->down);
	trial_send(t, 3, 1, 100);
	trial_run(t, 200);
	assert_int_equal(t->last, 3);
	trial_free(t);
}

TEST(a_proxy_that_asks_for_credentials_gets_them_on_a_fresh_connection)
{
	trial *t = behind(&(host_script){ .connect_udp = true, .user = "u", .password = "p:w" },
			  PROXY_HTTP, "u", "p:w");

	trial_begin(t);
	trial_assert_carries(t, CARRIER_CONNECT_UDP);
	assert_int_equal(trial_count(t, "CONNECT"), 2);
	assert_int_equal(trial_count(t, "credentials Basic "), 1);
	assert_int_equal(t->opened, 2);
	trial_free(t);
}

RUN(T(digest_credentials_are_right_for_each_request),
    T(credentials_that_were_accepted_are_sent_again_when_asked_for),
    T(credentials_are_kept_for_the_next_connection),
    T(wrong_credentials_and_missing_ones_are_different_errors),
    T(wrong_credentials_are_reported_while_other_attempts_go_on),
    T(wrong_credentials_explain_more_than_a_refused_connection),
    T(a_proxy_that_calls_every_nonce_stale_is_given_up),
    T(plain_requests_through_a_proxy_have_credentials),
    T(plain_requests_that_are_challenged_are_repeated_with_credentials),
    T(a_challenge_after_credentials_were_accepted_is_answered_again),
    T(credentials_are_accepted_by_any_answer_that_does_not_ask_for_them),
    T(a_proxy_that_asks_for_credentials_gets_them_on_a_fresh_connection))
