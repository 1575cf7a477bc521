/* SPDX-License-Identifier: MIT */
#include "core/packet/tunnel_mtu.h"
#include "unit.h"

enum { RTT = 40 };

/* A path that carries up to `carries` octets and answers one round trip later. */
typedef struct path {
	tunnel_mtu m;
	uint64_t now;
	uint16_t carries;
	unsigned sent;       /* probes */
	unsigned lose_every; /* 0: none; n: each n-th probe is lost */
} path;

static void answer(path *p, const uint16_t *sizes, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		assert_in_range(sizes[i], 1, p->m.link_max);
		p->sent++;
		if (sizes[i] <= p->carries && (p->lose_every == 0 || p->sent % p->lose_every != 0))
			tunnel_mtu_answered(&p->m, sizes[i]);
	}
}

static void step(path *p)
{
	uint16_t sizes[TUNNEL_MTU_PROBES];
	uint64_t timer = tunnel_mtu_next_timer_ms(&p->m);

	if (timer > p->now)
		p->now = timer;
	unsigned n = tunnel_mtu_probe(&p->m, p->now, RTT, sizes);
	assert_in_range(n, 0, TUNNEL_MTU_PROBES);
	p->now += RTT;
	answer(p, sizes, n);
}

static void settle(path *p)
{
	for (int i = 0; i < 100 && !tunnel_mtu_is_settled(&p->m); i++)
		step(p);
	assert_true(tunnel_mtu_is_settled(&p->m));
	assert_in_range(tunnel_mtu_now(&p->m), p->carries > 8 ? p->carries - 8u : 1, p->carries);
}

static path begin(uint16_t link_max, uint16_t carries)
{
	path p = { .now = 1000, .carries = carries };

	tunnel_mtu_start(&p.m, link_max, p.now);
	return p;
}

TEST(open_path_is_settled_in_one_round_trip)
{
	path p = begin(1472, 1472);

	step(&p);
	assert_true(tunnel_mtu_is_settled(&p.m));
	assert_int_equal(tunnel_mtu_now(&p.m), 1472);
	assert_int_equal(p.now, 1000 + RTT);
}

TEST(before_any_answer_the_guess_is_cautious)
{
	path p = begin(1472, 1472);

	assert_int_equal(tunnel_mtu_now(&p.m), 1252);
	p = begin(900, 900);
	assert_int_equal(tunnel_mtu_now(&p.m), 900);
}

TEST(narrow_path_has_a_usable_size_after_one_round_trip)
{
	path p = begin(1472, 1096); /* drops packets longer than 1,124 octets */

	step(&p);
	assert_int_equal(tunnel_mtu_now(&p.m), 1096);
	settle(&p);
}

TEST(every_path_is_found_to_eight_octets)
{
	for (uint16_t carries = TUNNEL_MTU_MIN; carries <= 1472; carries++) {
		path p = begin(1472, carries);
		settle(&p);
		assert_in_range(p.now, 0, 1000 + 8 * 1000);
		assert_in_range(p.sent, 1, 40);
	}
}

TEST(jumbo_link_is_climbed)
{
	path p = begin(8972, 8972);

	step(&p);
	assert_int_equal(tunnel_mtu_now(&p.m), 8972);
	p = begin(8972, 3000);
	settle(&p);
}

TEST(lost_probe_does_not_make_a_size_bad)
{
	for (unsigned every = 2; every < 10; every++) {
		path p = begin(1472, 1472);
		p.lose_every = every;
		for (int i = 0; i < 60 && !tunnel_mtu_is_settled(&p.m); i++)
			step(&p);
		assert_in_range(tunnel_mtu_now(&p.m), 1464, 1472);
	}
}

TEST(the_timeout_is_three_round_trips_and_at_least_100_ms)
{
	uint16_t sizes[TUNNEL_MTU_PROBES];
	path p = begin(1472, 0);

	assert_int_not_equal(tunnel_mtu_probe(&p.m, 1000, 10, sizes), 0);
	assert_int_equal(tunnel_mtu_next_timer_ms(&p.m), 1100);
	assert_int_equal(tunnel_mtu_probe(&p.m, 1099, 10, sizes), 0);
	assert_int_not_equal(tunnel_mtu_probe(&p.m, 1100, 200, sizes), 0);
	assert_int_equal(tunnel_mtu_next_timer_ms(&p.m), 1700);
}

