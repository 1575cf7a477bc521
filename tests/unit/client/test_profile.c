/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "profile_core.h"
#include "profile_paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY  "key = 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\n"
#define HEAD "[client]\nidentity = alice@example.net\nspi = 0x2a2b3c4d\n" KEY
#define GOOD HEAD "home = 203.0.113.2\n"

static bool load(const char *text, mode_t mode, profile *p, err *e)
{
	char path[] = "/tmp/test_client_profile.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	bool ok = profile_load(path, p, e);
	unlink(path);
	return ok;
}

static void refused(const char *line, const char *word)
{
	char text[2048];
	profile p;
	err e = { 0 };

	snprintf(text, sizeof text, "%s%s\n", GOOD, line);
	assert_false(load(text, 0600, &p, &e));
	assert_non_null(strstr(e.text, ":6: ")); /* the line */
	assert_non_null(strstr(e.text, word));
}

static profile accepted(const char *lines)
{
	char text[2048];
	profile p;
	err e = { 0 };

	snprintf(text, sizeof text, "%s%s\n", HEAD, lines);
	if (!load(text, 0600, &p, &e))
		fail_msg("%s", e.text);
	return p;
}

TEST(defaults_stand_where_nothing_is_said)
{
	profile p = accepted("home = 203.0.113.2");

	assert_string_equal(p.interface, "hw0");
	assert_int_equal(p.routes.mode, ROUTES_HOME);
	assert_int_equal(p.routes.table, 153);
	assert_int_equal(p.routes.priority, 150);
	assert_int_equal(p.routes.mark, 153);
	assert_false(p.routes.local);
	assert_int_equal(p.homes[0].port, 4500);
	assert_true(p.homes[0].literal);
	client_path_kind kinds[PATH_N_KINDS];
	assert_int_equal(profile_kinds(&p, kinds), 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(kinds[i], i); /* direct, relay, https, http */
	assert_true(p.trust_relay && p.proxy.mode == PROXY_AUTO && !p.tls_carrier);
	profile_free(&p);
}

TEST(at_home_is_direct_unless_the_tunnel_is_wanted_there_too)
{
	profile p = accepted("home = 203.0.113.2\nat_home = direct");
	client_conf c;

	profile_core_conf(&p, &c);
	assert_false(c.never_at_home);
	profile_free(&p);
	p = accepted("home = 203.0.113.2");
	profile_core_conf(&p, &c);
	assert_false(c.never_at_home);
	profile_free(&p);
	p = accepted("home = 203.0.113.2\nat_home = tunnel");
	profile_core_conf(&p, &c);
	assert_true(c.never_at_home);
	profile_free(&p);
}

TEST(profile_that_others_may_read_is_refused)
{
	profile p;
	err e = { 0 };

	assert_false(load(GOOD, 0644, &p, &e));
	assert_non_null(strstr(e.text, "chmod 600"));
}

TEST(what_is_missing_is_named)
{
	static const char *const without[][2] = {
		{ "[client]\nspi = 0x2a2b3c4d\nhome = 203.0.113.2\n" KEY, "identity" },
		{ "[client]\nidentity = a@b\nhome = 203.0.113.2\n" KEY, "spi" },
		{ "[client]\nidentity = a@b\nspi = 300\nhome = 203.0.113.2\n", "key" },
		{ HEAD, "home" },
	};

	for (size_t i = 0; i < COUNT(without); i++) {
		profile p;
		err e = { 0 };
		assert_false(load(without[i][0], 0600, &p, &e));
		assert_non_null(strstr(e.text, without[i][1]));
	}
}

TEST(mistakes_are_named_with_their_line)
{
	refused("adress = 192.0.2.1", "address");
	refused("address = 192.0.2.300", "192.0.2.300");
	refused("address = 0.0.0.0", "0.0.0.0");
	refused("address6 = 192.0.2.1", "IPv6");
	refused("home = 203.0.113.2:70000", "70000");
	refused("home = 203.0.113.300", "203.0.113.300");
	refused("home = -x.example.net", "-x.example.net");
	refused("routes = homme", "homme");
	refused("routes = 192.0.2.1/24", "192.0.2.1/24");
	refused("fail_closed = maybe", "maybe");
	refused("table = 254", "254");
	refused("table = 0", "0");
	refused("priority = 0", "0");
	refused("priority = 32760", "32756");
	refused("mark = 0", "0");
	refused("paths = diract", "direct");
	refused("interface = a-name-far-too-long", "a-name-far-too-long");
	refused("lifetime = 5", "5");
	refused("mux = ftp://x", "ftp://x");
	refused("ciphers = rot13", "rot13");
	refused("log = loud", "loud");
	refused("at_home = never", "never");
	refused("network = 192.168.50.7/24", "192.168.50.7/24");
	refused("identity = bob@example.net", "twice");
}

TEST(what_fails_closed_is_said_or_follows_from_the_routes)
{
	profile p = accepted("home = 203.0.113.2");

	assert_false(routes_fail_closed(&p.routes));
	profile_free(&p);
	p = accepted("home = 203.0.113.2\nroutes = all\nlocal = yes\ntable = 1530\npriority = "
		     "200\nmark = 7");
	assert_true(routes_fail_closed(&p.routes));
	assert_true(p.routes.local);
	assert_int_equal(p.routes.table, 1530);
	assert_int_equal(p.routes.priority, 200);
	assert_int_equal(p.routes.mark, 7);
	profile_free(&p);
	p = accepted("home = 203.0.113.2\nfail_closed = no\nroutes = all");
	assert_false(routes_fail_closed(&p.routes));
	profile_free(&p);
	p = accepted("home = 203.0.113.2\nfail_closed = yes\nroutes = 10.0.0.0/8");
	assert_true(routes_fail_closed(&p.routes));
	profile_free(&p);
}

TEST(local_networks_are_an_exception_of_everything_alone)
{
	profile p;
	err e = { 0 };

	assert_false(load(GOOD "local = yes\n", 0600, &p, &e));
	assert_non_null(strstr(e.text, "routes = all"));
	assert_false(load(GOOD "local = yes\nroutes = 10.0.0.0/8\n", 0600, &p, &e));
}

TEST(password_of_a_proxy_is_not_repeated)
{
	profile p;
	err e = { 0 };

	assert_false(load(GOOD "proxy = htp://u:secret@x\n", 0600, &p, &e));
	assert_null(strstr(e.text, "secret"));
	assert_non_null(strstr(e.text, "proxy"));
}

TEST(names_and_ports_of_home_servers_are_distinguished)
{
	profile p = accepted(
		"home = home.example.net\nhome = 203.0.113.2:5000\nhome = [2001:db8::1]:434\n"
		"home = 2001:db8::2\nhome = h.example.net:600");
	client_conf c;

	assert_int_equal(p.n_homes, 5);
	assert_false(p.homes[0].literal);
	assert_int_equal(p.homes[0].port, 4500);
	assert_int_equal(p.homes[4].port, 600);
	assert_string_equal(p.homes[4].host, "h.example.net");
	profile_core_conf(&p, &c);
	assert_int_equal(c.n_homes, 3);
	assert_int_equal(c.homes[0].port, 5000);
	assert_int_equal(c.homes[1].port, 434);
	assert_int_equal(c.homes[2].addr.len, 16);
	profile_free(&p);
}

TEST(address_is_asked_for_only_when_there_is_none)
{
	profile p = accepted("home = 203.0.113.2\nnetwork = 192.168.50.0/24, 2001:db8:50::/64");
	client_conf c;

	profile_core_conf(&p, &c);
	assert_true(c.want4 && c.want6);
	profile_free(&p);
	p = accepted("home = 203.0.113.2\naddress = 192.168.50.7\naddress6 = 2001:db8:50::7");
	profile_core_conf(&p, &c);
	assert_false(c.want4 || c.want6);
	assert_int_equal(c.home4.len, 4);
	assert_int_equal(c.home6.len, 16);
	profile_free(&p);
}

TEST(paths_that_lead_nowhere_are_refused)
{
	err e = { 0 };
	profile p = accepted("home = 203.0.113.2\npaths = https, http");

	assert_false(profile_reachable("x", &p, &e));
	assert_non_null(strstr(e.text, "mux"));
	profile_free(&p);
	p = accepted("home = 203.0.113.2\npaths = relay\ntrust_relay = no");
	assert_false(profile_reachable("x", &p, &e));
	assert_non_null(strstr(e.text, "trust_relay"));
	profile_free(&p);
	p = accepted("home = 203.0.113.2\nrelay = 203.0.113.10\npaths = relay, direct");
	assert_true(profile_reachable("x", &p, &e));
	profile_free(&p);
	p = accepted("mux = https://203.0.113.10/home");
	assert_true(profile_reachable("x", &p, &e));
	profile_free(&p);
}

TEST(an_https_multiplexer_at_its_usual_port_is_tried_by_http_as_well)
{
	client_conf c;
	profile p =
		accepted("home = 203.0.113.2\nmux = https://mux.example.net\n"
			 "mux = https://mux.example.net:8443/dmz1\nmux = http://203.0.113.9/dmz1");

	profile_core_conf(&p, &c);
	assert_int_equal(c.n_muxes, 4);
	assert_true(c.muxes[0].kind == PATH_HTTPS && c.muxes[1].kind == PATH_HTTP);
	assert_string_equal(c.muxes[0].agent, "home");
	assert_string_equal(c.muxes[1].agent, "home");
	assert_int_equal(c.muxes[2].kind, PATH_HTTPS);
	assert_string_equal(c.muxes[2].agent, "dmz1");
	assert_int_equal(p.muxes[1].at.port, 8443);
	assert_int_equal(c.muxes[3].kind, PATH_HTTP);
	assert_true(p.muxes[2].at.literal && !p.muxes[0].at.literal);
	profile_free(&p);
}

TEST(carriers_are_those_that_paths_and_trust_allow)
{
	client_conf c;
	profile p =
		accepted("home = 203.0.113.2\nmux = https://203.0.113.9\npaths = direct, https");

	profile_core_conf(&p, &c);
	assert_int_equal(c.n_muxes, 1);
	profile_free(&p);
	p = accepted("home = 203.0.113.2\nmux = https://203.0.113.9/dmz1\ntrust_relay = no");
	profile_core_conf(&p, &c);
	assert_int_equal(c.n_muxes, 0);
	profile_free(&p);
}

TEST(a_certificate_of_ours_has_its_key)
{
	profile p;
	err e = { 0 };

	assert_false(load(GOOD "mux_key = mux.key\n", 0600, &p, &e));
	assert_non_null(strstr(e.text, "go together"));
}

TEST(a_proxy_has_a_scheme_a_host_and_perhaps_credentials)
{
	profile p = accepted("home = 203.0.113.2\nproxy = http://al%40x:se%3Acret@10.3.0.2:3128");

	assert_int_equal(p.proxy.mode, PROXY_GIVEN);
	assert_string_equal(p.proxy.at.user, "al@x");
	assert_string_equal(p.proxy.at.password, "se:cret");
	assert_int_equal(p.proxy.at.port, 3128);
	profile_free(&p);
	p = accepted("home = 203.0.113.2\nproxy = none\ntls = carrier");
	assert_int_equal(p.proxy.mode, PROXY_NONE);
	assert_true(p.tls_carrier);
	profile_free(&p);
	refused("tls = weak", "strict");
}

TEST(relays_are_addresses_or_names_with_or_without_a_name_of_their_own)
{
	profile p = accepted("relay = 203.0.113.10\nrelay = 203.0.113.11:434 dmz2\n"
			     "relay = relay.example.net dmz3\nrelay = advertised");
	client_conf c;

	profile_core_conf(&p, &c);
	assert_int_equal(p.n_relays, 3);
	assert_int_equal(c.n_relays, 2); /* the third is to be looked up */
	assert_int_equal(c.relays[0].at.port, 4500);
	assert_string_equal(c.relays[0].name, "");
	assert_int_equal(c.relays[1].at.port, 434);
	assert_string_equal(c.relays[1].name, "dmz2");
	assert_true(c.prefer_advertised);
	profile_free(&p);
	refused("relay = 203.0.113.10 bad/name", "name");
	refused("relay = 203.0.113.10:0", "address");
}

TEST(home_may_be_left_out_only_where_a_relay_is_named)
{
	err e = { 0 };
	profile p = accepted("relay = 203.0.113.10 dmz1\npaths = relay");

	assert_true(profile_reachable("x", &p, &e));
	profile_free(&p);
	p = accepted("relay = advertised");
	assert_true(profile_reachable("x", &p, &e));
	profile_free(&p);
	p = accepted("relay = 203.0.113.10\ntrust_relay = no");
	assert_false(profile_reachable("x", &p, &e));
	assert_non_null(strstr(e.text, "home"));
	profile_free(&p);
	p = accepted("relay = 203.0.113.10\npaths = direct");
	assert_false(profile_reachable("x", &p, &e));
	profile_free(&p);
}

TEST(only_so_many_relays_are_taken)
{
	profile p;
	err e = { 0 };
	char text[1024] = HEAD;

	for (int i = 0; i <= CLIENT_RELAYS; i++)
		strcat(text, "relay = relay.example.net\n");
	assert_false(load(text, 0600, &p, &e));
	assert_non_null(strstr(e.text, ":9: relay: at most 4"));
}

TEST(paths_are_kept_in_their_order_and_relays_only_if_trusted)
{
	client_path_kind kinds[PATH_N_KINDS];
	profile p = accepted("home = 203.0.113.2\npaths = https, relay, direct, relay");

	assert_int_equal(profile_kinds(&p, kinds), 3);
	assert_true(kinds[0] == PATH_HTTPS && kinds[1] == PATH_RELAY && kinds[2] == PATH_DIRECT);
	profile_free(&p);
	p = accepted("home = 203.0.113.2\ntrust_relay = no");
	assert_int_equal(profile_kinds(&p, kinds), 3);
	assert_int_equal(kinds[1], PATH_HTTPS);
	profile_free(&p);
}

RUN(T(relays_are_addresses_or_names_with_or_without_a_name_of_their_own),
    T(home_may_be_left_out_only_where_a_relay_is_named), T(only_so_many_relays_are_taken),
    T(paths_are_kept_in_their_order_and_relays_only_if_trusted),
    T(defaults_stand_where_nothing_is_said),
    T(at_home_is_direct_unless_the_tunnel_is_wanted_there_too),
    T(profile_that_others_may_read_is_refused), T(what_is_missing_is_named),
    T(mistakes_are_named_with_their_line), T(what_fails_closed_is_said_or_follows_from_the_routes),
    T(local_networks_are_an_exception_of_everything_alone), T(password_of_a_proxy_is_not_repeated),
    T(names_and_ports_of_home_servers_are_distinguished),
    T(address_is_asked_for_only_when_there_is_none), T(paths_that_lead_nowhere_are_refused),
    T(an_https_multiplexer_at_its_usual_port_is_tried_by_http_as_well),
    T(carriers_are_those_that_paths_and_trust_allow), T(a_certificate_of_ours_has_its_key),
    T(a_proxy_has_a_scheme_a_host_and_perhaps_credentials))
