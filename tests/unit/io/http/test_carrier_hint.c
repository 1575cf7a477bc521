/* SPDX-License-Identifier: MIT */
/* The way that got through last time comes first, and nothing is lost when it does not any more. */
#include "base/clock.h"
#include "carrier_kit.h"

/* Less than an upgrade without an answer is waited for. */
enum { AT_ONCE_MS = 3900 };

static void hint(scene *s, carrier_method m, const char *proxy)
{
	s->conf.hint = (carrier_hint){ .known = true, .method = m };
	snprintf(s->conf.hint.proxy, sizeof s->conf.hint.proxy, "%s", proxy);
}

static void assert_carries_at_once(scene *s, carrier_method m)
{
	uint64_t from = clock_mono_ms();

	open_it(s);
	assert_carries(s, m);
	assert_true(clock_mono_ms() - from < AT_ONCE_MS);
}

static void check(const server_script *script, carrier_method hinted, carrier_method m)
{
	scene s;

	set_up(&s, script);
	hint(&s, hinted, "");
	assert_carries_at_once(&s, m);
	tear_down(&s);
}

static const server_script swallows = { .swallow_upgrade = true,
					.swallow_websocket = true,
					.plain = true };

/* ---- methods ---- */

TEST(what_is_known_to_swallow_upgrades_is_not_waited_for)
{
	NEED_NETNS();
	check(&swallows, CARRIER_PLAIN, CARRIER_PLAIN);
	check(&(server_script){ .swallow_upgrade = true, .websocket = true }, CARRIER_WEBSOCKET,
	      CARRIER_WEBSOCKET);
}

TEST(a_better_method_that_works_again_is_taken)
{
	NEED_NETNS();
	check(&(server_script){ .connect_udp = true, .websocket = true, .plain = true },
	      CARRIER_PLAIN, CARRIER_CONNECT_UDP);
	check(&(server_script){ .connect_udp = true, .websocket = true, .plain = true },
	      CARRIER_WEBSOCKET, CARRIER_CONNECT_UDP);
}

TEST(a_method_that_is_refused_now_leaves_all_others)
{
	NEED_NETNS();
	check(&(server_script){ .websocket = true, .plain = true }, CARRIER_CONNECT_UDP,
	      CARRIER_WEBSOCKET);
	check(&(server_script){ .plain = true }, CARRIER_CONNECT_UDP, CARRIER_PLAIN);
	check(&(server_script){ .plain = true }, CARRIER_WEBSOCKET, CARRIER_PLAIN);
	check(&(server_script){ .websocket = true }, CARRIER_PLAIN, CARRIER_WEBSOCKET);
}

static unsigned count(const server *s, const char *text)
{
	unsigned n = 0;

	for (const char *at = s->log; (at = strstr(at, text)); at++)
		n++;
	return n;
}

TEST(only_the_method_that_was_hinted_is_asked_for_twice)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ 0 });
	hint(&s, CARRIER_WEBSOCKET, "");
	open_it(&s);
	assert_true(await(&s, is_down));
	assert_int_equal(count(&s.server, "/.well-known/"), 1);
	assert_int_equal(count(&s.server, "/homeward/home\n"), 2);
	assert_int_equal(count(&s.server, "/down\n"), 1);
	tear_down(&s);
}

TEST(with_a_hint_a_failure_is_told_as_without)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ 0 });
	hint(&s, CARRIER_PLAIN, "");
	check_why(&s, "404 Not Found: no multiplexer there, or it has no such target");
}

/* ---- ways ---- */

/* Straight to `other`, or by the proxy. */
static void two_ways(scene *s, const server_script *straight, const server_script *proxy)
{
	set_up(s, proxy);
	assert_true(server_open(&s->other, s->l, straight, 2, s->server.at.port));
	through(s, PROXY_HTTP, "", "");
	s->conf.direct = true;
	s->mux.addresses[0] = s->other.at;
}

static const server_script all_proxy = { .proxy = true, .connect_udp = true },
			   all_mux = { .connect_udp = true };

TEST(the_proxy_that_worked_comes_before_the_straight_way)
{
	scene s;

	NEED_NETNS();
	two_ways(&s, &all_mux, &all_proxy);
	hint(&s, CARRIER_CONNECT_UDP, "proxy.test:3128");
	assert_carries_at_once(&s, CARRIER_CONNECT_UDP);
	assert_string_equal(s.proxy, "proxy.test:3128");
	assert_int_equal(s.other.n_peers, 0);
	tear_down(&s);
}

