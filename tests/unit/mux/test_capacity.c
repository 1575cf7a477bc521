/* SPDX-License-Identifier: MIT */
#include "capacity.h"
#include "unit.h"
#include <limits.h>
#include <sys/resource.h>

TEST(each_half_of_the_descriptors_and_a_quarter_of_the_memory)
{
	mux_room_limits l = capacity_of(20064, 8ull << 30);

	assert_int_equal(l.connections, 10000);
	assert_int_equal(l.tunnels, 10000);
	assert_true(l.memory == 2ull << 30);
}

TEST(too_few_descriptors_are_not_no_limit_and_too_many_are_one)
{
	assert_int_equal(capacity_of(65, 1).connections, 1);
	assert_int_equal(capacity_of(3, 1).tunnels, 1);
	assert_int_equal(capacity_of(RLIM_INFINITY, 1).connections, UINT_MAX);
}

TEST(the_systems_own_follow_its_limit_on_open_files)
{
	struct rlimit before, less;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	less = before;
	less.rlim_cur = 264;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &less), 0);
	mux_room_limits l = capacity_of_system();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(l.connections, 100);
	assert_int_equal(l.tunnels, 100);
	assert_true(l.memory > 1 << 20);
}

RUN(T(each_half_of_the_descriptors_and_a_quarter_of_the_memory),
    T(too_few_descriptors_are_not_no_limit_and_too_many_are_one),
    T(the_systems_own_follow_its_limit_on_open_files))
