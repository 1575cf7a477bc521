/* SPDX-License-Identifier: MIT */
#include "io/net/neighbours.h"
#include "io/net/netcfg.h"
#include "netns.h"
#include <poll.h>

#define GATEWAY "10.9.0.2"
#define A       "02:00:00:00:00:0a"
#define B       "02:00:00:00:00:0b"

typedef struct scene {
	neighbours *n;
	uint32_t v0;
	err e;
} scene;

static void make_links(scene *s)
{
	memset(s, 0, sizeof *s);
	assert_true(run("ip link add v0 type veth peer name v1 && "
			"ip link add w0 type veth peer name w1 && "
			"for i in v0 v1 w0 w1; do ip link set $i addrgenmode none up; done; "
			"ip addr add 10.9.0.1/24 dev v0"));
	s->v0 = netcfg_ifindex("v0");
}

static void open_neighbours(scene *s)
{
	ip_addr list[NEIGHBOURS_MAX] = { 0 };

	assert_true(ip_parse(GATEWAY, &list[0]) && ip_parse("fd09::2", &list[1]));
	s->n = neighbours_open(s->v0, list, &s->e);
	assert_non_null(s->n);
}

#define NEED_SCENE(s)                                                                              \
	NEED_NETNS();                                                                              \
	scene s;                                                                                   \
	make_links(&s)

static bool is_change(scene *s, const char *command)
{
	struct pollfd p = { .fd = neighbours_fd(s->n), .events = POLLIN };
	bool changed = false;

	assert_true(run("%s", command));
	while (poll(&p, 1, 50) == 1)
		changed |= neighbours_drain(s->n);
	return changed;
}

TEST(another_hardware_address_is_a_change)
{
	NEED_SCENE(s);
	open_neighbours(&s);
	assert_false(is_change(&s, "ip neigh add " GATEWAY " lladdr " A " nud reachable dev v0"));
	assert_false(is_change(&s, "ip neigh replace " GATEWAY " lladdr " A " nud stale dev v0"));
	assert_true(is_change(&s, "ip neigh replace " GATEWAY " lladdr " B " nud stale dev v0"));
	assert_false(
		is_change(&s, "ip neigh replace " GATEWAY " lladdr " B " nud reachable dev v0"));
	neighbours_close(s.n);
}

TEST(what_was_known_before_counts)
{
	NEED_SCENE(s);
	assert_true(run("ip neigh add " GATEWAY " lladdr " A " nud reachable dev v0 && "
			"ip neigh add fd09::2 lladdr " A " nud reachable dev v0"));
	open_neighbours(&s);
	assert_true(
		is_change(&s, "ip neigh replace " GATEWAY " lladdr " B " nud reachable dev v0"));
	assert_true(is_change(&s, "ip neigh replace fd09::2 lladdr " B " nud reachable dev v0"));
	neighbours_close(s.n);
}

TEST(who_does_not_answer_any_more_is_a_change)
{
	NEED_SCENE(s);
	assert_true(run("ip neigh add " GATEWAY " lladdr " A " nud reachable dev v0"));
	open_neighbours(&s);
	assert_true(is_change(&s, "ip neigh replace " GATEWAY " nud failed dev v0"));
	neighbours_close(s.n);
}

TEST(others_and_other_links_do_not_matter)
{
	NEED_SCENE(s);
	assert_true(run("ip neigh add " GATEWAY " lladdr " A " nud reachable dev v0"));
	open_neighbours(&s);
	assert_false(is_change(&s, "ip neigh add 10.9.0.3 lladdr " A " nud reachable dev v0 && "
				   "ip neigh replace 10.9.0.3 lladdr " B " nud reachable dev v0"));
	assert_false(is_change(&s, "ip neigh add " GATEWAY " lladdr " B " nud reachable dev w0"));
	assert_false(is_change(&s, "ip neigh add proxy " GATEWAY " dev v0"));
	neighbours_close(s.n);
}

RUN(T(another_hardware_address_is_a_change), T(what_was_known_before_counts),
    T(who_does_not_answer_any_more_is_a_change), T(others_and_other_links_do_not_matter))
