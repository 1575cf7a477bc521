/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "cut_off.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const route_set all_set = { .mode = ROUTES_ALL };

static bool is_cut_off(const route_set *s, const char *resolv_conf, endpoint *first)
{
	const uplink up = { .local = { ip4(10, 1, 0, 7), 24 } };
	char path[] = "/tmp/test_cut_off.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, resolv_conf, strlen(resolv_conf)), (int)strlen(resolv_conf));
	close(fd);
	bool cut = cut_off_name_servers(s, path, &up, 1, first);
	unlink(path);
	return cut;
}

TEST(name_servers_in_the_network_around_are_cut_off)
{
	endpoint first;

	assert_true(is_cut_off(&all_set, "nameserver 10.1.0.1\nnameserver fe80::1%lo\n", &first));
	assert_true(ip_equal(&first.addr, &(ip_addr){ 4, { 10, 1, 0, 1 } }));
}

TEST(one_that_is_reached_is_enough_and_so_is_a_resolver_of_this_machine)
{
	endpoint first;

	assert_false(is_cut_off(&all_set, "nameserver 10.1.0.1\nnameserver 192.0.2.53\n", &first));
	assert_false(is_cut_off(&all_set, "nameserver 127.0.0.53\n", &first));
	assert_false(is_cut_off(&all_set, "", &first));
}

TEST(nothing_is_cut_off_unless_everything_is_and_local_networks_are)
{
	route_set local = all_set, home = all_set;
	endpoint first;

	local.local = true;
	home.mode = ROUTES_HOME;
	assert_false(is_cut_off(&local, "nameserver 10.1.0.1\n", &first));
	assert_false(is_cut_off(&home, "nameserver 10.1.0.1\n", &first));
}

RUN(T(name_servers_in_the_network_around_are_cut_off),
    T(one_that_is_reached_is_enough_and_so_is_a_resolver_of_this_machine),
    T(nothing_is_cut_off_unless_everything_is_and_local_networks_are))
