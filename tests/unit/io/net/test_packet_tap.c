/* SPDX-License-Identifier: MIT */
/* v0 === v1, and v1 in a namespace of its own would answer: here neighbours are given by hand, so that what leaves by v0
 * leaves. */
#include "io/net/packet_tap.h"
#include "io/net/netcfg.h"
#include "netns.h"

typedef struct scene {
	io_loop *l;
	io_timer *t;
	packet_tap *tap;
	uint32_t v0, v1;
	unsigned seen;
	err e;
} scene;

static void count(void *ctx)
{
	((scene *)ctx)->seen++;
}

static void stop(void *ctx)
{
	io_loop_stop(((scene *)ctx)->l);
}

static void set_up(scene *s)
{
	memset(s, 0, sizeof *s);
	assert_true(run("ip link add v0 type veth peer name v1 && "
			"for i in v0 v1; do ip link set $i addrgenmode none up; done; "
			"ip addr add 10.9.0.1/24 dev v0 && ip addr add fd09::1/64 dev v0 nodad && "
			"ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev v0 && "
			"ip neigh add fd09::7 lladdr 02:00:00:00:00:07 dev v0"));
	assert_true(wait_for_lines(2, "ip link", "state UP"));
	s->v0 = netcfg_ifindex("v0");
	s->v1 = netcfg_ifindex("v1");
	s->l = io_loop_new(&s->e);
	s->t = io_timer_new(s->l, stop, s, &s->e);
	s->tap = packet_tap_new(s->l, count, s, &s->e);
	assert_true(s->l && s->t && s->tap);
}

static void tear_down(scene *s)
{
	packet_tap_free(s->tap);
	io_timer_free(s->t);
	io_loop_free(s->l);
}

#define NEED_SCENE(s)                                                                              \
	NEED_NETNS();                                                                              \
	scene s;                                                                                   \
	set_up(&s)

/* What is in the socket by now is handled. */
static unsigned seen_now(scene *s)
{
	io_timer_at(s->t, 0);
	io_loop_run(s->l);
	return s->seen;
}

static void ping(const char *to)
{
	run("ping -c 1 -W 0.01 %s >/dev/null 2>&1", to);
}

TEST(the_next_packet_is_reported_once)
{
	NEED_SCENE(s);
	ping("10.9.0.7");
	assert_true(packet_tap_set(s.tap, s.v0, &s.e));
	assert_int_equal(seen_now(&s), 0); /* it came before */
	ping("10.9.0.7");
	ping("10.9.0.7");
	assert_int_equal(seen_now(&s), 1);
	ping("10.9.0.7");
	assert_int_equal(seen_now(&s), 1);
	assert_true(packet_tap_set(s.tap, s.v0, &s.e));
	ping("fd09::7");
	assert_int_equal(seen_now(&s), 2);
	tear_down(&s);
}

TEST(what_goes_to_many_or_asks_for_neighbours_is_no_traffic)
{
	NEED_SCENE(s);
	assert_true(packet_tap_set(s.tap, s.v0, &s.e));
	ping("-I v0 224.0.0.251");
	ping("-I v0 ff02::fb%v0");
	ping("10.9.0.99"); /* asks who has it */
	ping("fd09::99");
	/* A unicast neighbour solicitation, as the kernel sends it to whom it has not heard for a while. */
	assert_true(run("ip neigh replace fd09::7 lladdr 02:00:00:00:00:07 nud probe dev v0"));
	assert_int_equal(seen_now(&s), 0);
	ping("10.9.0.7");
	assert_int_equal(seen_now(&s), 1);
	tear_down(&s);
}

TEST(other_links_and_the_other_direction_do_not_count)
{
	NEED_SCENE(s);
	assert_true(packet_tap_set(s.tap, s.v1, &s.e)); /* there it comes in */
	ping("10.9.0.7");
	ping("127.0.0.1");
	assert_int_equal(seen_now(&s), 0);
	assert_true(packet_tap_set(s.tap, s.v0, &s.e)); /* instead of the other one */
	ping("10.9.0.7");
	assert_int_equal(seen_now(&s), 1);
	tear_down(&s);
}

TEST(what_is_cleared_reports_nothing)
{
	NEED_SCENE(s);
	assert_true(packet_tap_set(s.tap, s.v0, &s.e));
	ping("10.9.0.7");
	packet_tap_clear(s.tap);
	assert_int_equal(seen_now(&s), 0);
	tear_down(&s);
}

TEST(setting_it_again_loses_nothing)
{
	NEED_SCENE(s);
	assert_true(packet_tap_set(s.tap, s.v0, &s.e));
	ping("10.9.0.7");
	assert_true(packet_tap_set(s.tap, s.v0, &s.e));
	assert_int_equal(seen_now(&s), 1);
	tear_down(&s);
}

TEST(link_that_is_not_there_is_an_error)
{
	NEED_SCENE(s);
	assert_false(packet_tap_set(s.tap, 4711, &s.e));
	assert_non_null(strstr(s.e.text, "packet socket"));
	assert_true(packet_tap_set(s.tap, s.v0, &s.e)); /* another one is fine */
	tear_down(&s);
}

RUN(T(the_next_packet_is_reported_once), T(what_goes_to_many_or_asks_for_neighbours_is_no_traffic),
    T(other_links_and_the_other_direction_do_not_count), T(what_is_cleared_reports_nothing),
    T(setting_it_again_loses_nothing), T(link_that_is_not_there_is_an_error))
