/* SPDX-License-Identifier: MIT */
#include "core/http/fairq.h"
#include "unit.h"

/* A packet says its flow and its number within it. */
static void put(fairq *q, uint64_t now_ms, uint32_t flow, uint32_t number, size_t n)
{
	static uint8_t p[FAIRQ_PACKET_MAX];

	memcpy(p, &flow, 4);
	memcpy(p + 4, &number, 4);
	assert_true(fairq_put(q, now_ms, flow, p, n));
}

typedef struct got {
	uint32_t flow, number;
	size_t n; /* 0: none */
} got;

static got get(fairq *q, uint64_t now_ms)
{
	got g = { 0 };
	const uint8_t *p = fairq_get(q, now_ms, &g.n);

	if (!p)
		return (got){ 0 };
	memcpy(&g.flow, p, 4);
	memcpy(&g.number, p + 4, 4);
	return g;
}

static fairq *new_queue(unsigned packets)
{
	fairq *q = fairq_new(packets);

	assert_non_null(q);
	return q;
}

TEST(an_empty_queue_has_nothing_and_nothing_waits)
{
	fairq *q = new_queue(4);
	size_t n;

	assert_null(fairq_get(q, 1000, &n));
	assert_int_equal(fairq_len(q), 0);
	assert_int_equal(fairq_wait_ms(q), 0);
	assert_null(fairq_get(q, UINT64_MAX, &n));
	fairq_free(q);
	fairq_free(NULL);
}

TEST(a_packet_comes_out_as_it_went_in)
{
	static uint8_t p[FAIRQ_PACKET_MAX];
	fairq *q = new_queue(4);

	for (size_t i = 0; i < sizeof p; i++)
		p[i] = (uint8_t)(i * 7);
	assert_true(fairq_put(q, 0, 9, p, sizeof p));
	assert_true(fairq_put(q, 0, 9, p + 1, 1));
	size_t n;
	const uint8_t *out = fairq_get(q, 0, &n);
	assert_int_equal(n, sizeof p);
	assert_memory_equal(out, p, n);
	out = fairq_get(q, 0, &n);
	assert_int_equal(n, 1);
	assert_int_equal(*out, p[1]);
	assert_int_equal(fairq_dropped(q), 0);
	fairq_free(q);
}

TEST(too_long_or_empty_is_refused_and_counted)
{
	static const uint8_t p[FAIRQ_PACKET_MAX + 1];
	fairq *q = new_queue(4);

	assert_false(fairq_put(q, 0, 1, p, sizeof p));
	assert_false(fairq_put(q, 0, 1, p, 0));
	assert_int_equal(fairq_len(q), 0);
	assert_int_equal(fairq_dropped(q), 2);
	fairq_free(q);
}

TEST(packets_of_a_flow_stay_in_order)
{
	fairq *q = new_queue(64);
	uint32_t want[4] = { 0 };

	for (uint32_t i = 0; i < 60; i++)
		put(q, 0, i % 4, i / 4, 100 + 500 * (i % 3));
	for (unsigned i = 0; i < 60; i++) {
		got g = get(q, 0);
		assert_true(g.n > 0);
		assert_int_equal(g.number, want[g.flow]++);
	}
	assert_int_equal(get(q, 0).n, 0);
	fairq_free(q);
}

/* Flow f of `flows` always has ten packets of len[f] waiting; so many octets each gets of 3000 turns. */
static void share(const size_t len[], unsigned flows, size_t octets[])
{
	fairq *q = new_queue(10 * flows);

	for (unsigned i = 0; i < 10 * flows; i++)
		put(q, 0, i % flows, 0, len[i % flows]);
	for (unsigned i = 0; i < 3000; i++) {
		got g = get(q, 0);
		octets[g.flow] += g.n;
		put(q, 0, g.flow, 0, len[g.flow]);
	}
	assert_int_equal(fairq_dropped(q), 0);
	fairq_free(q);
}

TEST(flows_get_the_same_number_of_octets_whatever_their_packets_length)
{
	static const size_t len[] = { 1500, 300, 64, 2000 };
	size_t octets[COUNT(len)] = { 0 }, least = SIZE_MAX, most = 0;

	share(len, COUNT(len), octets);
	for (size_t i = 0; i < COUNT(len); i++) {
		least = octets[i] < least ? octets[i] : least;
		most = octets[i] > most ? octets[i] : most;
	}
	/* Deficit round robin: they differ by a quantum and a packet, at most. */
	assert_true(least > 100000);
	assert_true(most - least <= 1514 + FAIRQ_PACKET_MAX);
}

