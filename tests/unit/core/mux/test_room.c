/* SPDX-License-Identifier: MIT */
#include "core/mux/room.h"
#include "unit.h"

enum { T0 = 1000000, SOURCES = 40, PLACES = 400 };

TEST(a_room_without_a_limit_is_never_full)
{
	mux_room r = { 0 };
	mux_place p[3] = { 0 };
	mux_share s = { 0 };

	for (unsigned i = 0; i < 3; i++)
		mux_room_take(&r, &p[i], NULL, &s, T0);
	assert_false(mux_room_is_full(&r));
	r.limit = 3;
	assert_true(mux_room_is_full(&r));
	mux_room_leave(&r, &p[1]);
	mux_room_leave(&r, &p[1]); /* again is fine */
	assert_false(mux_room_is_full(&r));
	assert_int_equal(r.taken, 2);
	assert_int_equal(r.unproven, 2);
}

TEST(the_source_with_most_unproven_places_gives_up_its_newest)
{
	mux_room r = { 0 };
	mux_place p[5] = { 0 };
	mux_share many = { 0 }, few = { 0 }, who_comes = { 0 };

	mux_room_take(&r, &p[0], &p[0], &many, T0);
	mux_room_take(&r, &p[1], &p[1], &many, T0);
	mux_room_take(&r, &p[2], &p[2], &many, T0);
	mux_room_take(&r, &p[3], &p[3], &few, T0);
	assert_ptr_equal(mux_room_give_up(&r, &who_comes, T0), &p[2]);
	assert_ptr_equal(p[2].owner, &p[2]);
	assert_int_equal(p[2].state, MUX_PLACE_NONE);
	assert_int_equal(r.taken, 3);
	assert_int_equal(r.given_up, 1);
	assert_ptr_equal(mux_room_give_up(&r, &who_comes, T0), &p[1]);
	assert_null(mux_room_give_up(&r, &who_comes, T0)); /* all have as many as he would */
	assert_int_equal(r.given_up, 2);
	assert_ptr_equal(many.newest, &p[0]);
}

TEST(a_source_gets_no_place_of_one_that_has_no_more_than_it_would_have)
{
	mux_room r = { 0 };
	mux_place p[5] = { 0 };
	mux_share a = { 0 }, b = { 0 };

	mux_room_take(&r, &p[0], NULL, &a, T0);
	mux_room_take(&r, &p[1], NULL, &b, T0);
	mux_room_take(&r, &p[2], NULL, &b, T0);
	assert_null(mux_room_give_up(&r, &b, T0));
	assert_null(mux_room_give_up(&r, &a, T0));
	mux_room_take(&r, &p[3], NULL, &b, T0);
	assert_ptr_equal(mux_room_give_up(&r, &a, T0), &p[3]);
	assert_ptr_equal(mux_room_give_up(&r, NULL, T0), &p[2]);
}

TEST(what_is_proven_is_not_given_up)
{
	mux_room r = { 0 };
	mux_place p[4] = { 0 };
	mux_share a = { 0 }, b = { 0 };

	for (unsigned i = 0; i < 4; i++)
		mux_room_take(&r, &p[i], NULL, &a, T0);
	mux_room_prove(&r, &p[3]);
	mux_room_prove(&r, &p[3]); /* again is fine */
	assert_int_equal(p[3].state, MUX_PLACE_PROVEN);
	assert_int_equal(r.unproven, 3);
	assert_ptr_equal(mux_room_give_up(&r, &b, T0), &p[2]);
	mux_room_prove(&r, &p[2]); /* it has left */
	assert_int_equal(p[2].state, MUX_PLACE_NONE);
	mux_room_prove(&r, &p[0]);
	mux_room_prove(&r, &p[1]);
	assert_null(mux_room_give_up(&r, &b, T0 + 10 * MUX_ROOM_PROBATION_MS));
	assert_int_equal(r.taken, 3);
	mux_room_leave(&r, &p[3]);
	assert_int_equal(r.taken, 2);
}

TEST(who_is_trusted_has_a_place_that_stays)
{
	mux_room r = { .limit = 1 };
	mux_place p = { 0 };

	mux_room_take(&r, &p, NULL, NULL, T0);
	assert_true(mux_room_is_full(&r));
	assert_null(mux_room_give_up(&r, NULL, T0 + 10 * MUX_ROOM_PROBATION_MS));
	assert_int_equal(r.unproven, 0);
}

