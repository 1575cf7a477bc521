/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

enum { INTERVAL_MS = 5000, RTT_MS = 20, PATIENCE_MS = 300 + 3 * RTT_MS, DOUBT_GAP_MS = 300 };

static const uint8_t home_net = 50;
static uint32_t followed, watched; /* links */
static unsigned n_watched;
static bool cannot_watch;

static void follow(void *ctx, const uplink *u, const ip_addr *home_lan)
{
	const ip_addr server = ip4(10, home_net, 0, 2);

	(void)ctx;
	followed = u ? u->ifindex : 0;
	assert_true(!u || ip_equal(home_lan, &server));
}

static bool next_packet(void *ctx, uint32_t ifindex)
{
	(void)ctx;
	watched = cannot_watch ? 0 : ifindex;
	n_watched++;
	return !cannot_watch;
}

static client_home_watch *watch(kit *k)
{
	return &k->c->home_watch;
}

static client_path *start(kit *k)
{
	const uplink u = uplink_at(2, "wan0", home_net);
	reg_reply r = { .lifetime_s = 600, .home_lan = ip4(10, home_net, 0, 2) };

	followed = watched = n_watched = 0;
	cannot_watch = false;
	kit_prepare(k);
	k->env.home_link = follow;
	k->env.next_packet = next_packet;
	kit_make(k);
	client_path *p = kit_plug(k, &u, 1);
	assert_true(prefix_parse("10.50.0.0/24", &r.network4));
	client_binding_grant(&k->c->binding, after(0), &r);
	dgramq_clear(&k->tx);
	client_requests_wipe(&k->c->requests);
	for (client_event e; client_events_take(&k->c->events, &e);)
		;
	client_home_watch_begin(watch(k), after(0), p, RTT_MS * 1000);
	return p;
}

/* Requests to the home server on the link; empties the queue. */
static unsigned requests(kit *k)
{
	const endpoint home_lan = { .addr = ip4(10, home_net, 0, 2), .port = 434 };
	unsigned n = 0;

	for (uint32_t i = 0; i < k->tx.n_runs; i++) {
		assert_true(endpoint_equal(&k->tx.runs[i].route.to, &home_lan));
		n += k->tx.runs[i].n_segs;
	}
	dgramq_clear(&k->tx);
	return n;
}

static unsigned run_to(kit *k, uint64_t from_ms, uint64_t to_ms)
{
	unsigned n = 0;

	for (uint64_t ms = from_ms; ms <= to_ms; ms++) {
		if (client_home_watch_next_timer_ms(watch(k)) <= after(ms).ms)
			client_home_watch_tick(watch(k), after(ms));
		n += requests(k);
	}
	return n;
}

static void answer(kit *k, uint64_t sent_ms, uint64_t ms, uint8_t code)
{
	const client_request q = { .sent_ms = after(sent_ms).ms,
				   .sent_us = client_time_us(after(sent_ms)) };
	const reg_reply r = { .code = code };

	client_home_watch_answered(watch(k), after(ms), &q, &r);
}

static bool is_lost(kit *k, const client_path *p)
{
	client_event e;

	return client_events_take(&k->c->events, &e) && e.kind == CLIENT_EV_HOME_LOST &&
	       e.path == p->name && !client_events_wait(&k->c->events);
}

/* The next packet after the interval brings a request. */
static void ask_at(kit *k, uint64_t ms)
{
	run_to(k, ms - 1, ms - 1);
	assert_int_equal(watch(k)->state, CLIENT_WATCH_WAITING);
	client_home_watch_packet(watch(k), after(ms));
	assert_int_equal(requests(k), 1);
}

TEST(an_answer_holds_for_an_interval_and_then_the_next_packet_asks)
{
	kit k;
	const client_path *p = start(&k);

	assert_true(client_home_watch_is_on(watch(&k), p));
	assert_int_equal(followed, 2);
	assert_int_equal(run_to(&k, 0, INTERVAL_MS - 1), 0);
	assert_int_equal(n_watched, 0);
	client_home_watch_packet(watch(&k), after(INTERVAL_MS - 1)); /* nobody has asked for it */
	assert_int_equal(requests(&k), 0);
	assert_int_equal(run_to(&k, INTERVAL_MS, 3600000), 0);
	assert_int_equal(n_watched, 1);
	assert_int_equal(watched, 2);
	assert_true(client_home_watch_next_timer_ms(watch(&k)) == NEVER);
	client_home_watch_packet(watch(&k), after(3600000));
	assert_int_equal(requests(&k), 1);
	kit_end(&k);
}

