/* SPDX-License-Identifier: MIT */
/* Proxies on real sockets, above all SOCKS, which libsocksd speaks in a process of its own. What the core decides
 * about proxies, and when, is in tests/sim/sim_carrier_proxy.c and sim_carrier_hint.c. */
#include "carrier_kit.h"
#include <dirent.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(http_proxy_connects_by_name)
{
	scene s;

	NEED_NETNS();
	set_up(&s, &(server_script){ .proxy = true, .connect_udp = true });
	through(&s, PROXY_HTTP, "", "");
	open_it(&s);
	assert_carries(&s, CARRIER_CONNECT_UDP);
	assert_string_equal(s.proxy, "proxy.test:3128");
	assert_true(server_saw(&s.server, "CONNECT mux.test:"));
	tear_down(&s);
}

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

TEST(socks_refusals_are_reported)
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

TEST(the_process_that_reads_a_socks_servers_answers_has_no_capabilities)
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

RUN(T(http_proxy_connects_by_name), T(socks_5_gets_the_name),
    T(socks_5_gets_user_name_and_password), T(socks_4_gets_an_address),
    T(socks_refusals_are_reported), T(socks_that_is_silent_can_be_left_at_any_time),
    T(the_process_that_reads_a_socks_servers_answers_has_no_capabilities))
