/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

#include <errno.h>

enum { RTT_MS = 40, ETHERNET = 1500 - 28 };

static uint16_t limit;    /* longer datagrams vanish */
static unsigned n_large;  /* that were sent */
static uint16_t last_mtu; /* in the newest echo */

static void narrow_path(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	wire_rd r = wire_reader(o->inner, o->len);
	ctl_msg m;

	if (o->next_header == ESP_NEXT_CTL && ctl_get(&r, &m))
		last_mtu = m.mtu;
	n_large += n > 1000;
	if (n <= limit)
		kit_answer_echo(k, now, p, o, n);
}

static client_path *searched(kit *k, uint16_t passes)
{
	client_path *p = kit_up(k);

	limit = passes;
	client_mtu_start(&k->c->mtu, after(0), p);
	kit_run(k, 1, 3000, narrow_path);
	n_large = 0;
	return p;
}

TEST(the_largest_datagram_that_passes_is_found_and_home_hears_of_it)
{
	kit k;
	const client_path *p = searched(&k, ETHERNET);

	assert_int_equal(p->mtu, ETHERNET);
	assert_int_equal(k.c->mtu.inner, esp_inner_max(ETHERNET));
	assert_int_equal(last_mtu, ETHERNET);
	assert_int_equal(k.c->mtu.of[p->slot].sent, ETHERNET);
	assert_true(k.c->mtu.of[p->slot].send_ms == NEVER);
	kit_end(&k);
}

TEST(a_narrow_path_is_found_within_twelve_octets)
{
	kit k;
	const client_path *p = searched(&k, 1200);

	assert_in_range(p->mtu, 1188, 1200);
	assert_int_equal(k.c->mtu.inner, esp_inner_max(p->mtu));
	kit_end(&k);
}

TEST(an_idle_path_is_not_searched_again)
{
	kit k;

	searched(&k, 1200);
	kit_run(&k, 3001, 60000, narrow_path);
	n_large = 0;
	kit_run(&k, 60001, 900000, narrow_path);
	assert_int_equal(n_large, 0);
	kit_end(&k);
}

TEST(after_a_burst_of_traffic_one_large_echo_makes_sure_that_they_still_pass)
{
	kit k;
	client_path *p = searched(&k, ETHERNET);

	client_paths_received_data(p, after(3001).ms);
	kit_run(&k, 3001, 9999, narrow_path);
	n_large = 0;
	client_paths_received_data(p, after(10000).ms);
	assert_int_equal(client_mtu_next_timer_ms(&k.c->mtu), after(10250).ms);
	kit_run(&k, 10000, 10249, narrow_path);
	assert_int_equal(n_large, 0);
	kit_run(&k, 10250, 10250, narrow_path);
	assert_int_equal(n_large, 1);
	kit_run(&k, 10251, 12000, narrow_path);
	assert_int_equal(n_large, 1);
	assert_int_equal(p->mtu, ETHERNET);
	kit_end(&k);
}

TEST(traffic_without_end_is_checked_every_ten_seconds)
{
	kit k;
	client_path *p = searched(&k, ETHERNET);

	for (uint64_t ms = 3001; ms < 63000; ms += 100) {
		client_paths_received_data(p, after(ms).ms);
		kit_run(&k, ms, ms + 99, narrow_path);
	}
	assert_in_range(n_large, 5, 7);
	kit_end(&k);
}

TEST(two_large_echoes_that_vanish_while_small_ones_are_answered_start_the_search_again)
{
	kit k;
	client_path *p = searched(&k, ETHERNET);

	limit = 1200;
	client_paths_received_data(p, after(10000).ms);
	kit_run(&k, 10000, 16000, narrow_path);
	assert_in_range(p->mtu, 1188, 1200);
	kit_end(&k);
}

TEST(silence_of_everything_is_not_taken_for_a_narrow_path)
{
	kit k;
	client_path *p = searched(&k, ETHERNET);

	limit = 0;
	client_mtu_suspect(&k.c->mtu, after(10000), p);
	for (uint64_t ms = 10000; ms < 12000; ms++) {
		client_mtu_tick(&k.c->mtu, after(ms));
		kit_collect(&k, after(ms), narrow_path);
	}
	assert_int_equal(p->mtu, ETHERNET);
	kit_end(&k);
}

