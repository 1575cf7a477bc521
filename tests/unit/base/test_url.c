/* SPDX-License-Identifier: MIT */
#include "base/url.h"
#include "unit.h"
#include <stdio.h>

static url parsed(const char *text)
{
	url u;
	err e = { 0 };

	if (!url_parse(text, &u, &e))
		fail_msg("%s: %s", text, e.text);
	return u;
}

static void refused(const char *text, const char *because)
{
	static const url nothing;
	url u;
	err e = { 0 };

	if (url_parse(text, &u, &e))
		fail_msg("%s was taken", text);
	if (!strstr(e.text, because))
		fail_msg("%s: %s", text, e.text);
	assert_memory_equal(&u, &nothing, sizeof u);
}

TEST(parts_are_separated)
{
	url u = parsed("http://alice:secret@proxy.example.net:3128/a/b");

	assert_string_equal(u.scheme, "http");
	assert_string_equal(u.user, "alice");
	assert_string_equal(u.password, "secret");
	assert_string_equal(u.host, "proxy.example.net");
	assert_int_equal(u.port, 3128);
	assert_string_equal(u.path, "/a/b");
}

TEST(what_is_not_given_is_empty)
{
	url u = parsed("https://203.0.113.10");

	assert_string_equal(u.user, "");
	assert_string_equal(u.password, "");
	assert_string_equal(u.host, "203.0.113.10");
	assert_int_equal(u.port, 0);
	assert_string_equal(u.path, "");
	assert_int_equal(parsed("http://h:").port, 0);
	assert_string_equal(parsed("http://h/").path, "/");
}

TEST(scheme_and_host_become_lower_case)
{
	url u = parsed("HTTPS://Mux.Example.NET/Home");

	assert_string_equal(u.scheme, "https");
	assert_string_equal(u.host, "mux.example.net");
	assert_string_equal(u.path, "/Home");
}

TEST(an_ipv6_address_loses_its_brackets)
{
	url u = parsed("socks5://[2001:DB8::1]:1081");

	assert_string_equal(u.host, "2001:db8::1");
	assert_int_equal(u.port, 1081);
	assert_string_equal(parsed("https://[::1]/home").host, "::1");
	assert_string_equal(parsed("https://u:p@[::1]").password, "p");
}

TEST(escapes_are_undone_in_user_and_password)
{
	url u = parsed("http://a%3ab%40c:p%2F%25%C3%A4%3f@h");

	assert_string_equal(u.user, "a:b@c");
	assert_string_equal(u.password, "p/%\xc3\xa4?");
	assert_string_equal(parsed("http://:p:q@h").password, "p:q");
	assert_string_equal(parsed("http://:p@h").user, "");
	assert_string_equal(parsed("http://u@h").user, "u");
}

TEST(escapes_stay_in_a_path)
{
	assert_string_equal(parsed("http://h/a%2fb;c=d").path, "/a%2fb;c=d");
}

TEST(a_scheme_is_needed)
{
	refused("", "begins as");
	refused("proxy.example.net:3128", "begins as");
	refused("://h", "begins as");
	refused("a-scheme-that-is-long://h", "begins as");
	refused("1http://h", "scheme");
	refused("ht_tp://h", "scheme");
}

TEST(hosts_that_are_none_are_refused)
{
	refused("http://", "no host");
	refused("http:///path", "no host");
	refused("http://:80", "no host");
	refused("http://u:p@", "no host");
	refused("http://a..b", "neither");
	refused("http://.a", "neither");
	refused("http://a.", "neither");
	refused("http://a b", "neither");
	refused("http://a%41", "neither");
	refused("http://a\nb", "neither");
	refused("http://2001:db8::1", "brackets");
}

TEST(brackets_hold_an_ipv6_address)
{
	refused("http://[]", "no IPv6 address");
	refused("http://[192.0.2.1]", "no IPv6 address");
	refused("http://[::1", "no IPv6 address");
	refused("http://[::1%25eth0]", "no IPv6 address");
	refused("http://[::1]80", "colon and a port");
}