TEST(a_keystroke_passes_a_bulk_transfer)
{
	fairq *q = new_queue(100);

	for (uint32_t i = 0; i < 80; i++)
		put(q, 0, 1, i, 1400);
	for (unsigned i = 0; i < 5; i++)
		get(q, 0);
	put(q, 1, 2, 0, 80);
	got g = get(q, 1);
	assert_int_equal(g.flow, 2);
	fairq_free(q);
}

TEST(pings_wait_for_flows_that_are_new_with_them_and_for_no_others)
{
	fairq *q = new_queue(100);

	for (uint32_t i = 0; i < 60; i++)
		put(q, 0, i % 3, i, 1400);
	for (unsigned round = 0; round < 50; round++) {
		put(q, 0, 7, round, 84);
		unsigned before = 0;
		for (got g = get(q, 0); g.flow != 7; g = get(q, 0), before++)
			put(q, 0, g.flow, 0, 1400);
		/* Three new flows have a quantum each: a packet, and one that overdraws it. */
		assert_int_equal(before, round ? 0 : 6);
		for (unsigned i = 0; i < 7; i++) { /* as much as a round trip lets through */
			got g = get(q, 0);
			put(q, 0, g.flow, 0, 1400);
		}
	}
	fairq_free(q);
}

/* RFC 8290 4.2: an emptied new flow goes behind the old ones before it may be new again. */
TEST(flows_that_come_and_go_starve_nobody)
{
	fairq *q = new_queue(200);
	unsigned old = 0;

	for (uint32_t i = 0; i < 100; i++)
		put(q, 0, 1, i, 1500);
	for (unsigned i = 0; i < 2000; i++) {
		for (uint32_t f = 2; f < 12; f++) /* each as soon as it is empty */
			if (i % 10 == f - 2)
				put(q, 0, f, 0, 1500);
		got g = get(q, 0);
		if (g.flow == 1) {
			put(q, 0, 1, 0, 1500);
			old++;
		}
	}
	/* A fair share is 1 in 11 = 181 of 2000. */
	assert_in_range(old, 150, 2000);
	fairq_free(q);
}

TEST(what_waited_too_long_is_dropped_from_the_front_of_every_flow)
{
	fairq *q = new_queue(16);

	put(q, 1000, 1, 0, 100);
	put(q, 1010, 2, 0, 100);
	put(q, 1050, 1, 1, 100);
	assert_int_equal(fairq_wait_ms(q), 50);
	assert_int_equal(get(q, 1000 + FAIRQ_AGE_MS - 1).number, 0);
	assert_int_equal(fairq_wait_ms(q), FAIRQ_AGE_MS - 11);
	got g = get(q, 1010 + FAIRQ_AGE_MS);
	assert_int_equal(g.flow, 1);
	assert_int_equal(g.number, 1);
	assert_int_equal(fairq_dropped(q), 1);
	assert_int_equal(fairq_len(q), 0);
	fairq_free(q);
}

TEST(a_queue_that_stood_still_is_empty)
{
	fairq *q = new_queue(16);

	for (uint32_t i = 0; i < 16; i++)
		put(q, 1000 + i, i, i, 100);
	size_t n;
	assert_null(fairq_get(q, 1015 + FAIRQ_AGE_MS, &n));
	assert_int_equal(fairq_dropped(q), 16);
	assert_int_equal(fairq_wait_ms(q), 0);
	put(q, 2000, 3, 99, 100);
	assert_int_equal(get(q, 2000).number, 99);
	fairq_free(q);
}

TEST(putting_drops_what_is_too_old_before_it_drops_from_the_longest)
{
	fairq *q = new_queue(3);

	put(q, 1000, 1, 0, 100);
	put(q, 1450, 2, 0, 100);
	put(q, 1450, 2, 1, 100);
	put(q, 1000 + FAIRQ_AGE_MS, 2, 2, 100);
	assert_int_equal(fairq_dropped(q), 1);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(get(q, 1100).number, i);
	fairq_free(q);
}

/* What a repair of the carrier does: nothing is taken, then everything in a short time. */
TEST(a_flow_that_stood_still_for_a_while_loses_nothing)
{
	fairq *q = new_queue(200);

	for (uint32_t i = 0; i < 200; i++)
		put(q, 1000 + i / 4, 1, i, 1400);
	uint64_t now = 1000 + FAIRQ_AGE_MS - 60;
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(get(q, now + i / 4).number, i);
	assert_int_equal(fairq_dropped(q), 0);
	fairq_free(q);
}

/* A queue of flow 1 that is so long that each packet waits for `wait` ms, from `from` on for `ms`: a packet
 * comes and one is taken each ms, and a lost one is made up for. When packets were lost: at[]; their number. */
