/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "carrier_kit.h"
#include <dirent.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- several ways ---- */

TEST(address_that_is_silent_holds_nobody_up)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .silent = true });
	assert_true(server_open(&s.other, s.l, &(server_script){ .connect_udp = true }, 2,
				s.server.at.port));
	s.mux.addresses[s.mux.n_addresses++] = s.other.at;
	uint64_t from = clock_mono_ms();
	open_it(&s);
	assert_carries(&s, CARRIER_CONNECT_UDP);
	assert_true(ip_equal(&s.info.remote.addr, &s.other.at.addr));
	assert_true(clock_mono_ms() - from < 15000); /* of the dial */
	tear_down(&s);
}

TEST(the_most_telling_reason_of_all_ways_is_told)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .proxy = true, .user = "u", .password = "secret" });
	through(&s, PROXY_HTTP, "u", "wrong");
	s.conf.direct = true;
	s.mux.addresses[0].addr = ip4(127, 0, 0, 9); /* nobody there */
	check_why(&s, "proxy proxy.test:3128: wrong user name or password");
}

TEST(an_uplink_without_an_address_of_that_family_is_an_error)
{
	scene s;
	err e;

	NEED_NETNS();
	set_up(&s, &(server_script){ 0 });
	s.conf.up.local.addr = (ip_addr){ .len = 16 };
	const carrier_events ev = { .ctx = &s };
	assert_null(carrier_open(s.l, &s.conf, NULL, &ev, &e));
	assert_non_null(strstr(e.text, "mux.test"));
	tear_down(&s);
}

/* ---- HTTP proxies ---- */

static void check_proxy(const server_script *script, const char *user, const char *password,
			carrier_method m)
{
	scene s;

	set_up(&s, script);
	through(&s, PROXY_HTTP, user, password);
	open_it(&s);
	assert_carries(&s, m);
	assert_string_equal(s.proxy, "proxy.test:3128");
	assert_true(server_saw(&s.server, "CONNECT mux.test:"));
	tear_down(&s);
}

TEST(proxy_connects_by_name)
{
	NEED_NETNS();
	check_proxy(&(server_script){ .proxy = true, .connect_udp = true }, "", "",
		    CARRIER_CONNECT_UDP);
}

TEST(proxy_gets_the_credentials_it_asks_for)
{
	server_script x = { .proxy = true, .websocket = true, .user = "u", .password = "p:w" };

	NEED_NETNS();
	check_proxy(&x, "u", "p:w", CARRIER_WEBSOCKET);
	x.digest = true;
	check_proxy(&x, "u", "p:w", CARRIER_WEBSOCKET);
}

TEST(wrong_credentials_are_said_in_one_phrase)
{
	server_script x = { .proxy = true, .connect_udp = true, .user = "u", .password = "p" };
	scene s;

	NEED_NETNS();
	for (int digest = 0; digest < 2; digest++) {
		x.digest = digest;
		set_up(&s, &x);
		through(&s, PROXY_HTTP, "u", "q");
		check_why(&s, "proxy proxy.test:3128: wrong user name or password");
		assert_int_equal(s.server.n_peers, 2); /* retried once */
		set_up(&s, &x);
		through(&s, PROXY_HTTP, "", "");
		check_why(&s, "proxy proxy.test:3128 asks for a user name and a password");
	}
}

TEST(proxy_that_refuses_connect_is_told)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .proxy = true, .refuse = 403 });
	through(&s, PROXY_HTTP, "", "");
	s.mux.https = true;
	check_why(&s, "proxy proxy.test:3128 refuses CONNECT (403)");
}

TEST(proxy_that_refuses_connect_is_sent_plain_requests)
{
	NEED_NETNS();
	check_proxy(&(server_script){ .proxy = true, .refuse = 405, .plain = true }, "", "",
		    CARRIER_PLAIN);
}

TEST(plain_requests_through_a_proxy_carry_credentials)
{
	server_script x = {
		.proxy = true, .refuse = 501, .plain = true, .user = "u", .password = "p"
	};
	scene s;

	NEED_NETNS();
	for (int digest = 0; digest < 2; digest++) {
		x.digest = digest;
		check_proxy(&x, "u", "p", CARRIER_PLAIN);
	}
	set_up(&s, &x);
	through(&s, PROXY_HTTP, "u", "q");
	check_why(&s, "proxy proxy.test:3128: wrong user name or password");
}

/* ---- SOCKS ---- */

static void check_socks(const server_script *script, proxy_kind kind, const char *user,
			const char *saw)
{
	scene s;
	char line[64];

	set_up(&s, script);
	through(&s, kind, user, "p w");
	open_it(&s);
	assert_carries(&s, CARRIER_CONNECT_UDP);
	snprintf(line, sizeof line, saw, s.mux.port);
	assert_true(server_saw(&s.server, line));
	tear_down(&s);
}

