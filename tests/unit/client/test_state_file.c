/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "state_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

TEST(what_was_saved_is_loaded_and_private)
{
	char dir[] = "/tmp/test_client_state.XXXXXX", path[512];
	const client_saved s = {
		.pseudonym = 0xdeadbeef,
		.clock = { .home_ntp = 0xe900000000000001, .at_ms = 1, .last = UINT64_MAX }
	};
	struct stat st;
	err e = { 0 };

	assert_non_null(mkdtemp(dir));
	assert_true(state_file_path(path, sizeof path, dir, "alice@example.net", &e));
	assert_int_equal(state_file_load(path).pseudonym, 0);
	assert_true(state_file_save(path, &s, &e));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	client_saved back = state_file_load(path);
	assert_int_equal(back.pseudonym, s.pseudonym);
	assert_memory_equal(&back.clock, &s.clock, sizeof s.clock);
	unlink(path);
	rmdir(dir);
}

TEST(state_that_makes_no_sense_counts_as_none)
{
	char path[] = "/tmp/test_client_state.XXXXXX";
	static const char *const bad[] = { "", "pseudonym = zzz", "\xff\xff", "home_time = 5\n" };

	close(mkstemp(path));
	for (size_t i = 0; i < COUNT(bad); i++) {
		put(path, bad[i]);
		client_saved s = state_file_load(path);
		assert_int_equal(s.pseudonym, 0);
		assert_false(ident_is_set(&s.clock));
	}
	unlink(path);
}

/* The clock that it was taken by began again; and a moment that has not come yet is of another start, too. */
TEST(homes_time_of_another_start_of_the_machine_is_not_known)
{
	char path[] = "/tmp/test_client_state.XXXXXX";
	static const char *const bad[] = {
		"home_time = 11111111-2222-3333-4444-555555555555 e900000000000000 1 0\n",
		"home_time = %s e900000000000000 18446744073709551615 0\n",
		"home_time = %s e900000000000000 1\n",
		"home_time = %s\n",
	};
	char text[256], boot[64] = "";
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%63s", boot), 1);
	fclose(f);
	close(mkstemp(path));
	for (size_t i = 0; i < COUNT(bad); i++) {
		size_t n = (size_t)snprintf(text, sizeof text, "pseudonym = 0x00001234\n");
		const char *at = strstr(bad[i], "%s");
		if (at)
			snprintf(text + n, sizeof text - n, "%.*s%s%s", (int)(at - bad[i]), bad[i],
				 boot, at + 2);
		else
			snprintf(text + n, sizeof text - n, "%s", bad[i]);
		put(path, text);
		client_saved s = state_file_load(path);
		assert_int_equal(s.pseudonym, 0x1234);
		assert_false(ident_is_set(&s.clock));
	}
	unlink(path);
}

TEST(networks_where_udp_did_not_do_are_remembered)
{
	char path[] = "/tmp/test_client_state.XXXXXX";
	client_saved s = { .pseudonym = 0x1234, .n_networks = 2 };
	err e = { 0 };

	close(mkstemp(path));
	s.networks[0] = (client_network){
		ip4(10, 2, 0, 1), { ip4(10, 2, 0, 11), 24 }, PATH_HTTPS, "plain p:80"
	};
	s.networks[1].kind = PATH_HTTP; /* without a gateway */
	assert_true(ip_parse("2001:db8:7::5", &s.networks[1].local.addr));
	s.networks[1].local.bits = 64;
	assert_true(state_file_save(path, &s, &e));
	client_saved back = state_file_load(path);
	assert_int_equal(back.n_networks, 2);
	assert_int_equal(back.networks[0].kind, PATH_HTTPS);
	assert_true(ip_equal(&back.networks[0].gateway, &s.networks[0].gateway));
	assert_true(ip_equal(&back.networks[0].local.addr, &s.networks[0].local.addr));
	assert_int_equal(back.networks[0].local.bits, 24);
	assert_string_equal(back.networks[0].hint, "plain p:80");
	assert_string_equal(back.networks[1].hint, "");
	assert_int_equal(back.networks[1].gateway.len, 0);
	assert_int_equal(back.networks[1].local.bits, 64);
	put(path, "pseudonym = 0x1\nnetwork = 10.2.0.1 10.2.0.11/33 https\n"
		  "network = x 10.2.0.11/24 https\nnetwork = - 10.2.0.11/24 pigeon\n");
	assert_int_equal(state_file_load(path).n_networks, 0);
	unlink(path);
}

#define STATE "pseudonym = 0x1\n"

TEST(networks_of_before_ways_were_remembered_are_read)
{
	char path[] = "/tmp/test_client_state.XXXXXX";

	close(mkstemp(path));
	put(path, STATE "network = 10.2.0.1 10.2.0.11/24 https\nnetwork = - 10.3.0.11/24 http");
	client_saved s = state_file_load(path);
	assert_int_equal(s.n_networks, 2);
	assert_string_equal(s.networks[0].hint, "");
	assert_int_equal(s.networks[1].kind, PATH_HTTP);
	assert_string_equal(s.networks[1].hint, "");
	unlink(path);
}