static unsigned stand(fairq *q, uint64_t from, uint64_t ms, uint64_t wait, uint64_t at[],
		      unsigned max)
{
	unsigned drops = 0;

	while (fairq_len(q))
		get(q, from - wait);
	for (uint64_t i = 0; i < wait; i++)
		put(q, from - wait + i, 1, 0, 1000);
	for (uint64_t now = from; now < from + ms; now++) {
		uint64_t before = fairq_dropped(q);
		put(q, now, 1, 0, 1000);
		get(q, now);
		for (; before < fairq_dropped(q); before++) {
			put(q, now, 1, 0, 1000);
			if (at && drops < max)
				at[drops] = now;
			drops++;
		}
	}
	return drops;
}

TEST(a_flow_that_stays_late_loses_one_packet_then_more_and_more_often)
{
	enum { MAX = 4096 };
	uint64_t at[MAX];
	fairq *q = new_queue(1000);
	unsigned n = stand(q, 10000, 20000, FAIRQ_TARGET_MS + 50, at, MAX);

	assert_in_range(n, 2000, MAX);
	assert_int_equal(at[0], 10000 + FAIRQ_INTERVAL_MS);
	assert_int_equal(at[1] - at[0], FAIRQ_INTERVAL_MS);
	for (unsigned i = 1; i < n; i++) { /* the interval by the root of 1, 2, 3 ... */
		uint64_t gap = at[i] - at[i - 1];
		assert_true(gap * gap * i <= FAIRQ_INTERVAL_MS * FAIRQ_INTERVAL_MS);
		assert_true((gap + 1) * (gap + 1) * i > FAIRQ_INTERVAL_MS * FAIRQ_INTERVAL_MS);
	}
	fairq_free(q);
}

TEST(a_stop_while_a_flow_is_dropped_from_costs_it_one_packet)
{
	fairq *q = new_queue(1000);

	assert_true(stand(q, 10000, 3000, FAIRQ_TARGET_MS + 50, NULL, 0) > 30);
	uint64_t before = fairq_dropped(q), now = 12999 + FAIRQ_AGE_MS - 200;
	for (unsigned i = 0; i < 10; i++)
		get(q, now);
	assert_int_equal(fairq_dropped(q) - before, 1);
	fairq_free(q);
}

TEST(after_a_long_stop_only_what_is_fresh_is_left)
{
	fairq *q = new_queue(1000);

	for (uint32_t i = 0; i < 700; i++)
		put(q, 1000 + i, i % 2, i, 100);
	uint32_t first = get(q, 1700).number;
	assert_in_range(first, 700 - FAIRQ_TARGET_MS, 700 - FAIRQ_TARGET_MS + 2);
	fairq_free(q);
}

TEST(a_flow_that_waits_less_than_the_target_loses_nothing)
{
	fairq *q = new_queue(1000);

	assert_int_equal(stand(q, 10000, 4000, FAIRQ_TARGET_MS - 1, NULL, 0), 0);
	fairq_free(q);
}

TEST(a_flow_that_is_late_again_soon_goes_on_where_it_was_and_later_begins_anew)
{
	uint64_t at[3];
	fairq *q = new_queue(1000);
	unsigned n = stand(q, 10000, 3000, FAIRQ_TARGET_MS + 50, NULL, 0);

	assert_int_equal(stand(q, 13200, 1000, FAIRQ_TARGET_MS - 10, NULL, 0), 0);
	assert_true(stand(q, 14400, 1000, FAIRQ_TARGET_MS + 50, at, 3) >= 3);
	assert_int_equal(at[0], 14400 + FAIRQ_INTERVAL_MS);
	uint64_t gap = at[1] - at[0];
	assert_true(gap * gap * (n - 1) <= FAIRQ_INTERVAL_MS * FAIRQ_INTERVAL_MS);
	stand(q, 15600, 100 * FAIRQ_INTERVAL_MS, FAIRQ_TARGET_MS - 10, NULL, 0);
	assert_true(stand(q, 60000, 1000, FAIRQ_TARGET_MS + 50, at, 3) >= 3);
	assert_int_equal(at[1] - at[0], FAIRQ_INTERVAL_MS);
	fairq_free(q);
}

TEST(the_only_packet_of_a_flow_is_not_lost_for_being_late)
{
	fairq *q = new_queue(16);

	for (uint32_t i = 0; i < 40; i++) {
		uint64_t now = 1000 + 400 * i;
		put(q, now, 1, i, 100);
		assert_int_equal(get(q, now + FAIRQ_AGE_MS - 101).number, i);
	}
	assert_int_equal(fairq_dropped(q), 0);
	fairq_free(q);
}