TEST(what_is_not_answered_in_three_round_trips_and_300_ms_is_not_the_home_link)
{
	kit k;
	const client_path *p = start(&k);

	ask_at(&k, 6000);
	assert_int_equal(run_to(&k, 6001, 6000 + PATIENCE_MS - 1), 3);
	assert_false(client_events_wait(&k.c->events));
	assert_int_equal(run_to(&k, 6000 + PATIENCE_MS, 6000 + PATIENCE_MS), 0);
	assert_true(is_lost(&k, p));
	assert_true(client_home_watch_next_timer_ms(watch(&k)) == NEVER);
	kit_end(&k);
}

TEST(after_a_standstill_of_the_process_the_answer_may_be_in_the_socket)
{
	kit k;
	const client_path *p = start(&k);

	ask_at(&k, 6000);
	client_home_watch_tick(watch(&k), after(9000));
	assert_false(client_events_wait(&k.c->events));
	answer(&k, 6000, 9000, MIP_ACCEPTED);
	assert_int_equal(watch(&k)->state, CLIENT_WATCH_RESTING);
	ask_at(&k, 20000);
	uint64_t until = watch(&k)->until_ms - after(0).ms;
	client_home_watch_tick(watch(&k), after(until + 50));
	assert_int_equal(client_home_watch_next_timer_ms(watch(&k)), after(until + 100).ms);
	client_home_watch_tick(watch(&k), after(until + 100));
	assert_true(is_lost(&k, p));
	kit_end(&k);
}

TEST(homes_consent_is_the_beginning_of_the_next_interval)
{
	kit k;

	start(&k);
	ask_at(&k, 6000);
	run_to(&k, 6001, 6019);
	answer(&k, 6000, 6020, MIP_ACCEPTED);
	assert_int_equal(run_to(&k, 6020, 6020 + INTERVAL_MS - 1), 0);
	assert_int_equal(n_watched, 1);
	run_to(&k, 6020 + INTERVAL_MS, 6020 + INTERVAL_MS);
	assert_int_equal(n_watched, 2);
	assert_false(client_events_wait(&k.c->events));
	kit_end(&k);
}

TEST(an_authentic_refusal_ends_it_at_once)
{
	kit k;
	const client_path *p = start(&k);

	answer(&k, 0, 10, MIP_HA_PROHIBITED); /* to a request of before */
	assert_false(client_events_wait(&k.c->events));
	ask_at(&k, 6000);
	answer(&k, 6000, 6020, MIP_HA_PROHIBITED);
	assert_true(is_lost(&k, p));
	kit_end(&k);
}

TEST(patience_follows_the_round_trip)
{
	kit k;

	start(&k);
	assert_int_equal(watch(&k)->rtt_us, RTT_MS * 1000);
	ask_at(&k, 6000);
	answer(&k, 6000, 6100, MIP_ACCEPTED);
	assert_in_range(watch(&k)->rtt_us, 29900, 30100);
	kit_end(&k);
}

TEST(a_doubt_is_followed_at_once_but_not_more_often_than_it_may)
{
	kit k;

	start(&k);
	client_home_watch_doubt(watch(&k), after(100)); /* the answer is of a moment ago */
	assert_int_equal(run_to(&k, 100, DOUBT_GAP_MS - 1), 0);
	assert_int_equal(run_to(&k, DOUBT_GAP_MS, DOUBT_GAP_MS), 1);
	answer(&k, DOUBT_GAP_MS, DOUBT_GAP_MS + 20, MIP_ACCEPTED);
	client_home_watch_doubt(watch(&k), after(2000));
	assert_int_equal(run_to(&k, 2000, 2000), 1);
	answer(&k, 2000, 2020, MIP_ACCEPTED);
	assert_int_equal(run_to(&k, 2020, 7019), 0);
	client_home_watch_doubt(watch(&k), after(9000)); /* while the next packet is waited for */
	assert_int_equal(run_to(&k, 9000, 9000), 1);
	kit_end(&k);
}

