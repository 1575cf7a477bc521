/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "proxies.h"

#include <stdlib.h>

static const char *const variables[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
					 "ALL_PROXY",  "no_proxy",    "NO_PROXY" };

static proxy_list wanted(proxy_mode mode)
{
	const proxy_setting s = { .mode = mode };
	proxy_list l;
	err e = { 0 };

	proxies_wanted(&s, &l, &e);
	assert_int_equal(e.kind, ERR_NONE);
	return l;
}

static void clean(void)
{
	for (size_t i = 0; i < COUNT(variables); i++)
		unsetenv(variables[i]);
}

static uplink cafe(void)
{
	return (uplink){ .ifindex = 2,
			 .local = { ip4(10, 3, 0, 11), 24 },
			 .gateway = ip4(10, 3, 0, 1) };
}

TEST(the_gateway_may_be_a_proxy_where_nobody_says_anything)
{
	carrier_proxy found[CARRIER_PROXIES];
	const endpoint none[PROXY_NAMES] = { 0 };
	carrier_mux m = { .https = true, .host = "mux.example.net" };
	uplink u = cafe();

	clean();
	proxy_list l = wanted(PROXY_AUTO);
	assert_int_equal(proxies_for(&l, none, &m, &u, found), 2);
	assert_string_equal(found[0].name, "10.3.0.1:3128");
	assert_string_equal(found[1].name, "10.3.0.1:8080");
	u.gateway.len = 0;
	assert_int_equal(proxies_for(&l, none, &m, &u, found), 0);
}

TEST(none_means_none)
{
	carrier_proxy found[CARRIER_PROXIES];
	const endpoint none[PROXY_NAMES] = { 0 };
	carrier_mux m = { .https = true, .host = "mux.example.net" };
	uplink u = cafe();

	setenv("https_proxy", "http://10.3.0.2:3128", 1);
	proxy_list l = wanted(PROXY_NONE);
	assert_int_equal(proxies_for(&l, none, &m, &u, found), 0);
	clean();
}

TEST(the_environment_is_read_as_curl_reads_it)
{
	carrier_proxy found[CARRIER_PROXIES];
	endpoint at[PROXY_NAMES] = { 0 };
	carrier_mux m = { .https = true, .host = "mux.example.net" };
	uplink u = cafe();

	clean();
	setenv("https_proxy", "http://al:se%3Acret@proxy.example.net:8000/", 1);
	setenv("http_proxy", "10.3.0.2:3128", 1);
	proxy_list l = wanted(PROXY_AUTO);
	assert_string_equal(l.names[PROXY_FOR_HTTPS].host, "proxy.example.net");
	assert_int_equal(l.names[PROXY_FOR_HTTPS].port, 8000);
	assert_string_equal(l.names[PROXY_FOR_HTTP].host, "10.3.0.2");
	assert_int_equal(proxies_for(&l, at, &m, &u, found),
			 0); /* not looked up yet, and no guess */
	at[PROXY_FOR_HTTPS] = (endpoint){ .addr = ip4(10, 3, 0, 2), .port = 8000 };
	assert_int_equal(proxies_for(&l, at, &m, &u, found), 1);
	assert_string_equal(found[0].user, "al");
	assert_string_equal(found[0].password, "se:cret");
	assert_string_equal(found[0].name, "proxy.example.net:8000");
	m.https = false;
	assert_int_equal(proxies_for(&l, at, &m, &u, found), 0);
	clean();
}

TEST(all_proxy_stands_for_both_and_socks_is_known)
{
	clean();
	setenv("all_proxy", "socks5://10.4.0.1", 1);
	proxy_list l = wanted(PROXY_AUTO);
	assert_true(l.has[PROXY_FOR_HTTPS] && l.has[PROXY_FOR_HTTP] && !l.guess);
	assert_int_equal(l.names[PROXY_FOR_HTTP].port, 1080);
	clean();
}

TEST(socks_by_its_other_names_is_no_web_proxy)
{
	carrier_proxy found[CARRIER_PROXIES];
	const endpoint at[PROXY_NAMES] = { { .addr = ip4(10, 4, 0, 1), .port = 1080 },
					   { .addr = ip4(10, 4, 0, 1), .port = 1080 } };
	carrier_mux m = { .https = true, .host = "mux.example.net" };
	uplink u = cafe();

	clean();
	setenv("all_proxy", "socks5h://al:secret@10.4.0.1", 1);
	proxy_list l = wanted(PROXY_AUTO);
	assert_int_equal(proxies_for(&l, at, &m, &u, found), 1);
	assert_int_equal(found[0].kind, PROXY_SOCKS5);
	assert_int_equal(l.names[PROXY_FOR_HTTPS].port, 1080);
	setenv("all_proxy", "socks4a://10.4.0.1", 1);
	l = wanted(PROXY_AUTO);
	assert_int_equal(proxies_for(&l, at, &m, &u, found), 1);
	assert_int_equal(found[0].kind, PROXY_SOCKS4);
	clean();
}

TEST(no_proxy_names_hosts_and_domains)
{
	proxy_list l = { .no_proxy = "localhost,.example.net, 203.0.113.2" };

	assert_true(proxies_exempt(&l, "mux.example.net"));
	assert_true(proxies_exempt(&l, "example.net"));
	assert_true(proxies_exempt(&l, "203.0.113.2"));
	assert_false(proxies_exempt(&l, "badexample.net"));
	assert_false(proxies_exempt(&l, "203.0.113.20"));
	l = (proxy_list){ .no_proxy = "*" };
	assert_true(proxies_exempt(&l, "anything"));
	l = (proxy_list){ .no_proxy = "" };
	assert_false(proxies_exempt(&l, "anything"));
}

TEST(what_cannot_be_used_is_named_and_left_out)
{
	const proxy_setting s = { .mode = PROXY_AUTO };
	proxy_list l;
	err e = { 0 };

	clean();
	setenv("https_proxy", "ftp://u:secret@x y", 1);
	proxies_wanted(&s, &l, &e);
	assert_non_null(strstr(e.text, "https_proxy"));
	assert_null(strstr(e.text, "secret"));
	assert_false(l.has[PROXY_FOR_HTTPS]);
	setenv("https_proxy", "quic://u:secret@10.4.0.1", 1);
	e = (err){ 0 };
	proxies_wanted(&s, &l, &e);
	assert_non_null(strstr(e.text, "https_proxy"));
	assert_false(l.has[PROXY_FOR_HTTPS]);
	clean();
}

RUN(T(the_gateway_may_be_a_proxy_where_nobody_says_anything), T(none_means_none),
    T(the_environment_is_read_as_curl_reads_it), T(all_proxy_stands_for_both_and_socks_is_known),
    T(socks_by_its_other_names_is_no_web_proxy), T(no_proxy_names_hosts_and_domains),
    T(what_cannot_be_used_is_named_and_left_out))