TEST(silent_path_condemns_no_size)
{
	path p = begin(1472, 0);

	for (int i = 0; i < 30; i++)
		step(&p);
	assert_false(tunnel_mtu_is_settled(&p.m));
	assert_int_equal(p.m.bad, 1473);
	assert_int_equal(tunnel_mtu_now(&p.m), TUNNEL_MTU_MIN);  /* less and less meanwhile */
	assert_in_range(p.m.retry_ms - p.m.sent_ms, 3000, 5000); /* and seldom */
	p.carries = 1472;
	settle(&p);
}

TEST(silence_of_the_path_is_not_held_against_a_size)
{
	path p = begin(1472, 0);

	for (int i = 0; i < 10; i++)
		step(&p);
	p.carries = 1471; /* the largest of the first that come through is lost */
	step(&p);
	assert_int_equal(tunnel_mtu_now(&p.m), 1400);
	p.carries = 1472;
	step(&p);
	assert_int_equal(tunnel_mtu_now(&p.m), 1472);
	assert_true(tunnel_mtu_is_settled(&p.m));
}

TEST(late_answer_clears_a_size_that_was_held_bad)
{
	path p = begin(1472, 1400);

	settle(&p);
	assert_in_range(p.m.bad, 1401, 1408);
	tunnel_mtu_answered(&p.m, 1436);
	assert_int_equal(tunnel_mtu_now(&p.m), 1436);
	assert_false(tunnel_mtu_is_settled(&p.m));
	p.carries = 1472;
	settle(&p);
}

TEST(search_is_repeated_upward_after_ten_minutes)
{
	path p = begin(1472, 1300);

	settle(&p);
	uint64_t settled_at = p.now;
	p.carries = 1472;
	step(&p);
	assert_in_range(p.now, settled_at + 590000, settled_at + 601000);
	assert_int_equal(tunnel_mtu_now(&p.m), 1472);
}

TEST(search_upward_in_vain_keeps_the_size)
{
	path p = begin(1472, 1300);

	settle(&p);
	uint16_t was = tunnel_mtu_now(&p.m);
	step(&p);
	assert_int_equal(tunnel_mtu_now(&p.m), was);
	settle(&p);
	assert_in_range(tunnel_mtu_now(&p.m), was, 1300);
}

TEST(an_open_link_is_not_probed_again)
{
	path p = begin(1472, 1472);

	settle(&p);
	unsigned sent = p.sent;
	for (int i = 0; i < 5; i++)
		step(&p);
	assert_int_equal(p.sent, sent);
}

TEST(black_hole_is_left_at_once_and_measured_again)
{
	path p = begin(1472, 1472);

	settle(&p);
	p.carries = 1200;
	tunnel_mtu_suspect(&p.m, p.now);
	assert_int_equal(tunnel_mtu_now(&p.m), 1252);
	assert_int_equal(tunnel_mtu_next_timer_ms(&p.m), p.now);
	step(&p);
	assert_int_equal(tunnel_mtu_now(&p.m), 1200);
	settle(&p);
}

TEST(repeated_suspicion_goes_down_size_by_size)
{
	path p = begin(1472, 1472);

	settle(&p);
	uint16_t last = 1472;
	for (int i = 0; i < 8; i++) {
		tunnel_mtu_suspect(&p.m, p.now);
		assert_true(tunnel_mtu_now(&p.m) < last || last == TUNNEL_MTU_MIN);
		last = tunnel_mtu_now(&p.m);
	}
	assert_int_equal(last, TUNNEL_MTU_MIN);
}

TEST(false_alarm_costs_one_round_trip)
{
	path p = begin(1472, 1472);

	settle(&p);
	tunnel_mtu_suspect(&p.m, p.now);
	step(&p);
	assert_int_equal(tunnel_mtu_now(&p.m), 1472);
	assert_true(tunnel_mtu_is_settled(&p.m));
}

TEST(answers_that_were_not_asked_for_raise_nothing)
{
	path p = begin(1400, 1400);

	tunnel_mtu_answered(&p.m, 1401);
	tunnel_mtu_answered(&p.m, 65535);
	assert_int_equal(p.m.good, 0);
	tunnel_mtu_answered(&p.m, 1000);
	tunnel_mtu_answered(&p.m, 900);
	assert_int_equal(tunnel_mtu_now(&p.m), 1000);
}

