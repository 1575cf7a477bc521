/* SPDX-License-Identifier: MIT */
/* sim_carrier_proxy.c - proxies that connect, refuse CONNECT, swallow upgrades, keep bodies back; SOCKS. */
#include "carrier_trial.h"
#include <stdio.h>

enum { RTT_MS = 2 * TRIAL_LATENCY_MS, ANSWER_MS = 4000 };

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

/* ---- CONNECT ---- */

TEST(the_proxy_connects_by_name)
{
	check_carries(&(host_script){ .connect_udp = true }, "", CARRIER_CONNECT_UDP);
}

TEST(tls_begins_when_the_proxy_has_connected)
{
	trial *t = behind(&(host_script){ .connect_udp = true }, PROXY_HTTP, "", "");

	t->mux.https = true;
	t->mux.port = 443;
	trial_begin(t);
	trial_run(t, 2 * RTT_MS - 1);
	assert_true(trial_saw(t, "CONNECT mux.test:443\n"));
	assert_false(t->connections[0].tls);
	trial_run(t, 1);
	assert_true(t->connections[0].tls);
	trial_assert_carries(t, CARRIER_CONNECT_UDP);
	trial_free(t);
}

/* A misbehaving shell or peer: they belong to nobody. */
TEST(octets_before_the_connection_or_tls_is_open_count_for_nothing)
{
	trial *t = behind(&(host_script){ .connect_udp = true }, PROXY_HTTP, "", "");
	uint8_t octets[] = "HTTP/1.1 200 x\r\n\r\n";

	t->mux.https = true;
	trial_begin(t);
	trial_run(t, RTT_MS / 2);
	carrier_core_octets(t->core, t->now_ms, 0, octets, sizeof octets - 1);
	trial_run(t, 2 * RTT_MS);
	assert_true(t->connections[0].opening);
	carrier_core_octets(t->core, t->now_ms, 0, octets, sizeof octets - 1);
	trial_assert_carries(t, CARRIER_CONNECT_UDP);
	trial_free(t);
}

TEST(tls_that_fails_behind_a_proxy_is_reported_with_both)
{
	check_down(&(host_script){ .tls_fails = "the certificate has expired" }, true, "",
		   "mux.test:443 by proxy proxy2.test:3128: the certificate has expired",
		   CARRIER_ANSWERED);
	check_down(&(host_script){ .tls_unbegun = "no memory" }, true, "",
		   "mux.test:443 by proxy proxy2.test:3128: no memory", CARRIER_UNREACHABLE);
}

TEST(a_refusal_of_connect_is_reported_where_only_a_tunnel_would_do)
{
	check_down(&(host_script){ .refuse_connect = 403, .plain = true }, true, "",
		   "proxy proxy2.test:3128 refuses CONNECT (403)", CARRIER_REFUSED);
}

/* Requests in absolute-form, which it does not pass on either, explain less. */
TEST(a_proxy_that_passes_nothing_is_reported_with_its_refusal_of_connect)
{
	check_down(&(host_script){ .refuse_connect = 405 }, false, "",
		   "proxy proxy2.test:3128 refuses CONNECT (405)", CARRIER_REFUSED);
}

TEST(any_2xx_answer_to_connect_will_do)
{
	check_carries(&(host_script){ .connect_udp = true, .connect_status = 299 }, "",
		      CARRIER_CONNECT_UDP);
	check_down(&(host_script){ .connect_udp = true, .connect_status = 300 }, true, "",
		   "proxy proxy2.test:3128 refuses CONNECT (300)", CARRIER_REFUSED);
}

/* RFC 9110 15.2 */
TEST(an_interim_answer_to_connect_is_passed_over)
{
	check_carries(&(host_script){ .connect_udp = true, .continues = true }, "",
		      CARRIER_CONNECT_UDP);
}

