/* SPDX-License-Identifier: MIT */
/* server.conf: what is taken, and how what isn't is refused. */
#include "server_kit.h"

#define BASE "[server]\nrealm = example.net\nnetwork = 10.66.0.0/24\npublic = 203.0.113.2\n"

static void refused(const char *text, const char *where, const char *why)
{
	server_kit k;
	err e = { 0 };

	server_kit_open(&k);
	server_kit_write(&k, text);
	server_conf *c = server_conf_load(k.file, &e);
	assert_null(c);
	if (!strstr(e.text, where) || !strstr(e.text, why))
		fail_msg("'%s' names not '%s' or '%s'", e.text, where, why);
	server_kit_close(&k);
}

TEST(every_key_is_taken)
{
	server_kit k;
	err e = { 0 };

	server_kit_open(&k);
	server_kit_write(
		&k, "[server]\nrealm = example.net\nnetwork = 10.66.0.0/24, 2001:db8:66::/64\n"
		    "pool = 10.66.0.20 - 10.66.0.30\nlan = eth0\npublic = home.example.net\n"
		    "public = 203.0.113.2\nlisten = 0.0.0.0:434, [::]:4500\ninterface = hw7\n"
		    "state = /x\nmetrics = 127.0.0.1:9434\nlog = debug\nlifetime = 100\n"
		    "lifetime_min = 5\nsa_lifetime = 200\nkeepalive = 20\nmax_clients = 50\n"
		    "link_mtu = 1400\nciphers = chacha20-poly1305\ngroups = p256, x25519\n"
		    "[relay dmz1]\naddress = 192.168.60.10\n"
		    "key = 0101010101010101010101010101010101010101010101010101010101010101\n");
	server_conf *c = server_conf_load(k.file, &e);
	if (!c)
		fail_msg("%s", e.text);
	assert_int_equal(c->network6.bits, 64);
	assert_int_equal(c->n_publics, 2);
	assert_int_equal(c->n_listens, 2);
	assert_int_equal(c->listens[1].port, 4500);
	assert_string_equal(c->interface, "hw7");
	assert_int_equal(c->policy.ciphers[0], ESP_CHACHA20_POLY1305);
	assert_int_equal(c->policy.groups[0], DH_P256);
	assert_int_equal(c->policy.lifetime_s, 200);
	assert_int_equal(c->n_relays, 1);
	assert_string_equal(c->relays[0].name, "dmz1");
	uint64_t first, last;
	server_conf_pool(c, &first, &last);
	assert_int_equal(first, 20);
	assert_int_equal(last, 30);
	server_conf_free(c);
	server_kit_close(&k);
}

TEST(associations_live_as_long_as_registrations_unless_configured_otherwise)
{
	server_kit k;

	server_kit_open(&k);
	assert_int_equal(k.conf->lifetime_s, 600);
	assert_int_equal(k.conf->policy.lifetime_s, 600);
	server_kit_close(&k);
}

TEST(it_is_silent_to_strangers_unless_configured_otherwise)
{
	server_kit k;
	err e = { 0 };

	server_kit_open(&k);
	assert_true(k.conf->silent);
	server_kit_write(&k, BASE "silent = no\n");
	server_conf *c = server_conf_load(k.file, &e);
	assert_non_null(c);
	assert_false(c->silent);
	server_conf_free(c);
	server_kit_close(&k);
}

