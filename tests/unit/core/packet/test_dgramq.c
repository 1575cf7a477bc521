/* SPDX-License-Identifier: MIT */
#include "core/packet/dgramq.h"
#include "unit.h"

static dgram_route route_to(uint16_t port)
{
	return (dgram_route){ .sock = 1, .to = { .addr = ip4(192, 0, 2, 1), .port = port } };
}

static void put(dgramq *q, uint16_t port, size_t n)
{
	static const uint8_t zeros[65535];
	dgram_route r = route_to(port);

	assert_true(dgramq_put(q, &r, zeros, n));
}

TEST(equal_neighbours_form_one_run_that_a_shorter_one_ends)
{
	dgramq q;

	assert_true(dgramq_init(&q));
	put(&q, 1, 1400);
	put(&q, 1, 1400);
	put(&q, 1, 700);
	put(&q, 1, 700);
	assert_int_equal(q.n_runs, 2);
	assert_int_equal(q.runs[0].n_segs, 3);
	assert_int_equal(q.runs[0].seg, 1400);
	assert_int_equal(q.runs[0].len, 3500);
	assert_int_equal(q.runs[1].at, 3500);
	assert_int_equal(q.runs[1].n_segs, 1);
	dgramq_free(&q);
}

TEST(longer_datagram_begins_a_run)
{
	dgramq q;

	assert_true(dgramq_init(&q));
	put(&q, 1, 100);
	put(&q, 1, 101);
	assert_int_equal(q.n_runs, 2);
	dgramq_free(&q);
}

TEST(another_route_begins_a_run)
{
	dgramq q;

	assert_true(dgramq_init(&q));
	put(&q, 1, 100);
	put(&q, 2, 100);
	put(&q, 1, 100);
	assert_int_equal(q.n_runs, 3);
	dgramq_free(&q);
}

TEST(routes_differ_in_each_of_their_parts)
{
	dgram_route a = route_to(1), b[7];

	for (size_t i = 0; i < COUNT(b); i++)
		b[i] = a;
	assert_true(dgram_route_equal(&a, &b[0]));
	b[0].sock++;
	b[1].to.port++;
	b[2].to.scope++;
	b[3].to.addr.b[3]++;
	b[4].from = ip4(192, 0, 2, 2);
	b[5].from_port++;
	b[6].flow++;
	for (size_t i = 0; i < COUNT(b); i++)
		assert_false(dgram_route_equal(&a, &b[i]));
}

TEST(run_stays_within_segments_and_octets)
{
	dgramq q;

	assert_true(dgramq_init(&q));
	for (int i = 0; i < 65; i++)
		put(&q, 1, 10);
	assert_int_equal(q.n_runs, 2);
	assert_int_equal(q.runs[0].n_segs, DGRAMQ_RUN_MAX_SEGS);
	dgramq_clear(&q);
	for (int i = 0; i < 47; i++)
		put(&q, 1, 1400);
	assert_int_equal(q.n_runs, 2);
	assert_int_equal(q.runs[0].len, 46 * 1400);
	put(&q, 1, 65507); /* alone it may be longer than a run of many */
	assert_int_equal(q.n_runs, 3);
	dgramq_free(&q);
}

TEST(written_in_place_and_kept_in_order)
{
	dgramq q;
	dgram_route r = route_to(1);

	assert_true(dgramq_init(&q));
	for (uint8_t i = 0; i < 100; i++) {
		uint8_t *p = dgramq_reserve(&q, 2000);
		assert_non_null(p);
		memset(p, i, 50);
		dgramq_commit(&q, &r, 50);
	}
	uint32_t at = 0;
	for (uint32_t i = 0; i < q.n_runs; i++)
		for (uint32_t s = 0; s < q.runs[i].n_segs; s++, at += 50)
			assert_int_equal(q.bytes[q.runs[i].at + s * 50], at / 50);
	assert_int_equal(at, 5000);
	dgramq_free(&q);
}

TEST(full_queue_takes_nothing_and_empties)
{
	dgramq q;
	dgram_route r = route_to(1);
	uint8_t one[1] = { 0 };

	assert_true(dgramq_init(&q));
	for (int i = 0; i < DGRAMQ_BYTES / 1024; i++)
		put(&q, 1, 1024);
	assert_null(dgramq_reserve(&q, 1));
	assert_false(dgramq_put(&q, &r, one, 1));
	dgramq_commit(&q, &r, 1); /* without a place */
	assert_int_equal(q.used, DGRAMQ_BYTES);
	dgramq_clear(&q);
	for (uint16_t i = 0; i < DGRAMQ_RUNS; i++)
		put(&q, i, 10);
	assert_null(dgramq_reserve(&q, 1));
	assert_false(dgramq_put(&q, &r, one, 1));
	dgramq_clear(&q);
	assert_true(dgramq_put(&q, &r, one, 1));
	dgramq_free(&q);
}

