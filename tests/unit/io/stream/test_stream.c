/* SPDX-License-Identifier: MIT */
#include "stream_kit.h"

TEST(octets_arrive_both_ways_in_the_clear)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	check_transfer(&s, NULL);
	assert_null(s.client.s->socket.tls);
	endpoint peer = stream_peer(s.client.s), local = stream_local(s.server.s);
	assert_true(endpoint_equal(&peer, &s.at));
	assert_true(endpoint_equal(&local, &s.at));
	tear_down(&s);
}

TEST(octets_arrive_both_ways_by_tls)
{
	scene s;

	NEED_NETNS();
	set_up_tls(&s);
	check_transfer(&s, "mux.test");
	assert_non_null(s.client.s->socket.tls);
	assert_null(stream_unverified(s.client.s));
	tear_down(&s);
}

/* Who does not read is waited for: little is kept meanwhile, and nothing is lost. */
static void check_back_pressure(scene *s, const char *name)
{
	enum { MUCH = 40 * 1000 * 1000 };

	assert_true(open_both(s, name));
	stream_pause(s->server.s, true);
	s->client.to_send = MUCH;
	push(&s->client);
	io_timer_at(s->patience, clock_mono_ms() + 200);
	io_loop_run(s->l);
	assert_true(stream_full(s->client.s));
	assert_true(s->client.sent < MUCH);
	assert_true(s->client.s->socket.pend_n <= STREAM_WRITE_MAX);
	assert_int_equal(s->server.got, 0);
	s->server.stop_at = MUCH;
	stream_pause(s->server.s, false);
	while (s->server.got < MUCH)
		assert_true(go(s));
}

TEST(who_does_not_read_is_waited_for_in_the_clear)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	check_back_pressure(&s, NULL);
	tear_down(&s);
}

TEST(who_does_not_read_is_waited_for_by_tls)
{
	scene s;

	NEED_NETNS();
	set_up_tls(&s);
	check_back_pressure(&s, "mux.test");
	tear_down(&s);
}

/* As the kernel reports it, in 1/256; 0: the system has no BBR. */
static uint32_t bbr_gain(const stream *s)
{
	union tcp_cc_info i;
	socklen_t n = sizeof(i);
	bool ok = getsockopt(s->socket.fd, IPPROTO_TCP, TCP_CC_INFO, &i, &n) == 0;

	return ok && n >= sizeof(i.bbr) ? i.bbr.bbr_cwnd_gain : 0;
}

enum { PROBE_BW = 2 * 256 }; /* more in Startup, less while it probes the round trip */

/* Sends as fast as it can. */
static bool sends_until(scene *s, bool startup)
{
	enum { TRIES = 1000 };

	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t gain = bbr_gain(s->client.s);
		if (startup ? gain > PROBE_BW : gain == PROBE_BW)
			return true;
		io_timer_at(s->patience, clock_mono_ms() + 2);
		io_loop_run(s->l);
	}
	return false;
}

TEST(bbr_restarts_when_packets_wait_and_it_is_past_startup)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	assert_true(open_both(&s, NULL));
	if (!bbr_gain(s.client.s)) {
		tear_down(&s);
		skip();
	}
	assert_true(run("tc qdisc add dev lo root tbf rate 50mbit burst 100kb latency 1s"));
	s.client.to_send = SIZE_MAX;
	push(&s.client);
	assert_true(sends_until(&s, false));
	stream_note_wait(s.client.s, BBR_RESTART_WAIT_MS - 1);
	assert_true(bbr_gain(s.client.s) == PROBE_BW);
	stream_note_wait(s.client.s, BBR_RESTART_WAIT_MS);
	assert_true(sends_until(&s, true));
	assert_true(sends_until(&s, false)); /* and goes on */
	tear_down(&s);
}

TEST(pausing_inside_data_keeps_the_rest_for_later)
{
	scene s;

	NEED_NETNS();
	set_up_tls(&s);
	assert_true(open_both(&s, "mux.test"));
	s.server.pause_at_data = true;
	s.client.to_send = 300000;
	push(&s.client);
	while (s.server.got < 300000) {
		s.server.stop_at = s.server.got + 1;
		assert_true(go(&s));
		stream_pause(s.server.s, false);
	}
	tear_down(&s);
}

/* All that was written arrives before the end is notified, also when it is more than the socket takes. */
static void check_finish(scene *s, const char *name)
{
	assert_true(open_both(s, name));
	stream_pause(s->server.s, true);
	s->client.to_send = 40 * 1000 * 1000;
	push(&s->client);
	assert_true(stream_full(s->client.s));
	stream_finish(s->client.s);
	s->client.s = NULL;
	stream_pause(s->server.s, false);
	assert_true(run_until_closed(s, 1));
	assert_string_equal(s->server.why, "ended");
	assert_int_equal(s->server.got, s->client.sent);
}

TEST(finishing_sends_all_and_then_ends)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	check_finish(&s, NULL);
	tear_down(&s);
}

TEST(finishing_sends_all_and_then_ends_by_tls)
{
	scene s;

	NEED_NETNS();
	set_up_tls(&s);
	check_finish(&s, "mux.test");
	tear_down(&s);
}

TEST(finishing_connection_ends_with_its_loop)
{
	scene s;

	NEED_NETNS();
	set_up_tls(&s);
	assert_true(open_both(&s, "mux.test"));
	stream_finish(s.client.s); /* waits for the other end, which says nothing */
	s.client.s = NULL;
	tear_down(&s); /* and nothing leaks */
}

TEST(reset_is_reported_with_its_reason)
{
	scene s;
	struct linger at_once = { 1, 0 };

	NEED_NETNS();
	set_up(&s);
	s.ends = 1;
	int fd = tcp_connect(&s.at, NULL, &s.e);
	assert_true(go(&s)); /* the server's end is open */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	assert_true(run_until_closed(&s, 1));
	assert_non_null(strstr(s.server.why, "reset"));
	tear_down(&s);
}

TEST(a_closed_port_is_reported)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	io_watch_pause(s.watch, true);
	s.at.port = 9;
	connect_to(&s, NULL);
	assert_true(run_until_closed(&s, 1));
	assert_string_equal(s.client.why, "Connection refused");
	assert_false(s.client.open);
	tear_down(&s);
}

TEST(stream_may_be_freed_in_each_of_its_callbacks)
{
	scene s;

	NEED_NETNS();
	for (int which = 0; which < 3; which++) {
		set_up_tls(&s);
		s.client.free_at_open = which == 0;
		s.server.free_at_data = which == 1;
		s.client.free_at_writable = which == 2;
		s.client.to_send = which == 2 ? 40 * 1000 * 1000 : 100000;
		connect_to(&s, "mux.test");
		s.until_closed = true;
		s.ends = 1;
		assert_true(go(&s));
		assert_true(s.client.free_at_open == !s.client.s || which == 2);
		tear_down(&s);
	}
}

RUN(T(octets_arrive_both_ways_in_the_clear), T(octets_arrive_both_ways_by_tls),
    T(who_does_not_read_is_waited_for_in_the_clear), T(who_does_not_read_is_waited_for_by_tls),
    T(bbr_restarts_when_packets_wait_and_it_is_past_startup),
    T(pausing_inside_data_keeps_the_rest_for_later), T(finishing_sends_all_and_then_ends),
    T(finishing_sends_all_and_then_ends_by_tls), T(finishing_connection_ends_with_its_loop),
    T(reset_is_reported_with_its_reason), T(a_closed_port_is_reported),
    T(stream_may_be_freed_in_each_of_its_callbacks))