TEST(the_timeout_doubles_from_the_second_silent_round_on_up_to_five_seconds)
{
	static const uint32_t want[] = { 300, 600, 1200, 2400, 4800, 5000, 5000, 5000, 5000 };
	uint16_t sizes[TUNNEL_MTU_PROBES];
	path p = begin(1472, 0);

	assert_int_equal(tunnel_mtu_probe(&p.m, p.now, 100, sizes), 7);
	assert_int_equal(tunnel_mtu_next_timer_ms(&p.m), p.now + 300);
	for (size_t i = 0; i < COUNT(want); i++) {
		p.now = tunnel_mtu_next_timer_ms(&p.m);
		assert_true(tunnel_mtu_probe(&p.m, p.now, 100, sizes) > 0);
		assert_int_equal(tunnel_mtu_next_timer_ms(&p.m) - p.now, want[i]);
	}
}

TEST(the_first_sizes_are_the_links_own_and_the_common_ones)
{
	static const uint16_t want[] = { 1452, 1400, 1252, 1200, 1096, 996, 548 };
	uint16_t sizes[TUNNEL_MTU_PROBES];
	path p = begin(1452, 1452);

	assert_int_equal(tunnel_mtu_probe(&p.m, p.now, RTT, sizes), COUNT(want));
	assert_memory_equal(sizes, want, sizeof want);
	p = begin(1472, 1472);
	assert_int_equal(tunnel_mtu_probe(&p.m, p.now, RTT, sizes), 7);
	assert_int_equal(sizes[0], 1472);
	assert_int_equal(sizes[1], 1400);
	p = begin(8972, 8972);
	assert_int_equal(tunnel_mtu_probe(&p.m, p.now, RTT, sizes), 8);
	assert_int_equal(sizes[1], 1472);
}

TEST(while_nothing_is_answered_the_guess_shrinks_from_the_second_silent_round_on)
{
	static const uint16_t want[] = { 1252, 1252, 1200, 1096, 996, 548, 548 };
	path p = begin(1472, 0);

	for (size_t i = 0; i < COUNT(want); i++) {
		step(&p);
		assert_int_equal(tunnel_mtu_now(&p.m), want[i]);
	}
}

TEST(a_link_narrower_than_any_common_size_is_used_as_it_is)
{
	path p = begin(500, 0);

	for (int i = 0; i < 10; i++) {
		step(&p);
		assert_int_equal(tunnel_mtu_now(&p.m), 500);
	}
	p.carries = 500;
	step(&p);
	assert_true(tunnel_mtu_is_settled(&p.m));
	assert_int_equal(tunnel_mtu_now(&p.m), 500);
}

TEST(sizes_without_reply_are_bad_after_two_rounds_and_not_tried_again)
{
	uint16_t sizes[TUNNEL_MTU_PROBES];
	path p = begin(1472, 1300);

	step(&p); /* 1252 is answered; 1472 and 1400 are not */
	assert_int_equal(p.m.good, 1252);
	assert_int_equal(p.m.bad, 1473);
	step(&p);
	assert_int_equal(p.m.bad, 1473);
	p.now = tunnel_mtu_next_timer_ms(&p.m);
	assert_int_equal(tunnel_mtu_probe(&p.m, p.now, RTT, sizes), 1);
	assert_int_equal(p.m.bad, 1400);
	assert_int_equal(sizes[0], 1252 + (1400 - 1252) / 2);
	tunnel_mtu_suspect(&p.m, p.now);
	assert_int_equal(tunnel_mtu_probe(&p.m, p.now, RTT, sizes), 5);
	assert_int_equal(sizes[0], 1252); /* the largest below what is bad */
}

TEST(a_late_answer_of_the_size_that_was_given_up_is_believed)
{
	path p = begin(1472, 1300);

	for (int i = 0; i < 3; i++)
		step(&p);
	assert_int_equal(p.m.bad, 1400);
	tunnel_mtu_answered(&p.m, 1400);
	assert_int_equal(tunnel_mtu_now(&p.m), 1400);
	assert_int_equal(p.m.bad, 1473);
	assert_false(tunnel_mtu_is_settled(&p.m));
}