TEST(ports_are_1_to_65535)
{
	assert_int_equal(parsed("http://h:65535").port, 65535);
	assert_int_equal(parsed("http://h:00080").port, 80);
	refused("http://h:0", "port");
	refused("http://h:65536", "port");
	refused("http://h:99999999999999999999", "port");
	refused("http://h:8x", "port");
	refused("http://h:-1", "port");
	refused("http://h:+1", "port");
}

TEST(bounds_are_kept)
{
	char text[1000], label[64];

	memset(label, 'a', 63);
	label[63] = 0;
	snprintf(text, sizeof text, "http://%s.%s.%s.%s", label, label, label, label + 2);
	assert_int_equal(strlen(parsed(text).host), URL_HOST - 1);
	snprintf(text, sizeof text, "http://%s.%s.%s.%s", label, label, label, label + 1);
	refused(text, "too long");
	snprintf(text, sizeof text, "http://a%s", label);
	refused(text, "neither");
	snprintf(text, sizeof text, "http://h/%0126d", 0);
	assert_int_equal(strlen(parsed(text).path), URL_PATH - 1);
	snprintf(text, sizeof text, "http://h/%0127d", 0);
	refused(text, "path is too long");
	snprintf(text, sizeof text, "http://u:%0255d@h", 0);
	assert_int_equal(strlen(parsed(text).password), URL_USER - 1);
	snprintf(text, sizeof text, "http://u:%0256d@h", 0);
	refused(text, "too long");
}

TEST(octets_that_mean_something_else_are_refused)
{
	refused("http://u:p%00@h", "control");
	refused("http://u%0d%0a:p@h", "control");
	refused("http://u:p\n@h", "control");
	refused("http://u:%4@h", "%25");
	refused("http://u:%@h", "%25");
	refused("http://u:%zz@h", "%25");
	refused("http://h/a b", "path");
	refused("http://h/%zz", "%25");
	refused("http://h/a?b", "path");
	refused("http://h/a#b", "path");
	refused("http://h?b", "%3f");
	refused("http://u:p#q@h", "%23");
	refused("http://u:p@q@h", "%40");
}

TEST(an_error_does_not_repeat_what_may_be_a_password)
{
	static const char *const bad[] = {
		"http://u:hunter2@q@h", "http://u:hunter2#@h",   "http://u:hunter2%@h",
		"http://u:hunter2/@h",  "http://u:hunter2@h:0",  "http://u:hunter2@[h]",
		"u:hunter2@h",          "http://u:hunter2@h h/", "http://u:hunter2",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		url u;
		err e = { 0 };
		assert_false(url_parse(bad[i], &u, &e));
		assert_true(e.kind == ERR_USAGE && e.text[0]);
		assert_null(strstr(e.text, "hunter2"));
	}
}

TEST(schemes_have_ports)
{
	assert_int_equal(url_default_port("http"), 80);
	assert_int_equal(url_default_port("https"), 443);
	assert_int_equal(url_default_port("socks5"), 1080);
	assert_int_equal(url_default_port("socks4"), 1080);
	assert_int_equal(url_default_port("gopher"), 0);
}

RUN(T(parts_are_separated), T(what_is_not_given_is_empty), T(scheme_and_host_become_lower_case),
    T(an_ipv6_address_loses_its_brackets), T(escapes_are_undone_in_user_and_password),
    T(escapes_stay_in_a_path), T(a_scheme_is_needed), T(hosts_that_are_none_are_refused),
    T(brackets_hold_an_ipv6_address), T(ports_are_1_to_65535), T(bounds_are_kept),
    T(octets_that_mean_something_else_are_refused),
    T(an_error_does_not_repeat_what_may_be_a_password), T(schemes_have_ports))