TEST(when_full_the_oldest_packet_of_the_longest_flow_makes_room)
{
	fairq *q = new_queue(5);

	put(q, 0, 1, 0, 1500);
	for (uint32_t i = 0; i < 4; i++)
		put(q, 0, 2, i, 60);
	put(q, 0, 3, 0, 100);
	assert_int_equal(fairq_len(q), 5);
	assert_int_equal(fairq_dropped(q), 1);
	unsigned of[4] = { 0 };
	for (unsigned i = 0; i < 5; i++) {
		got g = get(q, 0);
		if (g.flow == 2)
			assert_int_equal(g.number, of[2] + 1);
		of[g.flow]++;
	}
	assert_int_equal(of[1], 1);
	assert_int_equal(of[2], 3);
	assert_int_equal(of[3], 1);
	fairq_free(q);
}

TEST(room_for_one_keeps_the_newest)
{
	fairq *q = new_queue(0);

	for (uint32_t i = 0; i < 200; i++)
		put(q, 0, i, i, 100);
	assert_int_equal(fairq_len(q), 1);
	assert_int_equal(fairq_dropped(q), 199);
	assert_int_equal(get(q, 0).number, 199);
	assert_int_equal(get(q, 0).n, 0);
	fairq_free(q);
}

TEST(a_clock_that_steps_back_disturbs_nothing)
{
	fairq *q = new_queue(4);

	put(q, 5000, 1, 0, 100);
	put(q, 1000, 2, 1, 100);
	assert_int_equal(fairq_wait_ms(q), 0);
	assert_true(get(q, 0).n && get(q, 0).n);
	assert_int_equal(fairq_dropped(q), 0);
	fairq_free(q);
}

/* Numerical Recipes' generator: the same on every machine. */
static uint32_t below(uint32_t *state, uint32_t bound)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 16) % bound;
}

TEST(nothing_is_lost_or_made_up_in_a_long_random_run)
{
	enum { FLOWS = 200, ROOM = 37 };
	static uint32_t next_in[FLOWS], next_out[FLOWS];
	fairq *q = new_queue(ROOM);
	uint64_t in = 0, out = 0, now = 0;

	memset(next_in, 0, sizeof next_in);
	memset(next_out, 0, sizeof next_out);
	uint32_t r = 4;
	for (unsigned i = 0; i < 100000; i++) {
		now += below(&r, 8);
		if (below(&r, 9) < 5) {
			uint32_t f = below(&r, FLOWS);
			put(q, now, f, next_in[f]++, 8 + below(&r, 1993));
			in++;
		} else {
			got g = get(q, now);
			out += g.n > 0;
			assert_true(!g.n || g.number >= next_out[g.flow]);
			if (g.n)
				next_out[g.flow] = g.number + 1;
		}
		assert_true(fairq_len(q) <= ROOM);
		assert_true(in == out + fairq_len(q) + fairq_dropped(q));
		assert_true(fairq_wait_ms(q) < FAIRQ_AGE_MS && (fairq_len(q) || !fairq_wait_ms(q)));
	}
	assert_true(out > 30000 && fairq_dropped(q) > 1000);
	fairq_free(q);
}

RUN(T(an_empty_queue_has_nothing_and_nothing_waits), T(a_packet_comes_out_as_it_went_in),
    T(too_long_or_empty_is_refused_and_counted), T(packets_of_a_flow_stay_in_order),
    T(flows_get_the_same_number_of_octets_whatever_their_packets_length),
    T(a_keystroke_passes_a_bulk_transfer),
    T(pings_wait_for_flows_that_are_new_with_them_and_for_no_others),
    T(flows_that_come_and_go_starve_nobody),
    T(what_waited_too_long_is_dropped_from_the_front_of_every_flow),
    T(a_queue_that_stood_still_is_empty),
    T(putting_drops_what_is_too_old_before_it_drops_from_the_longest),
    T(a_flow_that_stood_still_for_a_while_loses_nothing),
    T(a_flow_that_stays_late_loses_one_packet_then_more_and_more_often),
    T(a_stop_while_a_flow_is_dropped_from_costs_it_one_packet),
    T(after_a_long_stop_only_what_is_fresh_is_left),
    T(a_flow_that_waits_less_than_the_target_loses_nothing),
    T(a_flow_that_is_late_again_soon_goes_on_where_it_was_and_later_begins_anew),
    T(the_only_packet_of_a_flow_is_not_lost_for_being_late),
    T(when_full_the_oldest_packet_of_the_longest_flow_makes_room), T(room_for_one_keeps_the_newest),
    T(a_clock_that_steps_back_disturbs_nothing), T(nothing_is_lost_or_made_up_in_a_long_random_run))