TEST(as_much_as_can_be_remembered_fits_into_the_file)
{
	char path[] = "/tmp/test_client_state.XXXXXX";
	client_saved s = { .n_networks = CLIENT_NETWORKS, .n_relays = CLIENT_RELAYS };
	err e = { 0 };

	close(mkstemp(path));
	s.pseudonym = UINT32_MAX;
	s.clock = (ident_clock){ UINT64_MAX, 1, UINT64_MAX };
	for (unsigned i = 0; i < CLIENT_RELAYS; i++) {
		assert_true(endpoint_parse("[2001:db8:1111:2222:3333:4444:5555:6666]:65535", 0,
					   &s.relays[i].at));
		memset(s.relays[i].name, 'a', RELAY_NAME_MAX);
	}
	for (unsigned i = 0; i < CLIENT_NETWORKS; i++) {
		client_network *n = &s.networks[i];
		assert_true(ip_parse("2001:db8:1111:2222:3333:4444:5555:6666", &n->gateway));
		n->local = (ip_prefix){ n->gateway, 128 };
		n->kind = PATH_HTTPS;
		memset(n->hint, 'a' + (int)i, CLIENT_HINT - 1);
	}
	assert_true(state_file_save(path, &s, &e));
	client_saved back = state_file_load(path);
	assert_int_equal(back.n_relays, CLIENT_RELAYS);
	assert_int_equal(back.n_networks, CLIENT_NETWORKS);
	for (unsigned i = 0; i < CLIENT_NETWORKS; i++)
		assert_string_equal(back.networks[i].hint, s.networks[i].hint);
	unlink(path);
}

TEST(a_way_that_makes_no_sense_costs_its_network_nothing)
{
	char path[] = "/tmp/test_client_state.XXXXXX", text[CLIENT_HINT + 200];
	static const char line[] = STATE "network = 10.2.0.1 10.2.0.11/24 https ";
	static const char *const bad[] = { "plain\x01", "plain \xff\xfe", "pl\tain", "\r" };

	close(mkstemp(path));
	for (size_t i = 0; i <= COUNT(bad); i++) {
		int n = snprintf(text, sizeof text, "%s%s", line, i < COUNT(bad) ? bad[i] : "");
		if (i == COUNT(bad)) /* one octet too long */
			memset(text + n, 'x', CLIENT_HINT);
		snprintf(text + (i < COUNT(bad) ? n : n + CLIENT_HINT), 60,
			 "\nnetwork = - 10.3.0.11/24 http   plain  \n");
		put(path, text);
		client_saved s = state_file_load(path);
		assert_int_equal(s.n_networks, 2);
		assert_string_equal(s.networks[0].hint, "");
		assert_string_equal(s.networks[1].hint, "plain  ");
	}
	unlink(path);
}

TEST(relays_that_home_named_are_remembered)
{
	char path[] = "/tmp/test_client_state.XXXXXX";
	client_saved s = { .pseudonym = 0x1234, .n_relays = CLIENT_RELAYS };
	err e = { 0 };

	close(mkstemp(path));
	for (unsigned i = 0; i < CLIENT_RELAYS; i++) {
		s.relays[i].at = (endpoint){ .port = (uint16_t)(4500 + i) };
		assert_true(ip_parse(i % 2 ? "2001:db8::1" : "203.0.113.10", &s.relays[i].at.addr));
		memset(s.relays[i].name, 'a' + (int)i, RELAY_NAME_MAX); /* the longest */
	}
	assert_true(state_file_save(path, &s, &e));
	client_saved back = state_file_load(path);
	assert_int_equal(back.pseudonym, 0x1234);
	assert_int_equal(back.n_relays, CLIENT_RELAYS);
	for (unsigned i = 0; i < CLIENT_RELAYS; i++) {
		assert_true(endpoint_equal(&back.relays[i].at, &s.relays[i].at));
		assert_string_equal(back.relays[i].name, s.relays[i].name);
	}
	unlink(path);
}

TEST(state_of_before_there_were_relays_is_read)
{
	char path[] = "/tmp/test_client_state.XXXXXX";

	close(mkstemp(path));
	put(path, "pseudonym = 0x00001234\n");
	client_saved s = state_file_load(path);
	assert_int_equal(s.pseudonym, 0x1234);
	assert_false(ident_is_set(&s.clock));
	assert_int_equal(s.n_relays, 0);
	unlink(path);
}

TEST(a_line_that_is_no_relay_costs_no_other)
{
	char path[] = "/tmp/test_client_state.XXXXXX";

	close(mkstemp(path));
	put(path, "pseudonym = 0x00001234\nrelay = 203.0.113.10:4500 \n"
		  "relay = 203.0.113.11:4500 dmz2\nrelay = nowhere dmz3\nrelay = 203.0.113.12 x\n"
		  "relay = 203.0.113.13:434 dmz4\nrelay =");
	client_saved s = state_file_load(path);
	assert_int_equal(s.n_relays, 2);
	assert_string_equal(s.relays[0].name, "dmz2");
	assert_string_equal(s.relays[1].name, "dmz4");
	assert_int_equal(s.relays[1].at.port, 434);
	unlink(path);
}

TEST(saving_where_nothing_can_be_written_says_so_and_leaves_nothing)
{
	err e = { 0 };
	const client_saved s = { .pseudonym = 1 };

	assert_false(state_file_save("/nowhere/at/all.state", &s, &e));
	assert_non_null(strstr(e.text, "/nowhere/at/all.state"));
}

RUN(T(homes_time_of_another_start_of_the_machine_is_not_known),
    T(networks_where_udp_did_not_do_are_remembered),
    T(networks_of_before_ways_were_remembered_are_read),
    T(as_much_as_can_be_remembered_fits_into_the_file),
    T(a_way_that_makes_no_sense_costs_its_network_nothing), T(what_was_saved_is_loaded_and_private),
    T(relays_that_home_named_are_remembered), T(state_of_before_there_were_relays_is_read),
    T(a_line_that_is_no_relay_costs_no_other), T(state_that_makes_no_sense_counts_as_none),
    T(saving_where_nothing_can_be_written_says_so_and_leaves_nothing))