TEST(mistakes_name_file_line_and_the_thing)
{
	refused(BASE "lissten = 0.0.0.0:434\n", "server.conf:5", "listen");
	refused("[serverr]\nrealm = x\n", "server.conf:1", "server");
	refused("[server]\nrealm = x\nnetwork = 10.66.0.0/33\n", "server.conf:3", "10.66.0.0/33");
	refused("[server]\nrealm = x\nnetwork = 10.66.0.1/24\n", "server.conf:3", "10.66.0.1/24");
	refused("[server]\nrealm = x\nrealm = y\n", "server.conf:3", "realm");
	refused("[server]\nrealm = x\npublic =\n", "server.conf:3", "public");
	refused(BASE "interface = a-name-far-too-long-for-linux\n", "server.conf:5", "interface");
	refused(BASE "metrics = nowhere\n", "server.conf:5", "nowhere");
	refused(BASE "listen = 0.0.0.0\n", "server.conf:5", "ADDRESS:PORT");
	refused(BASE "listen = 0.0.0.0:70000\n", "server.conf:5", "70000");
	refused(BASE "lifetime = 0\n", "server.conf:5", "65534");
	refused(BASE "lifetime = soon\n", "server.conf:5", "soon");
	refused(BASE "link_mtu = 100\n", "server.conf:5", "576");
	refused(BASE "ciphers = des\n", "server.conf:5", "des");
	refused(BASE "pool = 10.66.0.30-10.66.0.20\n", "server.conf:5", "FIRST-LAST");
	refused(BASE "pool = 10.67.0.3-10.67.0.4\n", "server.conf", "pool");
	refused(BASE "log = loud\n", "server.conf:5", "loud");
	refused(BASE "[relay a b]\n", "server.conf:5", "relay");
	refused(BASE "[relay a]\naddress = 1.2.3.4\n", "server.conf", "[relay a]");
	refused(BASE "[relay a]\naddress = ::1\n", "server.conf:6", "IPv4");
	refused(BASE "public = 203.0.113.300\n", "server.conf:5", "203.0.113.300");
	refused(BASE "public = home.example.net:70000\n", "server.conf:5", "70000");
	refused("[server]\nrealm = x\nnetwork = 10.66.0.0/24\n", "server.conf", "public");
	refused("[server]\nrealm = x\npublic = y\n", "server.conf", "network");
	refused("[server]\nnetwork = 10.66.0.0/24\npublic = y\n", "server.conf", "realm");
}

#define KEY2(digit) "key = " KEY8(digit) KEY8(digit) KEY8(digit) KEY8(digit) "\n"
#define KEY8(digit) #digit "000000000000000"

TEST(relays_are_distinguished_by_name_and_address)
{
	refused(BASE "[relay a]\naddress = 1.2.3.4\n" KEY2(1) "[relay b]\n" KEY2(
			2) "address = 1.2.3.4\n",
		"server.conf:10", "[relay a]");
	refused(BASE "[relay a]\naddress = 1.2.3.4\n" KEY2(1) "[relay a]\naddress = 1.2.3.5\n",
		"server.conf:8", "twice");
}

TEST(where_clients_reach_a_relay_is_an_address_or_a_name)
{
	static const char *const good[] = { "203.0.113.10", "203.0.113.10:434",
					    "[2001:db8::1]:4500", "2001:db8::1",
					    "relay.example.net:4501" };
	static const char *const bad[] = { "203.0.113.300", "relay:70000", "-x",
					   "relay:",        "a b",         "203.0.113.10:0" };
	char text[512];
	err e = { 0 };

	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(text, sizeof text, "%s[relay a]\npublic = %s\n", BASE, bad[i]);
		refused(text, "server.conf:6", bad[i]);
	}
	for (size_t i = 0; i < COUNT(good); i++) {
		server_kit k;
		server_kit_open(&k);
		snprintf(text, sizeof text, "%s[relay a]\npublic = %s\naddress = 1.2.3.4\n" KEY2(1),
			 BASE, good[i]);
		server_kit_write(&k, text);
		server_conf *c = server_conf_load(k.file, &e);
		if (!c)
			fail_msg("%s", e.text);
		assert_string_equal(c->relays[0].public, good[i]);
		server_conf_free(c);
		server_kit_close(&k);
	}
}

TEST(only_so_many_relays_are_admitted)
{
	char text[2048] = BASE;

	for (int i = 0; i <= HOME_RELAYS; i++)
		sprintf(text + strlen(text), "[relay r%d]\naddress = 10.1.1.%d\n" KEY2(1), i,
			i + 1);
	refused(text, "server.conf:29", "at most 8");
}

TEST(a_file_with_keys_that_others_may_read_is_refused)
{
	server_kit k;
	err e = { 0 };

	server_kit_open(&k);
	server_kit_write(
		&k,
		BASE "[relay dmz1]\naddress = 192.168.60.10\n"
		     "key = 0101010101010101010101010101010101010101010101010101010101010101\n");
	chmod(k.file, 0644);
	assert_null(server_conf_load(k.file, &e));
	assert_non_null(strstr(e.text, k.file));
	server_kit_close(&k);
}

RUN(T(every_key_is_taken),
    T(associations_live_as_long_as_registrations_unless_configured_otherwise),
    T(it_is_silent_to_strangers_unless_configured_otherwise),
    T(mistakes_name_file_line_and_the_thing), T(relays_are_distinguished_by_name_and_address),
    T(where_clients_reach_a_relay_is_an_address_or_a_name), T(only_so_many_relays_are_admitted),
    T(a_file_with_keys_that_others_may_read_is_refused))