TEST(a_doubt_prolongs_no_wait)
{
	kit k;
	const client_path *p = start(&k);

	ask_at(&k, 6000);
	for (uint64_t ms = 6001; ms < 6000 + PATIENCE_MS; ms++) {
		client_home_watch_doubt(watch(&k), after(ms));
		run_to(&k, ms, ms);
		assert_false(client_events_wait(&k.c->events));
	}
	run_to(&k, 6000 + PATIENCE_MS, 6000 + PATIENCE_MS);
	assert_true(is_lost(&k, p));
	kit_end(&k);
}

TEST(an_answer_under_doubt_brings_another_request)
{
	kit k;

	start(&k);
	ask_at(&k, 6000);
	client_home_watch_doubt(watch(&k), after(6010));
	answer(&k, 6000, 6020, MIP_ACCEPTED);
	assert_int_equal(run_to(&k, 6020, 6299), 0);
	assert_int_equal(run_to(&k, 6300, 6300), 1);
	answer(&k, 6300, 6320, MIP_ACCEPTED);
	assert_int_equal(run_to(&k, 6320, 6320 + INTERVAL_MS), 0);
	kit_end(&k);
}

TEST(where_packets_cannot_be_seen_home_is_asked_in_each_interval)
{
	kit k;

	start(&k);
	cannot_watch = true;
	assert_int_equal(run_to(&k, 0, INTERVAL_MS), 1);
	answer(&k, INTERVAL_MS, INTERVAL_MS + 20, MIP_ACCEPTED);
	k.env.next_packet = NULL;
	assert_int_equal(run_to(&k, INTERVAL_MS + 20, 2 * INTERVAL_MS + 19), 0);
	assert_int_equal(run_to(&k, 2 * INTERVAL_MS + 20, 2 * INTERVAL_MS + 20), 1);
	kit_end(&k);
}

TEST(home_that_needs_another_request_gets_it_at_once)
{
	kit k;

	start(&k);
	client_home_watch_repeat(watch(&k), after(10)); /* nothing is asked */
	assert_true(client_home_watch_next_timer_ms(watch(&k)) == after(INTERVAL_MS).ms);
	ask_at(&k, 6000);
	client_home_watch_repeat(watch(&k), after(6010));
	assert_int_equal(run_to(&k, 6010, 6010), 1);
	kit_end(&k);
}

TEST(the_end_is_the_end)
{
	kit k;
	const client_path *p = start(&k);

	ask_at(&k, 6000);
	client_home_watch_end(watch(&k));
	assert_int_equal(followed, 0);
	assert_false(client_home_watch_is_on(watch(&k), p));
	assert_true(client_home_watch_next_timer_ms(watch(&k)) == NEVER);
	for (unsigned i = 0; i < CLIENT_REQUESTS; i++)
		assert_int_equal(k.c->requests.under_way[i].offer.request_id, 0);
	client_home_watch_doubt(watch(&k), after(6010));
	client_home_watch_packet(watch(&k), after(6010));
	answer(&k, 6000, 6020, MIP_HA_PROHIBITED);
	assert_int_equal(run_to(&k, 6010, 20000), 0);
	assert_false(client_events_wait(&k.c->events));
	kit_end(&k);
}

TEST(an_uplink_that_is_gone_is_asked_no_more)
{
	kit k;
	client_path *p = start(&k);

	client_paths_close(&k.c->paths, p);
	client_home_watch_doubt(watch(&k), after(1000));
	assert_int_equal(run_to(&k, 1000, 20000), 0);
	assert_true(client_home_watch_next_timer_ms(watch(&k)) == NEVER);
	kit_end(&k);
}

RUN(T(an_answer_holds_for_an_interval_and_then_the_next_packet_asks),
    T(what_is_not_answered_in_three_round_trips_and_300_ms_is_not_the_home_link),
    T(after_a_standstill_of_the_process_the_answer_may_be_in_the_socket),
    T(homes_consent_is_the_beginning_of_the_next_interval), T(an_authentic_refusal_ends_it_at_once),
    T(patience_follows_the_round_trip),
    T(a_doubt_is_followed_at_once_but_not_more_often_than_it_may), T(a_doubt_prolongs_no_wait),
    T(an_answer_under_doubt_brings_another_request),
    T(where_packets_cannot_be_seen_home_is_asked_in_each_interval),
    T(home_that_needs_another_request_gets_it_at_once), T(the_end_is_the_end),
    T(an_uplink_that_is_gone_is_asked_no_more))