TEST(the_search_goes_on_at_once_when_every_size_was_answered)
{
	path p = begin(1472, 1472);
	uint16_t sizes[TUNNEL_MTU_PROBES];

	assert_int_equal(tunnel_mtu_probe(&p.m, 1000, RTT, sizes), 7);
	tunnel_mtu_answered(&p.m, 1400); /* 1472 is still awaited */
	assert_int_equal(tunnel_mtu_next_timer_ms(&p.m), 1120);
	p.m.bad = 1420;
	tunnel_mtu_answered(&p.m, 1472);
	assert_true(tunnel_mtu_is_settled(&p.m));
	p = begin(1472, 1300);
	for (int i = 0; i < 2; i++)
		step(&p);
	assert_int_equal(tunnel_mtu_probe(&p.m, tunnel_mtu_next_timer_ms(&p.m), RTT, sizes), 1);
	tunnel_mtu_answered(&p.m, sizes[0]);
	assert_false(tunnel_mtu_is_settled(&p.m));
	assert_int_equal(tunnel_mtu_next_timer_ms(&p.m), 0);
}

TEST(the_largest_number_of_all_is_no_link)
{
	path p = begin(UINT16_MAX, 1472);

	assert_int_equal(p.m.link_max, UINT16_MAX - 1);
	settle(&p);
	step(&p); /* upward again, in vain */
	settle(&p);
}

TEST(a_path_that_stays_silent_is_asked_every_five_seconds_for_ever)
{
	uint16_t sizes[TUNNEL_MTU_PROBES];
	path p = begin(1472, 0);

	for (int i = 0; i < 300; i++) {
		p.now = tunnel_mtu_next_timer_ms(&p.m);
		assert_true(tunnel_mtu_probe(&p.m, p.now, 160, sizes) > 0);
		if (i > 5)
			assert_int_equal(tunnel_mtu_next_timer_ms(&p.m) - p.now, 5000);
	}
}

TEST(a_second_reply_of_the_same_size_changes_nothing)
{
	uint16_t sizes[TUNNEL_MTU_PROBES];
	path p = begin(1472, 1300);

	for (int i = 0; i < 2; i++)
		step(&p);
	tunnel_mtu_probe(&p.m, tunnel_mtu_next_timer_ms(&p.m), RTT, sizes);
	uint64_t timer = tunnel_mtu_next_timer_ms(&p.m);
	tunnel_mtu_answered(&p.m, p.m.good);
	assert_int_equal(tunnel_mtu_next_timer_ms(&p.m), timer);
}

RUN(T(open_path_is_settled_in_one_round_trip), T(before_any_answer_the_guess_is_cautious),
    T(narrow_path_has_a_usable_size_after_one_round_trip), T(every_path_is_found_to_eight_octets),
    T(jumbo_link_is_climbed), T(lost_probe_does_not_make_a_size_bad),
    T(the_timeout_is_three_round_trips_and_at_least_100_ms), T(silent_path_condemns_no_size),
    T(silence_of_the_path_is_not_held_against_a_size),
    T(late_answer_clears_a_size_that_was_held_bad), T(search_is_repeated_upward_after_ten_minutes),
    T(search_upward_in_vain_keeps_the_size), T(an_open_link_is_not_probed_again),
    T(black_hole_is_left_at_once_and_measured_again), T(repeated_suspicion_goes_down_size_by_size),
    T(false_alarm_costs_one_round_trip), T(answers_that_were_not_asked_for_raise_nothing),
    T(the_timeout_doubles_from_the_second_silent_round_on_up_to_five_seconds),
    T(the_first_sizes_are_the_links_own_and_the_common_ones),
    T(while_nothing_is_answered_the_guess_shrinks_from_the_second_silent_round_on),
    T(a_link_narrower_than_any_common_size_is_used_as_it_is),
    T(sizes_without_reply_are_bad_after_two_rounds_and_not_tried_again),
    T(a_late_answer_of_the_size_that_was_given_up_is_believed),
    T(the_search_goes_on_at_once_when_every_size_was_answered),
    T(the_largest_number_of_all_is_no_link),
    T(a_path_that_stays_silent_is_asked_every_five_seconds_for_ever),
    T(a_second_reply_of_the_same_size_changes_nothing))
