/* SPDX-License-Identifier: MIT */
/* sim_carrier_hint.c - what succeeded last time is tried first, and costs nothing where it no longer succeeds. */
#include "carrier_trial.h"

enum { RTT_MS = 2 * TRIAL_LATENCY_MS, STAGGER_MS = 250, ANSWER_MS = 4000 };

static const host_script all = { .connect_udp = true, .websocket = true, .plain = true };
static const host_script proxy = { .proxy = true, .connect_udp = true };

/* ---- methods ---- */

static void check(const host_script *mux, carrier_method hinted, carrier_method m,
		  uint64_t after_ms)
{
	trial *t = trial_new(mux);

	trial_hint(t, hinted, "");
	trial_begin(t);
	trial_assert_carries(t, m);
	assert_int_equal(t->up_ms - 1000000, after_ms);
	trial_free(t);
}

/* Beside the attempt that begins with the best method; behind it by the stagger. */
TEST(a_hinted_method_has_an_attempt_of_its_own)
{
	trial *t = trial_new(&(host_script){ .swallow_upgrades = true, .plain = true });

	trial_hint(t, CARRIER_PLAIN, "");
	trial_begin(t);
	trial_assert_carries(t, CARRIER_PLAIN);
	assert_int_equal(t->up_ms - 1000000, STAGGER_MS + 2 * RTT_MS);
	assert_int_equal(trial_count(t, "/down"), 1);
	trial_free(t);
	check(&(host_script){ .swallow_connect_udp = true, .websocket = true }, CARRIER_WEBSOCKET,
	      CARRIER_WEBSOCKET, STAGGER_MS + 2 * RTT_MS);
}

TEST(a_hinted_method_that_is_swallowed_is_given_up_by_itself)
{
	trial *t = trial_new(&(host_script){ .swallow_upgrades = true, .plain = true });

	trial_hint(t, CARRIER_WEBSOCKET, "");
	trial_begin(t);
	trial_run(t, STAGGER_MS + RTT_MS + ANSWER_MS - 1);
	assert_int_equal(t->failed, 0);
	trial_run(t, 1);
	assert_int_equal(t->failed, 1);
	assert_string_equal(t->last_failure.text, "websocket is not answered");
	assert_int_equal(t->last_failure.rank, CARRIER_SILENT);
	trial_assert_carries(t, CARRIER_PLAIN);
	trial_free(t);
}

TEST(the_attempt_of_a_hinted_method_tries_no_other)
{
	trial *t = trial_new(&(host_script){ 0 });

	trial_hint(t, CARRIER_WEBSOCKET, "");
	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_int_equal(trial_count(t, "/.well-known/"), 1);
	assert_int_equal(trial_count(t, "/homeward/home\n"), 2);
	assert_int_equal(trial_count(t, "/down\n"), 1);
	trial_free(t);
}

TEST(a_better_method_that_succeeds_again_is_used)
{
	check(&all, CARRIER_PLAIN, CARRIER_CONNECT_UDP, 2 * RTT_MS);
	check(&all, CARRIER_WEBSOCKET, CARRIER_CONNECT_UDP, 2 * RTT_MS);
}

TEST(a_hinted_method_that_is_refused_now_leaves_all_others)
{
	const host_script upgrades = { .websocket = true, .plain = true };
	const host_script plain = { .plain = true }, websocket = { .websocket = true };

	check(&upgrades, CARRIER_CONNECT_UDP, CARRIER_WEBSOCKET, 4 * RTT_MS);
	check(&plain, CARRIER_CONNECT_UDP, CARRIER_PLAIN, 6 * RTT_MS);
	check(&plain, CARRIER_WEBSOCKET, CARRIER_PLAIN, 6 * RTT_MS);
	check(&websocket, CARRIER_PLAIN, CARRIER_WEBSOCKET, 4 * RTT_MS);
}

TEST(with_a_hint_a_failure_is_reported_as_without)
{
	trial *t = trial_new(&(host_script){ 0 });

	trial_hint(t, CARRIER_PLAIN, "");
	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_string_equal(t->why,
			    "404 Not Found: no multiplexer there, or it has no such target");
	trial_free(t);
}

/* ---- proxies ---- */

/* Directly, as the first says, or by the proxy. */
static trial *direct_or_by_proxy(const host_script *direct, const host_script *by_proxy)
{
	trial *t = trial_new(direct);

	trial_add_proxy(t, 2, PROXY_HTTP, by_proxy);
	return t;
}

TEST(the_proxy_that_succeeded_comes_before_the_direct_attempt)
{
	trial *t = direct_or_by_proxy(&all, &proxy);

	trial_hint(t, CARRIER_CONNECT_UDP, "proxy2.test:3128");
	trial_begin(t);
	trial_assert_carries(t, CARRIER_CONNECT_UDP);
	assert_string_equal(t->proxy, "proxy2.test:3128");
	assert_int_equal(t->up_ms - 1000000, 3 * RTT_MS);
	assert_int_equal(t->opened, 1);
	trial_free(t);
}