TEST(room_means_a_super_segment_fits)
{
	dgramq q;

	assert_true(dgramq_init(&q));
	int supers = 0;
	while (dgramq_has_room(&q)) {
		for (int i = 0; i < 123; i++) /* 65,535 octets of payload in 536 each, sealed */
			put(&q, 1, 620);
		put(&q, 1, 100);
		supers++;
	}
	assert_in_range(supers, 3, 7);
	dgramq_free(&q);
}

TEST(a_part_that_is_smaller_makes_another_route_too)
{
	dgram_route a = { .sock = 5,
			  .to = { .addr = ip4(192, 0, 2, 9), .port = 5, .scope = 5 },
			  .from = ip4(192, 0, 2, 9),
			  .from_port = 5,
			  .flow = 5 };
	dgram_route b[7];

	for (size_t i = 0; i < COUNT(b); i++)
		b[i] = a;
	b[0].sock--;
	b[1].to.port--;
	b[2].to.scope--;
	b[3].to.addr.b[3]--;
	b[4].from.b[3]--;
	b[5].from_port--;
	b[6].flow--;
	for (size_t i = 0; i < COUNT(b); i++) {
		assert_false(dgram_route_equal(&a, &b[i]));
		assert_false(dgram_route_equal(&b[i], &a));
	}
}

TEST(what_is_put_is_copied)
{
	dgramq q;
	dgram_route r = route_to(1);

	assert_true(dgramq_init(&q));
	memset(q.bytes, 0, 16);
	assert_true(dgramq_put(&q, &r, "one", 3));
	assert_true(dgramq_put(&q, &r, "two", 3));
	assert_memory_equal(q.bytes, "onetwo", 7);
	dgramq_free(&q);
}

TEST(nothing_and_what_no_datagram_can_hold_are_not_queued)
{
	static const uint8_t zeros[65536];
	dgramq q;
	dgram_route r = route_to(1);

	assert_true(dgramq_init(&q));
	assert_false(dgramq_put(&q, &r, zeros, 65536));
	assert_true(dgramq_put(&q, &r, zeros, 65535));
	dgramq_commit(&q, &r, 65536);
	dgramq_commit(&q, &r, 0);
	assert_int_equal(q.used, 65535);
	assert_int_equal(q.n_runs, 1);
	dgramq_free(&q);
}

TEST(an_answer_goes_back_to_where_the_datagram_came_from)
{
	dgram_in d = { .sock = 7,
		       .from = { .addr = ip4(192, 0, 2, 1), .port = 4500 },
		       .local = ip4(203, 0, 113, 2),
		       .local_port = 434 };
	dgram_route r = dgram_route_back(&d);

	assert_int_equal(r.sock, 7);
	assert_true(endpoint_equal(&r.to, &d.from));
	assert_true(ip_equal(&r.from, &d.local));
	assert_int_equal(r.from_port, 434);
	assert_int_equal(r.flow, 0);
}

/* A super-segment ends the run before it, fills two, and may leave a last segment of its own. */
TEST(room_for_a_super_segment_is_four_runs_and_128_kib)
{
	dgramq q;

	assert_true(dgramq_init(&q));
	assert_int_equal(DGRAMQ_BYTES, 512 * 1024);
	for (uint16_t i = 0; i < 252; i++)
		put(&q, i, 10);
	assert_true(dgramq_has_room(&q));
	put(&q, 252, 10);
	assert_false(dgramq_has_room(&q));
	dgramq_clear(&q);
	for (int i = 0; i < 384; i++)
		put(&q, 1, 1024);
	assert_true(dgramq_has_room(&q));
	put(&q, 1, 1);
	assert_false(dgramq_has_room(&q));
	dgramq_free(&q);
}

TEST(a_freed_queue_is_empty_and_may_be_freed_again)
{
	dgramq q;

	assert_true(dgramq_init(&q));
	put(&q, 1, 100);
	dgramq_free(&q);
	assert_int_equal(q.n_runs, 0);
	assert_int_equal(q.used, 0);
	dgramq_free(&q);
}

RUN(T(equal_neighbours_form_one_run_that_a_shorter_one_ends), T(longer_datagram_begins_a_run),
    T(another_route_begins_a_run), T(routes_differ_in_each_of_their_parts),
    T(run_stays_within_segments_and_octets), T(written_in_place_and_kept_in_order),
    T(full_queue_takes_nothing_and_empties), T(room_means_a_super_segment_fits),
    T(a_part_that_is_smaller_makes_another_route_too), T(what_is_put_is_copied),
    T(nothing_and_what_no_datagram_can_hold_are_not_queued),
    T(an_answer_goes_back_to_where_the_datagram_came_from),
    T(room_for_a_super_segment_is_four_runs_and_128_kib),
    T(a_freed_queue_is_empty_and_may_be_freed_again))
