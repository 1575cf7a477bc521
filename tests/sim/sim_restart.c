/* SPDX-License-Identifier: MIT */
/* sim_restart.c - home is killed and started again, and does not speak to strangers: clients come back by themselves, under
 * traffic within three round trips and 300 ms, an idle one because home tells it. */
#include "world.h"
#include "core/reg/notice.h"

enum { RTT_MS = 40, NOTICED_MS = 3 * RTT_MS + 300, RECORDS = 16 };

typedef struct tape { /* notices that went to the client */
	uint8_t octets[RECORDS][REG_NOTICE_LEN];
	unsigned n;
	bool swallow;
} tape;

static bool is_notice(const uint8_t *p)
{
	return p[0] == CTL_RESTARTED;
}

static bool record(world *w, direction to, uint8_t *p, size_t n)
{
	tape *t = w->watch_ctx;

	if (to != TO_CLIENT || !is_notice(p))
		return true;
	assert_int_equal(n, REG_NOTICE_LEN);
	if (t->n < RECORDS)
		memcpy(t->octets[t->n++], p, n);
	return !t->swallow;
}

static world *with_tape(tape *t)
{
	world *w = world_new();

	*t = (tape){ 0 };
	w->watch = record;
	w->watch_ctx = t;
	return w;
}

static void stop_home(world *w, uint64_t ms)
{
	w->direct_black = true;
	world_run(w, ms);
	world_restart_home(w);
	w->direct_black = false;
}

/* From the restart to the first packet of either direction on the new association. */
static void assert_flows_again(world *w, uint64_t within_ms)
{
	world_account(w);
	world_run(w, within_ms);
	assert_true(w->up.received > 0 && w->down.received > 0);
}

TEST(under_traffic_a_short_restart_is_over_in_three_round_trips_and_300_ms)
{
	tape t;
	world *w = with_tape(&t);

	world_up(w, 1);
	world_traffic(w, 10000, 100);
	world_run(w, 500);
	world_restart_home(w);
	assert_flows_again(w, NOTICED_MS);
	world_free(w);
}

/* The client has given up on its path by then, and asks once in a while. */
TEST(under_traffic_a_long_outage_is_over_as_soon)
{
	tape t;
	world *w = with_tape(&t);

	for (uint64_t s = 2; s <= 128; s *= 4) {
		world_up(w, 1);
		world_traffic(w, 10000, 100);
		world_run(w, 500);
		stop_home(w, s * 1000);
		assert_flows_again(w, NOTICED_MS);
		world_traffic(w, 0, 0);
		world_run(w, 1000);
		world_unplug(w, 1);
		world_run(w, 1000);
	}
	world_free(w);
}

/* A NAT gave it another port in the seconds that home has not written yet: the client's own liveness is left. */
TEST(where_no_notice_arrives_liveness_finds_it_out)
{
	tape t;
	world *w = with_tape(&t);

	t.swallow = true;
	world_up(w, 1);
	world_traffic(w, 10000, 100);
	world_run(w, 500);
	world_restart_home(w);
	assert_flows_again(w, NOTICED_MS + RTT_MS);
	world_free(w);
}

TEST(without_a_notice_a_long_outage_ends_within_two_seconds_under_traffic)
{
	tape t;
	world *w = with_tape(&t);

	t.swallow = true;
	world_up(w, 1);
	world_traffic(w, 10000, 100);
	world_run(w, 500);
	stop_home(w, 100000);
	assert_flows_again(w, 2000);
	world_free(w);
}

TEST(an_idle_client_is_told_and_is_reached_in_two_round_trips)
{
	tape t;
	world *w = with_tape(&t);

	world_up(w, 1);
	world_run(w, 60000);
	stop_home(w, 1000);
	world_run(w, 2 * RTT_MS + 10);
	w->down.every_us = 10000;
	w->down.size = 100;
	w->down.next_us = w->us;
	world_account(w);
	world_run(w, RTT_MS);
	assert_true(w->down.received > 0);
	assert_int_equal(t.n, 1);
	world_free(w);
}

TEST(an_idle_client_that_a_nat_moved_is_told_where_it_is_now)
{
	tape t;
	world *w = with_tape(&t);

	world_up(w, 1);
	w->sites[1].nat_port += 700;
	world_run(w, 60000); /* its echo shows home the new port, and home writes it */
	assert_int_equal(w->remembered, 1);
	stop_home(w, 1000);
	world_run(w, 2 * RTT_MS + 10);
	assert_int_equal(world_home(w).registrations.accepted, 1);
	world_free(w);
}

TEST(by_a_relay_too)
{
	tape t;
	world *w = world_ready(world_relay_alone);

	t = (tape){ 0 };
	w->watch = record;
	w->watch_ctx = &t;
	world_up(w, 1);
	world_run(w, 60000);
	world_restart_home(w);
	world_run(w, 500);
	assert_true(t.n > 0);
	assert_int_equal(world_home(w).registrations.accepted, 1);
	world_run(w, 3000);
	assert_true(world_relay(w, 0).list_complete); /* and the relay has found it out by itself */
	assert_int_equal(world_relay(w, 0).link, RELAY_LINK_UP);
	world_free(w);
}

TEST(a_recorded_notice_makes_no_registration_ever_again)
{
	tape t;
	world *w = with_tape(&t);

	world_up(w, 1);
	for (int i = 0; i < 4; i++) {
		world_restart_home(w);
		world_run(w, 20000);
	}
	assert_true(t.n >= 4);
	uint64_t before = w->registrations;
	for (int round = 0; round < 100; round++)
		for (unsigned i = 0; i < t.n; i++) {
			world_send_to_client(w, w->n_socks, t.octets[i], REG_NOTICE_LEN);
			world_run(w, 10);
		}
	assert_int_equal(w->registrations, before);
	world_free(w);
}

TEST(forged_and_reflected_notices_change_nothing)
{
	static const endpoint home = { .addr = { 4, { 203, 0, 113, 2 } }, .port = 4500 };
	tape t;
	world *w = with_tape(&t);
	uint8_t forged[REG_NOTICE_LEN];
	key0_set other;

	world_up(w, 1);
	world_restart_home(w);
	world_run(w, 10000);
	memset(other.key0, 9, KEY0_LEN);
	assert_true(key0_set_derive(other.key0, &other));
	assert_int_equal(reg_notice_build(&other, UINT64_MAX, forged), REG_NOTICE_LEN);
	const uint64_t registrations = w->registrations, sent = w->sent_down;
	const endpoint client = { .addr = w->sites[1].seen, .port = 21001 };
	for (int i = 0; i < 1000; i++) {
		world_send_to_client(w, w->n_socks, forged, sizeof forged);
		world_send_to_home(w, &client, &home, t.octets[0], REG_NOTICE_LEN);
		world_run(w, 1);
	}
	assert_int_equal(w->registrations, registrations);
	assert_int_equal(w->sent_down, sent);
	world_free(w);
}

RUN(T(under_traffic_a_short_restart_is_over_in_three_round_trips_and_300_ms),
    T(under_traffic_a_long_outage_is_over_as_soon),
    T(where_no_notice_arrives_liveness_finds_it_out),
    T(without_a_notice_a_long_outage_ends_within_two_seconds_under_traffic),
    T(an_idle_client_is_told_and_is_reached_in_two_round_trips),
    T(an_idle_client_that_a_nat_moved_is_told_where_it_is_now), T(by_a_relay_too),
    T(a_recorded_notice_makes_no_registration_ever_again),
    T(forged_and_reflected_notices_change_nothing))
