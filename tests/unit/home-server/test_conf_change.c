/* SPDX-License-Identifier: MIT */
/* conf_change: what may change while the daemon runs. */
#include "server_kit.h"
#include "conf_change.h"

#define BASE                                                                                       \
	"[server]\nrealm = example.net\nnetwork = 10.66.0.0/24\npublic = 203.0.113.2\nstate = "    \
	"/x\n"                                                                                     \
	"interface = hw7\nlisten = 0.0.0.0:434\nlan = eth0\nlink_mtu = 1400\n"
#define KEY   "0101010101010101010101010101010101010101010101010101010101010101"
#define RELAY "[relay dmz1]\naddress = 192.168.60.10\nkey = " KEY "\n"

static server_conf *load(const char *text)
{
	server_kit k;
	err e = { 0 };

	server_kit_open(&k);
	server_kit_write(&k, text);
	server_conf *c = server_conf_load(k.file, &e);
	if (!c)
		fail_msg("%s", e.text);
	server_kit_close(&k);
	return c;
}

static void expect_change(const char *before, const char *after, const char *key)
{
	server_conf *a = load(before), *b = load(after);
	const char *found = server_conf_find_fixed_change(a, b);

	if (key && found)
		assert_string_equal(found, key);
	else
		assert_ptr_equal(found, key);
	server_conf_free(a);
	server_conf_free(b);
}

/* The text with one line for another. */
static void expect_line_fixed(const char *line, const char *other, const char *key)
{
	char text[1024];
	const char *at = strstr(BASE, line);

	assert_non_null(at);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - BASE), BASE, other, at + strlen(line));
	expect_change(BASE, text, key);
}

TEST(what_needs_a_restart_is_named)
{
	expect_line_fixed("realm = example.net\n", "realm = example.org\n", "realm");
	expect_line_fixed("10.66.0.0/24", "10.67.0.0/24", "network");
	expect_line_fixed("10.66.0.0/24", "10.66.0.0/25", "network");
	expect_line_fixed("10.66.0.0/24", "10.66.0.0/24, 2001:db8:66::/64", "network");
	expect_line_fixed("lan = eth0\n", "lan = eth1\n", "lan");
	expect_line_fixed("lan = eth0\n", "", "lan");
	expect_line_fixed("0.0.0.0:434", "0.0.0.0:435", "listen");
	expect_line_fixed("0.0.0.0:434", "0.0.0.0:434, 0.0.0.0:435", "listen");
	expect_line_fixed("hw7", "hw8", "interface");
	expect_line_fixed("state = /x\n", "state = /y\n", "state");
	expect_line_fixed("1400", "1401", "link_mtu");
}

TEST(all_else_may_change_while_running)
{
	expect_change(BASE, BASE, NULL);
	expect_change(BASE, BASE "lifetime = 100\nlog = debug\npublic = 203.0.113.3\n" RELAY, NULL);
	expect_line_fixed("lan = eth0\n", "lan = eth0\nmax_clients = 3\n", NULL);
}

static bool has_same_relays(const char *before, const char *after)
{
	server_conf *a = load(before), *b = load(after);
	bool same = server_conf_has_same_relays(a, b);

	server_conf_free(a);
	server_conf_free(b);
	return same;
}

TEST(a_relays_link_depends_on_its_name_address_and_key)
{
	assert_true(has_same_relays(BASE RELAY, BASE RELAY));
	assert_true(has_same_relays(BASE RELAY, BASE RELAY "public = 203.0.113.9\n"));
	assert_false(has_same_relays(BASE, BASE RELAY));
	assert_false(has_same_relays(BASE RELAY, BASE
				     "[relay dmz2]\naddress = 192.168.60.10\nkey = " KEY "\n"));
	assert_false(has_same_relays(BASE RELAY, BASE
				     "[relay dmz1]\naddress = 192.168.60.11\nkey = " KEY "\n"));
	assert_false(has_same_relays(
		BASE RELAY,
		BASE "[relay dmz1]\naddress = 192.168.60.10\n"
		     "key = 01010101010101010101010101010101010101010101010101010101010101"
		     "02\n"));
}

RUN(T(what_needs_a_restart_is_named), T(all_else_may_change_while_running),
    T(a_relays_link_depends_on_its_name_address_and_key))