TEST(a_length_that_the_link_refuses_starts_the_search_again)
{
	kit k;
	client_path *p = searched(&k, ETHERNET);

	limit = 1300;
	client_core_send_failed(k.c, after(10000), p->sock, EMSGSIZE);
	assert_int_equal(p->mtu, 0);
	assert_true(k.c->mtu.inner < esp_inner_max(1300));
	kit_run(&k, 10000, 13000, narrow_path);
	assert_in_range(esp_inner_max(p->mtu), esp_inner_max(1288), esp_inner_max(1300));
	kit_end(&k);
}

TEST(behind_a_multiplexer_no_more_than_ethernet_is_searched)
{
	kit k;
	client_path *p = kit_up(&k);

	p->kind = PATH_HTTPS;
	p->up.mtu = 9000;
	client_mtu_start(&k.c->mtu, after(0), p);
	assert_int_equal(k.c->mtu.of[p->slot].search.link_max, ETHERNET);
	p->kind = PATH_DIRECT;
	client_mtu_start(&k.c->mtu, after(0), p);
	assert_int_equal(k.c->mtu.of[p->slot].search.link_max, 9000 - 28);
	kit_end(&k);
}

TEST(home_is_sent_the_size_six_times_at_gaps_of_300_ms_until_it_has_heard_of_it)
{
	kit k;
	client_path *p = kit_up(&k);
	const client_echo_answer passed = { .size = ETHERNET };
	client_mtu_path *m = &k.c->mtu.of[p->slot];

	p->rtt_us = RTT_MS * 1000;
	client_mtu_start(&k.c->mtu, after(0), p);
	client_mtu_answered(&k.c->mtu, after(0), p, &passed);
	assert_int_equal(m->send_ms, after(10).ms);
	for (uint64_t i = 0; i < 6; i++) {
		uint64_t at = 10 + 300 * i;
		client_mtu_tick(&k.c->mtu, after(at - 1));
		assert_int_equal(m->send_ms, after(at).ms);
		client_mtu_tick(&k.c->mtu, after(at));
		assert_int_equal(m->send_ms, after(at + 300).ms);
	}
	client_mtu_tick(&k.c->mtu, after(1810));
	assert_true(m->send_ms == NEVER);
	kit_end(&k);
}

TEST(home_that_has_heard_of_the_size_is_sent_it_no_more)
{
	kit k;
	client_path *p = kit_up(&k);
	const client_echo_answer passed = { .size = ETHERNET }, heard = { .mtu = ETHERNET };
	client_mtu_path *m = &k.c->mtu.of[p->slot];

	p->rtt_us = 500000;
	client_mtu_start(&k.c->mtu, after(0), p);
	client_mtu_answered(&k.c->mtu, after(0), p, &passed);
	client_mtu_tick(&k.c->mtu, after(10));
	assert_int_equal(m->send_ms, after(1010).ms); /* two round trips */
	client_mtu_answered(&k.c->mtu, after(510), p, &heard);
	assert_int_equal(m->sent, ETHERNET);
	client_mtu_tick(&k.c->mtu, after(1012));
	assert_true(m->send_ms == NEVER);
	assert_int_equal(m->send_n, 1);
	kit_end(&k);
}

TEST(a_large_echo_that_is_answered_clears_the_suspicion_for_a_second)
{
	kit k;
	client_path *p = searched(&k, ETHERNET);
	client_mtu_path *m = &k.c->mtu.of[p->slot];

	m->large_lost = 1;
	client_mtu_suspect(&k.c->mtu, after(10000), p);
	assert_int_not_equal(m->large_id, 0);
	assert_int_equal(m->large_sent_ms, after(10000).ms);
	const client_echo_answer passed = { .id = m->large_id, .size = ETHERNET };
	client_mtu_answered(&k.c->mtu, after(10040), p, &passed);
	assert_int_equal(m->large_id, 0);
	assert_int_equal(m->large_lost, 0);
	client_mtu_suspect(&k.c->mtu, after(11039), p);
	assert_int_equal(m->large_id, 0);
	client_mtu_suspect(&k.c->mtu, after(11040), p);
	assert_int_not_equal(m->large_id, 0);
	kit_end(&k);
}

