/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static ip_addr addr(const char *text)
{
	ip_addr a;

	assert_true(ip_parse(text, &a));
	return a;
}

TEST(what_is_put_is_found_whatever_the_case)
{
	known_names k = { 0 };
	const ip_addr at[] = { addr("203.0.113.2"), addr("2001:db8::2") };

	assert_null(names_find(&k, "home.example.net"));
	assert_true(names_put(&k, "home.example.net", at, 2));
	assert_int_equal(names_find(&k, "Home.Example.NET")->n, 2);
	assert_true(names_put(&k, "HOME.example.net", at, 1));
	assert_int_equal(k.n, 1);
	assert_int_equal(names_find(&k, "home.example.net")->n, 1);
}

TEST(the_same_addresses_in_another_order_are_nothing_new)
{
	known_names k = { 0 };
	const ip_addr at[] = { addr("203.0.113.2"), addr("203.0.113.3"), addr("203.0.113.4") };
	const ip_addr turned[] = { at[2], at[0], at[1] }, twice[] = { at[0], at[0], at[1] };

	assert_true(names_put(&k, "home", at, 3));
	assert_false(names_put(&k, "home", turned, 3));
	assert_true(ip_equal(&names_find(&k, "home")->at[0], &at[0]));
	assert_true(names_put(&k, "home", twice, 3));
}

TEST(nothing_found_takes_nothing_away)
{
	known_names k = { 0 };
	ip_addr a = addr("203.0.113.2");

	names_put(&k, "home", &a, 1);
	assert_false(names_put(&k, "home", NULL, 0));
	assert_int_equal(names_find(&k, "home")->n, 1);
}

TEST(there_is_room_for_every_name_of_a_profile_and_no_more)
{
	known_names k = { 0 };
	ip_addr a = addr("203.0.113.2");
	char host[16];

	for (unsigned i = 0; i <= NAMES_MAX; i++) {
		snprintf(host, sizeof host, "h%u", i);
		assert_true(names_put(&k, host, &a, 1) == (i < NAMES_MAX));
	}
}

TEST(the_file_lies_beside_the_state)
{
	char path[64];

	names_path(path, sizeof path, "/var/lib/homeward/client-a.state@example.net.state");
	assert_string_equal(path, "/var/lib/homeward/client-a.state@example.net.names");
}

/* The longest names with the longest addresses, as many as there can be. */
TEST(what_was_saved_is_loaded_and_private)
{
	char dir[] = "/tmp/test_client_names.XXXXXX", path[64];
	known_names k = { 0 }, back;
	ip_addr at[NAME_ADDRESSES];
	struct stat st;
	err e = { 0 };

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/x.names", dir);
	for (unsigned i = 0; i < NAME_ADDRESSES; i++) {
		at[i] = addr("1111:2222:3333:4444:5555:6666:7777:8888");
		at[i].b[0] = (uint8_t)(0x20 + i);
	}
	for (unsigned i = 0; i < NAMES_MAX; i++) {
		char host[HOST_SIZE];
		memset(host, 'a' + (int)i, sizeof host - 1);
		host[sizeof host - 1] = 0;
		assert_true(names_put(&k, host, at, NAME_ADDRESSES));
	}
	assert_true(names_save(path, &k, &e));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	names_load(path, &back);
	assert_int_equal(back.n, NAMES_MAX);
	for (unsigned i = 0; i < NAMES_MAX; i++) {
		assert_string_equal(back.list[i].host, k.list[i].host);
		assert_int_equal(back.list[i].n, NAME_ADDRESSES);
		assert_memory_equal(back.list[i].at, at, sizeof at);
	}
	unlink(path);
	rmdir(dir);
}

TEST(a_line_that_makes_no_sense_costs_no_other)
{
	char path[] = "/tmp/test_client_names.XXXXXX";
	known_names k;
	int fd = mkstemp(path);
	static const char text[] =
		"home 203.0.113.2 2001:db8::2\nmux\nbad 203.0.113.2 x\n\n \xff\xff\n"
		"many 1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8 "
		"1.1.1.9\nlast 203.0.113.3";

	assert_true(write(fd, text, sizeof text - 1) == sizeof text - 1);
	close(fd);
	names_load(path, &k);
	assert_int_equal(k.n, 3);
	assert_int_equal(names_find(&k, "home")->n, 2);
	assert_int_equal(names_find(&k, "many")->n, 8);
	assert_int_equal(names_find(&k, "last")->n, 1);
	unlink(path);
	names_load(path, &k);
	assert_int_equal(k.n, 0);
}

TEST(saving_where_nothing_can_be_written_says_so)
{
	known_names k = { 0 };
	err e = { 0 };

	assert_false(names_save("/nowhere/at/all.names", &k, &e));
	assert_non_null(strstr(e.text, "/nowhere/at/all.names"));
}

RUN(T(what_is_put_is_found_whatever_the_case),
    T(the_same_addresses_in_another_order_are_nothing_new), T(nothing_found_takes_nothing_away),
    T(there_is_room_for_every_name_of_a_profile_and_no_more), T(the_file_lies_beside_the_state),
    T(what_was_saved_is_loaded_and_private), T(a_line_that_makes_no_sense_costs_no_other),
    T(saving_where_nothing_can_be_written_says_so))