TEST(the_oldest_that_has_proven_nothing_for_a_minute_goes_before_anybody_is_turned_away)
{
	mux_room r = { 0 };
	mux_place p[3] = { 0 };
	mux_share s[3] = { 0 }, who_comes = { 0 };

	for (unsigned i = 0; i < 3; i++)
		mux_room_take(&r, &p[i], NULL, &s[i], T0 + i);
	mux_room_prove(&r, &p[0]);
	assert_null(mux_room_give_up(&r, &who_comes, T0 + MUX_ROOM_PROBATION_MS));
	assert_ptr_equal(mux_room_give_up(&r, &who_comes, T0 + 1 + MUX_ROOM_PROBATION_MS), &p[1]);
	assert_null(mux_room_give_up(&r, &who_comes, T0 + 1 + MUX_ROOM_PROBATION_MS));
	assert_ptr_equal(mux_room_give_up(&r, &who_comes, T0 + 2 + MUX_ROOM_PROBATION_MS), &p[2]);
}

/* What the room says of itself, counted anew. */
static void check(const mux_room *r, const mux_place *p, const mux_share *s)
{
	unsigned unproven = 0, taken = 0, most = 0, n[SOURCES] = { 0 };

	for (unsigned i = 0; i < PLACES; i++) {
		taken += p[i].state != MUX_PLACE_NONE;
		if (p[i].state != MUX_PLACE_UNPROVEN)
			continue;
		unproven++;
		n[p[i].share - s]++;
	}
	for (unsigned i = 0; i < SOURCES; i++) {
		assert_int_equal(s[i].n, n[i]);
		most = n[i] > most ? n[i] : most;
	}
	assert_int_equal(r->taken, taken);
	assert_int_equal(r->unproven, unproven);
	assert_int_equal(r->most, most < MUX_ROOM_COUNTS ? most : MUX_ROOM_COUNTS - 1);
	const mux_place *before = NULL;
	for (const mux_place *at = r->oldest; at; before = at, at = at->after) {
		assert_ptr_equal(at->before, before);
		assert_true(!before || before->since_ms <= at->since_ms);
		unproven--;
	}
	assert_int_equal(unproven, 0);
	assert_ptr_equal(r->newest, before);
}

TEST(it_keeps_count_through_anything)
{
	static mux_place p[PLACES];
	static mux_share s[SOURCES];
	mux_room r = { .limit = PLACES / 2 };
	uint32_t seed = 7;

	for (uint64_t t = T0; t < T0 + 20000; t++) {
		seed = seed * 1103515245 + 12345;
		mux_place *at = &p[(seed >> 16) % PLACES];
		mux_share *of = &s[(seed >> 16) % 7 ? (seed >> 20) % SOURCES : 0];
		unsigned what = (seed >> 8) % 8;
		if (at->state == MUX_PLACE_NONE && !mux_room_is_full(&r))
			mux_room_take(&r, at, NULL, of, t);
		else if (at->state == MUX_PLACE_NONE)
			mux_room_give_up(&r, of, t);
		else if (what == 0)
			mux_room_prove(&r, at);
		else if (what < 4)
			mux_room_leave(&r, at);
		if (t % 16 == 0)
			check(&r, p, s);
	}
	assert_true(r.given_up > 100);
}

TEST(a_source_with_more_places_than_are_counted_gives_up_too)
{
	static mux_place p[2 * PLACES];
	mux_room r = { 0 };
	mux_share s = { 0 }, other = { 0 };

	for (unsigned i = 0; i < 2 * PLACES; i++)
		mux_room_take(&r, &p[i], NULL, &s, T0);
	for (unsigned i = 2 * PLACES; i > 1; i--)
		assert_ptr_equal(mux_room_give_up(&r, &other, T0), &p[i - 1]);
	assert_null(mux_room_give_up(&r, &other, T0));
}

RUN(T(a_room_without_a_limit_is_never_full),
    T(the_source_with_most_unproven_places_gives_up_its_newest),
    T(a_source_gets_no_place_of_one_that_has_no_more_than_it_would_have),
    T(what_is_proven_is_not_given_up), T(who_is_trusted_has_a_place_that_stays),
    T(the_oldest_that_has_proven_nothing_for_a_minute_goes_before_anybody_is_turned_away),
    T(it_keeps_count_through_anything), T(a_source_with_more_places_than_are_counted_gives_up_too))
