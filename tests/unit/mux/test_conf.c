/* SPDX-License-Identifier: MIT */
#include "mux_kit.h"

static const char targets[] = "[target home]\naddress = 192.168.50.2:4500\n"
			      "[target dmz1]\naddress = 127.0.0.1\n";

static void refused(const char *mux, const char *others, const char *why)
{
	char text[1024];
	err e = { 0 };

	snprintf(text, sizeof text, "[mux]\n%s\n%s", mux, others);
	mux_file *c = mux_kit_load(text, &e);
	if (c || !strstr(e.text, why))
		print_error("%s: %s\n", mux, e.text);
	assert_null(c);
	assert_non_null(strstr(e.text, why));
	assert_int_equal(e.kind, ERR_CONFIG);
}

static mux_file *taken(const char *mux, const char *others)
{
	char text[1024];
	err e = { 0 };

	snprintf(text, sizeof text, "[mux]\n%s\n%s", mux, others);
	mux_file *c = mux_kit_load(text, &e);
	if (!c)
		fail_msg("%s", e.text);
	return c;
}

TEST(all_keys_are_taken)
{
	mux_file *c =
		taken("listen = https://0.0.0.0:443, http://[::]:80\n"
		      "listen = fcgi://127.0.0.1\ncertificate = /c\nkey = /k\nclient_ca = /ca\n"
		      "proxies = 127.0.0.1, 10.0.0.0/8\nsource_tunnels = 0\nsource_rate = 7\n"
		      "source_unanswered = 8\nsource_unanswered_rate = 9\nidle_timeout = 2\n"
		      "unanswered = 10\nunanswered_rate = 11\nunanswered_octets = 12\n"
		      "unanswered_octets_rate = 13\nsource_unanswered_octets = 14\n"
		      "source_unanswered_octets_rate = 15\nsource_burst = 16\n"
		      "connections = 17\ntunnels = 18\nmemory = 19\n"
		      "log = debug\n",
		      targets);
	ip_addr inside = ip4(10, 1, 2, 3), outside = ip4(11, 1, 2, 3);

	assert_int_equal(c->n_listens, 3);
	assert_int_equal(c->listens[0].kind, LISTEN_HTTPS);
	assert_int_equal(c->listens[1].kind, LISTEN_HTTP);
	assert_int_equal(c->listens[1].at.addr.len, 16);
	assert_int_equal(c->listens[2].kind, LISTEN_FCGI);
	assert_int_equal(c->listens[2].at.port, 9000);
	assert_string_equal(c->client_ca, "/ca");
	assert_true(mux_config_is_proxy(&c->core, &inside));
	assert_false(mux_config_is_proxy(&c->core, &outside));
	assert_int_equal(c->core.limits.tunnels, 0);
	assert_int_equal(c->core.limits.accept.rate, 7);
	assert_int_equal(c->core.limits.accept.burst, 16);
	const mux_budget_limits *send = &c->core.limits.send;
	assert_int_equal(send->source.burst, 8);
	assert_int_equal(send->source.rate, 9);
	assert_int_equal(send->tunnel.burst, 10);
	assert_int_equal(send->tunnel.rate, 11);
	assert_int_equal(send->tunnel_octets.burst, 12);
	assert_int_equal(send->tunnel_octets.rate, 13);
	assert_int_equal(send->source_octets.burst, 14);
	assert_int_equal(send->source_octets.rate, 15);
	assert_int_equal(c->core.room.connections, 17);
	assert_int_equal(c->core.room.tunnels, 18);
	assert_int_equal(c->core.room.memory, 19 << 20);
	assert_int_equal(c->core.idle_ms, 2000);
	assert_int_equal(c->core.limits.connections, mux_guard_defaults().connections);
	assert_int_equal(c->log, LOG_DEBUG);
	assert_int_equal(c->core.n_targets, 2);
	assert_int_equal(mux_config_target(&c->core, "dmz1")->at.port, 4500);
	assert_null(mux_config_target(&c->core, "dmz"));
	mux_file_free(c);
}

TEST(http_alone_needs_no_certificate)
{
	mux_file *c = taken("listen = http://0.0.0.0:80\n", targets);

	assert_true(mux_file_has(c, LISTEN_HTTP));
	assert_false(mux_file_has(c, LISTEN_HTTPS));
	assert_int_equal(c->core.idle_ms, 600000);
	mux_file_free(c);
}

TEST(without_them_the_systems_limits_hold_and_0_is_none)
{
	mux_file *c = taken("listen = http://0.0.0.0:80\n", targets);

	assert_int_equal(c->core.room.connections, 1000);
	assert_int_equal(c->core.room.tunnels, 900);
	assert_int_equal(c->core.room.memory, 1 << 30);
	mux_file_free(c);
	c = taken("listen = http://0.0.0.0:80\nconnections = 0\ntunnels = 0\nmemory = 0\n",
		  targets);
	assert_int_equal(c->core.room.connections, 0);
	assert_int_equal(c->core.room.tunnels, 0);
	assert_int_equal(c->core.room.memory, 0);
	mux_file_free(c);
}

TEST(what_is_missing_is_named)
{
	refused("listen = https://0.0.0.0:443\nkey = /k\n", targets, "certificate");
	refused("listen = https://0.0.0.0:443\ncertificate = /c\n", targets, "key");
	refused("log = info\n", targets, "listen is missing");
	refused("listen = http://0.0.0.0:80\n", "", "no [target NAME]");
	refused("listen = http://0.0.0.0:80\n", "[target home]\n", "address is missing");
}

TEST(what_is_wrong_is_named)
{
	refused("listen = ftp://0.0.0.0:21\n", targets, "ftp://0.0.0.0:21");
	refused("listen = 0.0.0.0:443\n", targets, "expected https://");
	refused("listen = http://example.net\n", targets, "http://example.net");
	refused("listen =\n", targets, "expected");
	refused("listem = http://0.0.0.0:80\n", targets, "listen");
	refused("listen = http://0.0.0.0:80\nproxies = me\n", targets, "'me'");
	refused("listen = http://0.0.0.0:80\nsource_rate = many\n", targets, "many");
	refused("listen = http://0.0.0.0:80\nmemory = 4194305\n", targets, "4194304");
	refused("listen = http://0.0.0.0:80\nunanswered_octets = 1073741825\n", targets,
		"1073741824");
	refused("listen = http://0.0.0.0:80\nidle_timeout = 0\n", targets, "idle_timeout");
	refused("listen = http://0.0.0.0:80\nidle_timeout = 86401\n", targets, "86400");
	refused("listen = http://0.0.0.0:80\n", "[target a b]\naddress = 127.0.0.1\n", "NAME");
	refused("listen = http://0.0.0.0:80\n", "[target ..]\naddress = 127.0.0.1\n", "NAME");
	refused("listen = http://0.0.0.0:80\n", "[target a]\naddress = 0.0.0.0\n", "ADDRESS");
	refused("listen = http://0.0.0.0:80\n", "[target a]\naddress = home.example\n", "ADDRESS");
}

RUN(T(all_keys_are_taken), T(http_alone_needs_no_certificate),
    T(without_them_the_systems_limits_hold_and_0_is_none), T(what_is_missing_is_named),
    T(what_is_wrong_is_named))