TEST(socks_5_gets_the_name)
{
	NEED_NETNS();
	check_socks(&(server_script){ .socks = 5, .connect_udp = true }, PROXY_SOCKS5, "",
		    "SOCKS5 mux.test:%u\n");
}

TEST(socks_5_gets_user_name_and_password)
{
	NEED_NETNS();
	check_socks(
		&(server_script){ .socks = 5, .connect_udp = true, .user = "u", .password = "p w" },
		PROXY_SOCKS5, "u", "SOCKS5 mux.test:%u\n");
}

TEST(socks_4_gets_an_address)
{
	NEED_NETNS();
	check_socks(&(server_script){ .socks = 4, .connect_udp = true }, PROXY_SOCKS4, "u",
		    "SOCKS4 198.51.100.7:%u \n");
}

static void check_socks_why(const server_script *script, proxy_kind kind, const char *user,
			    const char *why)
{
	scene s;

	set_up(&s, script);
	through(&s, kind, user, "wrong");
	check_why(&s, why);
}

TEST(socks_refusals_are_told)
{
	server_script x = { .socks = 5, .user = "u", .password = "p" };

	NEED_NETNS();
	check_socks_why(&x, PROXY_SOCKS5, "u",
			"proxy proxy.test:3128: wrong user name or password");
	check_socks_why(&x, PROXY_SOCKS5, "",
			"proxy proxy.test:3128 asks for a user name and a password");
	x = (server_script){ .socks = 5, .socks_reply = 2 };
	check_socks_why(&x, PROXY_SOCKS5, "", "proxy proxy.test:3128 refuses the connection");
	x.socks_reply = 4;
	check_socks_why(&x, PROXY_SOCKS5, "", "proxy proxy.test:3128: can't reach the multiplexer");
	x.socks = 4;
	check_socks_why(&x, PROXY_SOCKS4, "", "proxy proxy.test:3128 refuses the connection");
}

TEST(socks_that_is_silent_can_be_left_at_any_time)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .silent = true });
	assert_true(server_open(&s.other, s.l, &(server_script){ .connect_udp = true }, 2,
				s.server.at.port));
	through(&s, PROXY_SOCKS5, "", "");
	s.conf.proxies[1] = s.conf.proxies[0];
	s.conf.proxies[1].kind = PROXY_HTTP;
	s.conf.proxies[1].at = s.other.at;
	s.conf.n_proxies = 2;
	open_it(&s);
	assert_carries(&s, CARRIER_CONNECT_UDP);
	tear_down(&s);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

/* "Name: value" of /proc/PID/status. */
static bool status_line(const char *pid, const char *name, char out[64])
{
	char path[300], line[256];
	bool found = false;

	snprintf(path, sizeof path, "/proc/%s/status", pid);
	FILE *f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof line, f))
		found = strncmp(line, name, strlen(name)) == 0 &&
			sscanf(line + strlen(name), ": %63s", out) == 1;
	if (f)
		fclose(f);
	return found;
}

static bool our_child(char pid[32])
{
	char parent[64];
	const struct dirent *x;
	bool found = false;
	DIR *d = opendir("/proc");

	while (!found && (x = readdir(d))) {
		snprintf(pid, 32, "%.31s", x->d_name);
		found = status_line(pid, "PPid", parent) && atoi(parent) == getpid();
	}
	closedir(d);
	return found;
}

static bool is_asked(scene *s)
{
	return s->server.n_peers > 0;
}

TEST(who_reads_what_a_socks_gate_says_has_no_powers)
{
	char pid[32], caps[64];
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .silent = true });
	through(&s, PROXY_SOCKS5, "", "");
	open_it(&s);
	assert_true(await(&s, is_asked));
	assert_true(our_child(pid));
	assert_true(status_line(pid, "CapPrm", caps));
	assert_string_equal(caps, "0000000000000000");
	assert_true(status_line(pid, "NoNewPrivs", caps));
	assert_string_equal(caps, "1");
	tear_down(&s);
}

RUN(T(address_that_is_silent_holds_nobody_up), T(the_most_telling_reason_of_all_ways_is_told),
    T(an_uplink_without_an_address_of_that_family_is_an_error), T(proxy_connects_by_name),
    T(proxy_gets_the_credentials_it_asks_for), T(wrong_credentials_are_said_in_one_phrase),
    T(proxy_that_refuses_connect_is_told), T(proxy_that_refuses_connect_is_sent_plain_requests),
    T(plain_requests_through_a_proxy_carry_credentials), T(socks_5_gets_the_name),
    T(socks_5_gets_user_name_and_password), T(socks_4_gets_an_address), T(socks_refusals_are_told),
    T(socks_that_is_silent_can_be_left_at_any_time),
    T(who_reads_what_a_socks_gate_says_has_no_powers))