/* Sends a large echo that is lost, though the path is alive, until the next one is due. */
static void lose_a_large_one(kit *k, uint64_t ms, client_path *p)
{
	client_mtu_suspect(&k->c->mtu, after(ms), p);
	assert_int_not_equal(k->c->mtu.of[p->slot].large_id, 0);
	p->last_rx_ms = after(ms).ms;
	client_mtu_tick(&k->c->mtu, after(ms + 100));
}

TEST(a_search_that_began_again_forgets_what_was_lost_before)
{
	kit k;
	client_path *p = searched(&k, ETHERNET);
	client_mtu_path *m = &k.c->mtu.of[p->slot];

	limit = 1200;
	client_paths_received_data(p, after(10000).ms);
	kit_run(&k, 10000, 16000, narrow_path);
	assert_in_range(p->mtu, 1188, 1200);
	assert_int_equal(m->large_lost, 0);
	m->large_id = 0;
	lose_a_large_one(&k, 30000, p);
	assert_int_equal(m->large_lost, 1);
	assert_in_range(p->mtu, 1188, 1200);
	p->last_rx_ms = after(30100).ms;
	client_mtu_tick(&k.c->mtu, after(30200)); /* the second */
	assert_int_equal(p->mtu, 0);
	kit_end(&k);
}

TEST(home_hears_of_a_path_that_became_narrower)
{
	kit k;
	client_path *p = searched(&k, ETHERNET);
	client_mtu_path *m = &k.c->mtu.of[p->slot];
	const client_echo_answer passed = { .size = 1200 };

	assert_int_equal(m->sent, ETHERNET);
	client_mtu_start(&k.c->mtu, after(10000), p);
	client_mtu_answered(&k.c->mtu, after(10000), p, &passed);
	assert_int_equal(m->send_ms, after(10010).ms);
	kit_end(&k);
}

/* What was sent before the search may be refused late. */
TEST(refusals_are_ignored_for_two_seconds_after_a_search_began_again)
{
	kit k;
	client_path *p = searched(&k, ETHERNET);

	limit = 1300;
	client_core_send_failed(k.c, after(10000), p->sock, EMSGSIZE);
	kit_run(&k, 10000, 11998, narrow_path);
	const uint16_t found = p->mtu;
	assert_int_not_equal(found, 0);
	client_core_send_failed(k.c, after(11999), p->sock, EMSGSIZE);
	assert_int_equal(p->mtu, found);
	client_core_send_failed(k.c, after(12000), p->sock, EMSGSIZE);
	assert_int_equal(p->mtu, 0);
	kit_end(&k);
}

RUN(T(refusals_are_ignored_for_two_seconds_after_a_search_began_again),
    T(a_search_that_began_again_forgets_what_was_lost_before),
    T(home_hears_of_a_path_that_became_narrower),
    T(a_large_echo_that_is_answered_clears_the_suspicion_for_a_second),
    T(home_is_sent_the_size_six_times_at_gaps_of_300_ms_until_it_has_heard_of_it),
    T(home_that_has_heard_of_the_size_is_sent_it_no_more),
    T(the_largest_datagram_that_passes_is_found_and_home_hears_of_it),
    T(a_narrow_path_is_found_within_twelve_octets), T(an_idle_path_is_not_searched_again),
    T(after_a_burst_of_traffic_one_large_echo_makes_sure_that_they_still_pass),
    T(traffic_without_end_is_checked_every_ten_seconds),
    T(two_large_echoes_that_vanish_while_small_ones_are_answered_start_the_search_again),
    T(silence_of_everything_is_not_taken_for_a_narrow_path),
    T(a_length_that_the_link_refuses_starts_the_search_again),
    T(behind_a_multiplexer_no_more_than_ethernet_is_searched))