TEST(tinyproxys_401_is_about_the_credentials_that_were_sent)
{
	const host_script refuses = { .refuse_connect = 401 };
	const host_script asks = { .user = "u", .password = "other", .wrong = 401 };

	check_down(&refuses, true, "u", "proxy proxy2.test:3128 refuses CONNECT (401)",
		   CARRIER_REFUSED);
	check_down(&asks, true, "u", "proxy proxy2.test:3128: wrong user name or password",
		   CARRIER_CREDENTIALS);
}

TEST(nothing_may_follow_the_answer_to_connect)
{
	check_down(&(host_script){ .connect_udp = true, .after_connect = "x" }, false, "",
		   "proxy proxy2.test:3128: sends more than the answer to CONNECT",
		   CARRIER_UNREACHABLE);
}

TEST(a_proxy_that_speaks_no_http_or_closes_is_unreachable)
{
	check_down(&(host_script){ .raw = "SSH-2.0\r\n\r\n" }, false, "",
		   "proxy proxy2.test:3128 does not answer in HTTP", CARRIER_UNREACHABLE);
	check_down(&(host_script){ .refuses = "Connection refused" }, false, "",
		   "proxy proxy2.test:3128: Connection refused", CARRIER_UNREACHABLE);
	check_down(&(host_script){ .silent = true }, false, "", "proxy proxy2.test:3128: no answer",
		   CARRIER_SILENT);
}

TEST(an_upgrade_swallowed_behind_a_proxy_costs_four_seconds)
{
	trial *t = behind(&(host_script){ .swallow_connect_udp = true, .websocket = true },
			  PROXY_HTTP, "", "");

	trial_begin(t);
	trial_assert_carries(t, CARRIER_WEBSOCKET);
	assert_int_equal(t->up_ms - 1000000, 2 * RTT_MS + ANSWER_MS + 3 * RTT_MS);
	trial_free(t);
}

/* ---- plain requests in absolute-form ---- */

TEST(a_proxy_that_refuses_connect_is_sent_plain_requests)
{
	trial *t =
		behind(&(host_script){ .refuse_connect = 405, .plain = true }, PROXY_HTTP, "", "");

	trial_begin(t);
	trial_assert_carries(t, CARRIER_PLAIN);
	assert_int_equal(trial_count(t, "CONNECT"), 1);
	assert_true(trial_saw(t, "GET http://mux.test/homeward/home/"));
	assert_true(trial_saw(t, "POST http://mux.test/homeward/home/"));
	trial_free(t);
}

TEST(a_proxy_that_is_gone_when_plain_requests_begin_is_reported)
{
	trial *t =
		behind(&(host_script){ .refuse_connect = 405, .plain = true }, PROXY_HTTP, "", "");

	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	t->hosts[2].refuses = "Connection refused";
	trial_hang_up(t);
	assert_false(t->down);
	trial_run(t, 60000);
	assert_true(t->down);
	assert_string_equal(t->why, "proxy proxy2.test:3128: Connection refused");
	trial_free(t);
}

/* Not why CONNECT failed, long before. */
TEST(a_tunnel_that_is_lost_is_reported_with_the_reason_for_that)
{
	trial *t =
		behind(&(host_script){ .refuse_connect = 405, .plain = true }, PROXY_HTTP, "", "");

	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	t->hosts[2].post_status = 500;
	for (unsigned i = 0; i < 30 && !t->down; i++) {
		trial_send(t, i, 1, 100);
		trial_run(t, 1000);
	}
	assert_true(t->down);
	assert_string_equal(t->why, "the multiplexer's answer is 500 x");
	trial_free(t);
}

/* ---- answers and bodies that are kept back ---- */

TEST(answers_that_are_kept_back_are_asked_to_end_soon)
{
	trial *t = behind(&(host_script){ .plain = true, .whole = true }, PROXY_HTTP, "", "");

	trial_hint(t, CARRIER_PLAIN, "proxy2.test:3128");
	trial_begin(t);
	trial_assert_carries(t, CARRIER_PLAIN);
	assert_true(trial_saw(t, "/down?wait=30\n"));
	trial_free(t);
}