TEST(without_a_hint_or_with_one_that_fits_nothing_the_straight_way_comes_first)
{
	static const char *const none[] = { "proxy.test:3128", "", "proxy.test:312",
					    "proxy.test:31280" };
	scene s;

	NEED_NETNS();
	for (size_t i = 0; i < COUNT(none); i++) {
		two_ways(&s, &all_mux, &all_proxy);
		hint(&s, CARRIER_CONNECT_UDP, none[i]);
		s.conf.hint.known = i > 0;
		assert_carries_at_once(&s, CARRIER_CONNECT_UDP);
		assert_string_equal(s.proxy, "");
		assert_int_equal(s.server.n_peers, 0);
		tear_down(&s);
	}
}

TEST(a_proxy_that_is_gone_leaves_the_straight_way)
{
	static const server_script gone[] = { { .silent = true },
					      { .proxy = true, .refuse = 403 } };
	scene s;

	NEED_NETNS();
	for (size_t i = 0; i < COUNT(gone); i++) {
		two_ways(&s, &all_mux, &gone[i]);
		hint(&s, CARRIER_PLAIN, "proxy.test:3128");
		assert_carries_at_once(&s, CARRIER_CONNECT_UDP);
		assert_string_equal(s.proxy, "");
		tear_down(&s);
	}
}

TEST(a_proxy_that_refuses_connect_gets_plain_requests_though_these_were_hinted)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .proxy = true, .refuse = 405, .plain = true });
	through(&s, PROXY_HTTP, "", "");
	hint(&s, CARRIER_PLAIN, "proxy.test:3128");
	assert_carries_at_once(&s, CARRIER_PLAIN);
	tear_down(&s);
}

/* The first time with a hint that holds no more; what the next visit is told is what this one did. */
TEST(a_second_visit_by_a_proxy_behind_which_upgrades_are_swallowed_is_up_at_once)
{
	static const server_script x = { .proxy = true, .swallow_upgrade = true, .plain = true },
				   silent = { .silent = true };
	scene s;
	char text[CARRIER_HINT];

	NEED_NETNS();
	two_ways(&s, &silent, &x);
	hint(&s, CARRIER_CONNECT_UDP, "proxy.test:3128");
	uint64_t from = clock_mono_ms();
	open_it(&s);
	assert_carries(&s, CARRIER_PLAIN);
	assert_true(clock_mono_ms() - from > AT_ONCE_MS);
	carrier_hint_put(s.info.method, s.proxy, text);
	tear_down(&s);
	two_ways(&s, &silent, &x);
	s.conf.hint = carrier_hint_get(text);
	assert_carries_at_once(&s, CARRIER_PLAIN);
	assert_string_equal(s.proxy, "proxy.test:3128");
	tear_down(&s);
}

TEST(many_addresses_and_a_hint_leave_room_for_every_proxy)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .proxy = true, .connect_udp = true });
	through(&s, PROXY_HTTP, "", "");
	for (s.conf.n_proxies = 1; s.conf.n_proxies < CARRIER_PROXIES; s.conf.n_proxies++)
		s.conf.proxies[s.conf.n_proxies] = s.conf.proxies[0];
	for (unsigned i = 0; i + 1 < CARRIER_PROXIES; i++)
		s.conf.proxies[i].at.addr = ip4(127, 0, 0, 9); /* nobody there */
	for (unsigned i = 0; i < CARRIER_ADDRESSES; i++)
		s.mux.addresses[i] = (endpoint){ .addr = ip4(127, 0, 0, 9) };
	s.mux.n_addresses = CARRIER_ADDRESSES;
	s.conf.direct = true;
	hint(&s, CARRIER_PLAIN, "");
	open_it(&s);
	assert_carries(&s, CARRIER_CONNECT_UDP);
	assert_string_equal(s.proxy, "proxy.test:3128");
	tear_down(&s);
}

RUN(T(what_is_known_to_swallow_upgrades_is_not_waited_for),
    T(a_better_method_that_works_again_is_taken), T(a_method_that_is_refused_now_leaves_all_others),
    T(only_the_method_that_was_hinted_is_asked_for_twice),
    T(with_a_hint_a_failure_is_told_as_without),
    T(the_proxy_that_worked_comes_before_the_straight_way),
    T(without_a_hint_or_with_one_that_fits_nothing_the_straight_way_comes_first),
    T(a_proxy_that_is_gone_leaves_the_straight_way),
    T(a_proxy_that_refuses_connect_gets_plain_requests_though_these_were_hinted),
    T(a_second_visit_by_a_proxy_behind_which_upgrades_are_swallowed_is_up_at_once),
    T(many_addresses_and_a_hint_leave_room_for_every_proxy))
