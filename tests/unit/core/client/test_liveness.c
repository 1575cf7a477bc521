/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

enum { RTT_MS = 40 };

/* What the path's echoes are, once they are queued. */
static unsigned n_echoes;
static void count_echoes(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	(void)k, (void)now, (void)p, (void)n;
	n_echoes += o->next_header == ESP_NEXT_CTL;
}

static client_path *up_with_rtt(kit *k)
{
	client_path *p = kit_up(k);

	p->rtt_us = RTT_MS * 1000;
	client_paths_set_mtu(p, 0);
	client_mtu_stop(&k->c->mtu, p);
	n_echoes = 0;
	return p;
}

/* The liveness module alone, until it says that the path failed; 0: it does not. */
static uint64_t dies_at(kit *k, uint64_t from_ms, uint64_t until_ms)
{
	for (uint64_t ms = from_ms; ms <= until_ms; ms++) {
		if (client_liveness_next_timer_ms(&k->c->liveness) <= after(ms).ms)
			client_liveness_tick(&k->c->liveness, after(ms));
		kit_collect(k, after(ms), count_echoes);
		client_event e;
		while (client_events_take(&k->c->events, &e))
			if (e.kind == CLIENT_EV_PATH_FAILED)
				return ms;
	}
	return 0;
}

TEST(a_path_in_use_is_dead_after_three_round_trips_and_a_quarter_of_a_second_of_silence)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	client_liveness_sent(&k.c->liveness, after(1000), p);
	assert_int_equal(dies_at(&k, 1000, 3000), 1000 + 3 * RTT_MS + 250);
	assert_in_range(n_echoes, 3, 10);
	kit_end(&k);
}

TEST(anything_heard_in_between_starts_the_wait_again)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	client_liveness_sent(&k.c->liveness, after(1000), p);
	assert_int_equal(dies_at(&k, 1000, 1300), 0);
	client_liveness_quiet(&k.c->liveness, p);
	assert_int_equal(dies_at(&k, 1301, 1900), 0); /* nothing is unanswered */
	client_liveness_sent(&k.c->liveness, after(1900), p);
	assert_int_equal(dies_at(&k, 1900, 4000), 1900 + 3 * RTT_MS + 250);
	kit_end(&k);
}

TEST(a_tcp_carrier_may_be_silent_for_two_seconds_more)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	p->kind = PATH_HTTPS;
	client_liveness_sent(&k.c->liveness, after(1000), p);
	assert_int_equal(dies_at(&k, 1000, 9000), 1000 + 3 * RTT_MS + 2000);
	kit_end(&k);
}

TEST(behind_a_nat_an_idle_path_sends_keepalives_and_waits_longer_for_their_answer)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	p->nat = true;
	p->keepalive_s = 20;
	client_paths_sent(p, after(0).ms);
	assert_int_equal(dies_at(&k, 1, 19999), 0);
	assert_int_equal(n_echoes, 0);
	assert_int_equal(dies_at(&k, 20000, 30000), 20000 + 3 * RTT_MS + 2000);
	kit_end(&k);
}

TEST(without_a_nat_an_idle_path_is_silent)
{
	kit k;

	up_with_rtt(&k);
	assert_true(client_liveness_next_timer_ms(&k.c->liveness) == NEVER);
	kit_end(&k);
}

TEST(a_path_on_which_nothing_of_ours_arrives_is_dead_though_home_is_heard)
{
	kit k;
	client_path *p = up_with_rtt(&k);
	uint64_t died = 0;

	client_liveness_proven(&k.c->liveness, p, after(1000).ms);
	for (uint64_t ms = 1000; ms < 9000 && !died; ms += 10) {
		client_liveness_sent(&k.c->liveness, after(ms), p);
		client_liveness_quiet(&k.c->liveness, p); /* home's packets go on coming */
		if (dies_at(&k, ms, ms + 9))
			died = ms - 1000;
	}
	assert_in_range(died, 2000 + 3 * RTT_MS + 490, 2000 + 3 * RTT_MS + 510);
	kit_end(&k);
}

TEST(a_dead_path_is_probed_every_second_while_it_is_used_and_then_no_more)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	client_liveness_sent(&k.c->liveness, after(1000), p);
	assert_int_not_equal(dies_at(&k, 1000, 3000), 0);
	client_paths_failed(p, after(2000).ms);
	client_paths_sent_data(p, after(2000).ms);
	dies_at(&k, 2000, 5000);
	n_echoes = 0;
	dies_at(&k, 5001, 10000);
	assert_in_range(n_echoes, 4, 6);
	dies_at(&k, 10001, 13000);
	n_echoes = 0;
	dies_at(&k, 13001, 60000);
	assert_int_equal(n_echoes, 0);
	kit_end(&k);
}

TEST(standbys_that_did_not_answer_meanwhile_are_doubted)
{
	kit k;
	client_path *p = up_with_rtt(&k);
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };

	client_core_uplinks(k.c, after(10), u, 2);
	client_path *standby = client_paths_next(&k.c->paths, p);
	client_paths_heard(standby, after(500).ms);
	client_liveness_sent(&k.c->liveness, after(1000), p);
	assert_int_not_equal(dies_at(&k, 1000, 3000), 0);
	assert_false(standby->answering);
	kit_end(&k);
}