/* ---- SOCKS ---- */

TEST(a_socks_server_is_the_shells_to_ask)
{
	trial *t = behind(&(host_script){ .connect_udp = true }, PROXY_SOCKS5, "u", "p");

	t->mux.https = true;
	trial_begin(t);
	trial_assert_carries(t, CARRIER_CONNECT_UDP);
	assert_string_equal(t->connections[0].socks->name, "proxy2.test:3128");
	assert_true(t->connections[0].tls);
	assert_false(trial_saw(t, "CONNECT"));
	trial_free(t);
}

TEST(what_a_socks_server_refuses_is_reported)
{
	trial *t = behind(&(host_script){ .absent = true }, PROXY_SOCKS5, "", "");

	trial_begin(t);
	trial_run(t, 10);
	carrier_core_refused(t->core, t->now_ms, 0, CARRIER_CREDENTIALS, "proxy asks");
	assert_true(t->down);
	assert_string_equal(t->why, "proxy asks");
	assert_int_equal(t->last_failure.rank, CARRIER_CREDENTIALS);
	trial_free(t);
}

TEST(a_socks_server_that_refuses_plain_requests_ends_their_attempt)
{
	trial *t = behind(&(host_script){ .absent = true }, PROXY_SOCKS5, "", "");

	trial_hint(t, CARRIER_PLAIN, "proxy2.test:3128");
	trial_begin(t);
	trial_run(t, 300);
	assert_int_equal(t->opened, 3);
	carrier_core_refused(t->core, t->now_ms, 2, CARRIER_REFUSED, "proxy refuses");
	assert_int_equal(t->failed, 0); /* POSTs are tried again */
	trial_run(t, 249);
	assert_int_equal(t->opened, 3);
	trial_run(t, 1);
	assert_int_equal(t->opened, 4);
	carrier_core_refused(t->core, t->now_ms, 3, CARRIER_REFUSED, "proxy refuses");
	assert_int_equal(t->failed, 1);
	assert_string_equal(t->last_failure.text, "proxy refuses");
	assert_int_equal(trial_open_connections(t), 1);
	trial_free(t);
}

TEST(a_socks_server_that_cannot_be_asked_is_reported_in_the_shells_words)
{
	trial *t = behind(&(host_script){ .unopened = "proxy p: no IPv6" }, PROXY_SOCKS5, "", "");

	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_string_equal(t->why, "proxy p: no IPv6");
	trial_free(t);
}

RUN(T(the_proxy_connects_by_name), T(tls_begins_when_the_proxy_has_connected),
    T(octets_before_the_connection_or_tls_is_open_count_for_nothing),
    T(tls_that_fails_behind_a_proxy_is_reported_with_both),
    T(a_proxy_that_passes_nothing_is_reported_with_its_refusal_of_connect),
    T(any_2xx_answer_to_connect_will_do), T(an_interim_answer_to_connect_is_passed_over),
    T(a_proxy_that_is_gone_when_plain_requests_begin_is_reported),
    T(a_refusal_of_connect_is_reported_where_only_a_tunnel_would_do),
    T(tinyproxys_401_is_about_the_credentials_that_were_sent),
    T(nothing_may_follow_the_answer_to_connect),
    T(a_proxy_that_speaks_no_http_or_closes_is_unreachable),
    T(an_upgrade_swallowed_behind_a_proxy_costs_four_seconds),
    T(a_proxy_that_refuses_connect_is_sent_plain_requests),
    T(a_tunnel_that_is_lost_is_reported_with_the_reason_for_that),
    T(answers_that_are_kept_back_are_asked_to_end_soon), T(a_socks_server_is_the_shells_to_ask),
    T(what_a_socks_server_refuses_is_reported),
    T(a_socks_server_that_refuses_plain_requests_ends_their_attempt),
    T(a_socks_server_that_cannot_be_asked_is_reported_in_the_shells_words))