TEST(without_a_hint_or_with_one_that_matches_nothing_the_direct_attempt_comes_first)
{
	static const char *const none[] = { "proxy2.test:3128", "", "proxy2.test:312",
					    "proxy2.test:31280" };

	for (size_t i = 0; i < COUNT(none); i++) {
		trial *t = direct_or_by_proxy(&all, &proxy);
		trial_hint(t, CARRIER_CONNECT_UDP, none[i]);
		t->conf.hint.known = i > 0;
		trial_begin(t);
		trial_assert_carries(t, CARRIER_CONNECT_UDP);
		assert_string_equal(t->proxy, "");
		assert_int_equal(t->up_ms - 1000000, 2 * RTT_MS);
		assert_int_equal(t->opened, 1);
		trial_free(t);
	}
}

/* Behind its two attempts, by all methods and by the hinted one; the second begins early where the first fails. */
static void check_gone(const host_script *gone, uint64_t after_ms)
{
	trial *t = direct_or_by_proxy(&all, gone);

	trial_hint(t, CARRIER_PLAIN, "proxy2.test:3128");
	trial_begin(t);
	trial_assert_carries(t, CARRIER_CONNECT_UDP);
	assert_string_equal(t->proxy, "");
	assert_int_equal(t->up_ms - 1000000, after_ms);
	trial_free(t);
}

TEST(a_hinted_proxy_that_is_gone_leaves_the_direct_attempt)
{
	check_gone(&(host_script){ .silent = true }, 2 * STAGGER_MS + 2 * RTT_MS);
	check_gone(&(host_script){ .refuses = "Connection refused" }, 2 * RTT_MS + 2 * RTT_MS);
	/* CONNECT, then plain requests, each on a fresh connection; and CONNECT once more. */
	check_gone(&(host_script){ .proxy = true, .refuse_connect = 403 },
		   2 * RTT_MS + 2 * RTT_MS + 2 * RTT_MS + 2 * RTT_MS);
}

TEST(a_proxy_that_refuses_connect_gets_plain_requests_though_these_were_hinted)
{
	trial *t = direct_or_by_proxy(
		&(host_script){ .absent = true },
		&(host_script){ .proxy = true, .refuse_connect = 405, .plain = true });

	t->conf.direct = false;
	trial_hint(t, CARRIER_PLAIN, "proxy2.test:3128");
	trial_begin(t);
	trial_assert_carries(t, CARRIER_PLAIN);
	assert_int_equal(t->up_ms - 1000000, 2 * RTT_MS + 2 * RTT_MS);
	trial_free(t);
}

/* The first visit has a hint that does not hold any more; the second has the one that the first leaves. */
TEST(a_second_visit_by_a_proxy_that_swallows_upgrades_is_up_at_once)
{
	static const host_script silent = { .silent = true }, swallows = { .proxy = true,
									   .swallow_upgrades = true,
									   .plain = true };
	trial *t = direct_or_by_proxy(&silent, &swallows);
	char text[CARRIER_HINT];

	trial_hint(t, CARRIER_CONNECT_UDP, "proxy2.test:3128");
	trial_begin(t);
	trial_assert_carries(t, CARRIER_PLAIN);
	assert_int_equal(t->up_ms - 1000000, 2 * (2 * RTT_MS + ANSWER_MS) + 3 * RTT_MS);
	carrier_hint_put(t->method, t->proxy, text);
	trial_free(t);
	t = direct_or_by_proxy(&silent, &swallows);
	t->conf.hint = carrier_hint_get(text);
	trial_begin(t);
	trial_assert_carries(t, CARRIER_PLAIN);
	assert_int_equal(t->up_ms - 1000000, STAGGER_MS + 3 * RTT_MS);
	assert_string_equal(t->proxy, "proxy2.test:3128");
	trial_free(t);
}

TEST(many_addresses_and_a_hint_leave_room_for_every_proxy)
{
	const host_script refuses = { .refuses = "Connection refused" };
	trial *t = trial_new(&refuses);

	for (unsigned i = 1; i < CARRIER_ADDRESSES; i++)
		trial_add_address(t, 1, &refuses);
	for (unsigned i = 1; i < CARRIER_PROXIES; i++)
		trial_add_proxy(t, 2, PROXY_HTTP, &refuses);
	trial_add_proxy(t, 3, PROXY_HTTP, &proxy);
	trial_hint(t, CARRIER_PLAIN, "");
	trial_begin(t);
	trial_assert_carries(t, CARRIER_CONNECT_UDP);
	assert_string_equal(t->proxy, "proxy3.test:3128");
	assert_int_equal(t->failed, 2 * CARRIER_ADDRESSES + CARRIER_PROXIES - 1);
	trial_free(t);
}

RUN(T(a_hinted_method_has_an_attempt_of_its_own),
    T(a_hinted_method_that_is_swallowed_is_given_up_by_itself),
    T(the_attempt_of_a_hinted_method_tries_no_other),
    T(a_better_method_that_succeeds_again_is_used),
    T(a_hinted_method_that_is_refused_now_leaves_all_others),
    T(with_a_hint_a_failure_is_reported_as_without),
    T(the_proxy_that_succeeded_comes_before_the_direct_attempt),
    T(without_a_hint_or_with_one_that_matches_nothing_the_direct_attempt_comes_first),
    T(a_hinted_proxy_that_is_gone_leaves_the_direct_attempt),
    T(a_proxy_that_refuses_connect_gets_plain_requests_though_these_were_hinted),
    T(a_second_visit_by_a_proxy_that_swallows_upgrades_is_up_at_once),
    T(many_addresses_and_a_hint_leave_room_for_every_proxy))