/* n inner packets, a millisecond apart, the last one at that time. */
static void receive(kit *k, const client_path *p, unsigned n, uint64_t last_ms)
{
	for (unsigned i = 1; i <= n; i++)
		client_liveness_received(&k->c->liveness, after(last_ms - n + i).ms, p);
}

/* The first echo from then on; 0: none. */
static uint64_t asks_at(kit *k, uint64_t from_ms, uint64_t until_ms)
{
	n_echoes = 0;
	for (uint64_t ms = from_ms; ms <= until_ms; ms++) {
		assert_int_equal(dies_at(k, ms, ms), 0);
		if (n_echoes)
			return ms;
	}
	return 0;
}

TEST(where_packets_arrived_and_then_none_did_an_echo_asks)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	receive(&k, p, 8, 2000);
	assert_int_equal(asks_at(&k, 2000, 3000), 2250);
	client_liveness_quiet(&k.c->liveness, p); /* it was answered */
	assert_int_equal(asks_at(&k, 2251, 60000), 0);
	kit_end(&k);
}

TEST(on_a_long_path_a_pause_is_one_and_a_half_round_trips)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	p->rtt_us = 600000;
	receive(&k, p, 8, 2000);
	assert_int_equal(asks_at(&k, 2000, 4000), 2900);
	kit_end(&k);
}

TEST(who_only_receives_leaves_a_path_where_that_echo_stays_unanswered)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	receive(&k, p, 8, 2000);
	assert_int_equal(dies_at(&k, 2000, 4000), 2250 + 3 * RTT_MS + 250);
	kit_end(&k);
}

TEST(an_echo_for_a_few_packets_or_one_in_a_second)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	receive(&k, p, 1, 2000);
	assert_int_equal(asks_at(&k, 2000, 3000), 2250);
	client_liveness_quiet(&k.c->liveness, p);
	receive(&k, p, 7, 2400);
	assert_int_equal(asks_at(&k, 2400, 4000), 3250);
	client_liveness_quiet(&k.c->liveness, p);
	receive(&k, p, 8, 3300);
	assert_int_equal(asks_at(&k, 3300, 4000), 3550);
	kit_end(&k);
}

TEST(where_an_answer_is_waited_for_no_other_echo_is_needed)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	receive(&k, p, 8, 2000);
	client_liveness_sent(&k.c->liveness, after(2200), p);
	assert_int_equal(dies_at(&k, 2200, 4000), 2200 + 3 * RTT_MS + 250);
	kit_end(&k);
}

TEST(a_keepalive_that_is_under_way_is_not_waited_for_so_long_where_packets_arrived)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	p->nat = true;
	p->keepalive_s = 2;
	client_paths_sent(p, after(0).ms);
	receive(&k, p, 8, 1990);
	assert_int_equal(dies_at(&k, 1990, 6000), 2240 + 3 * RTT_MS + 250);
	kit_end(&k);
}

TEST(of_a_path_that_is_known_to_be_dead_nothing_is_asked)
{
	kit k;
	client_path *p = up_with_rtt(&k);

	receive(&k, p, 8, 2000);
	client_paths_failed(p, after(2001).ms);
	assert_int_equal(asks_at(&k, 2001, 5000), 0);
	assert_true(client_liveness_next_timer_ms(&k.c->liveness) == NEVER);
	kit_end(&k);
}

TEST(a_path_in_use_is_proven_again_two_seconds_after_the_last_answer_and_not_later)
{
	kit k;
	client_path *p = kit_up(&k);

	client_liveness_proven(&k.c->liveness, p, after(0).ms);
	client_liveness_sent(&k.c->liveness, after(1000), p);
	client_liveness_quiet(&k.c->liveness, p);
	dgramq_clear(&k.tx);
	assert_int_equal(client_liveness_next_timer_ms(&k.c->liveness), after(2000).ms);
	client_liveness_tick(&k.c->liveness, after(1999));
	assert_int_equal(k.tx.n_runs, 0);
	client_liveness_tick(&k.c->liveness, after(2000));
	assert_int_equal(k.tx.n_runs, 1);
	kit_end(&k);
}

RUN(T(where_packets_arrived_and_then_none_did_an_echo_asks),
    T(on_a_long_path_a_pause_is_one_and_a_half_round_trips),
    T(who_only_receives_leaves_a_path_where_that_echo_stays_unanswered),
    T(an_echo_for_a_few_packets_or_one_in_a_second),
    T(where_an_answer_is_waited_for_no_other_echo_is_needed),
    T(a_keepalive_that_is_under_way_is_not_waited_for_so_long_where_packets_arrived),
    T(of_a_path_that_is_known_to_be_dead_nothing_is_asked),
    T(a_path_in_use_is_proven_again_two_seconds_after_the_last_answer_and_not_later),
    T(a_path_in_use_is_dead_after_three_round_trips_and_a_quarter_of_a_second_of_silence),
    T(anything_heard_in_between_starts_the_wait_again),
    T(a_tcp_carrier_may_be_silent_for_two_seconds_more),
    T(behind_a_nat_an_idle_path_sends_keepalives_and_waits_longer_for_their_answer),
    T(without_a_nat_an_idle_path_is_silent),
    T(a_path_on_which_nothing_of_ours_arrives_is_dead_though_home_is_heard),
    T(a_dead_path_is_probed_every_second_while_it_is_used_and_then_no_more),
    T(standbys_that_did_not_answer_meanwhile_are_doubted))
