/* SPDX-License-Identifier: MIT */
/* change: the list of changes and its readers, by themselves. A message here holds one change. */
#include "core/home/change.h"
#include "unit.h"

enum { CLIENTS = 5, WINDOW = 32, RESEND_MS = 200 };

typedef struct scene {
	home_changes l;
	home_change clients[CLIENTS]; /* handles 1 ... */
	home_reader *r;
	unsigned heard[CLIENTS + 1], removed; /* what the reader got, by handle */
	uint64_t last;                        /* the version that it got last */
} scene;

static void open_scene(scene *s, unsigned n)
{
	*s = (scene){ 0 };
	home_changes_open(&s->l);
	s->r = &s->l.readers[1];
	for (unsigned i = 0; i < CLIENTS; i++)
		s->clients[i].handle = 1 + i;
	for (unsigned i = 0; i < n; i++)
		home_changes_append(&s->l, &s->clients[i]);
}

/* Sends what there is; returns how many messages that took. */
static unsigned read_all(scene *s, uint64_t now_ms)
{
	home_reader *r = s->r;
	unsigned n = 0;

	home_reader_tick(&s->l, r, now_ms);
	for (; home_reader_can_read(r); n++) {
		home_change *c = r->cursor;
		uint64_t version = c ? c->version : s->l.version;
		if (c) {
			s->heard[c->handle]++;
			s->removed += c->removed;
		}
		home_reader_advance(r, c ? c->next : NULL, version, now_ms);
		s->last = version;
	}
	return n;
}

static void ack(scene *s, uint64_t version, uint64_t now_ms)
{
	home_reader_acknowledge(&s->l, s->r, version, now_ms);
}

static void forget_heard(scene *s)
{
	memset(s->heard, 0, sizeof s->heard);
}

TEST(a_reader_gets_all_there_is_in_the_order_of_changes_and_then_has_all)
{
	scene s;

	open_scene(&s, CLIENTS);
	assert_int_equal(read_all(&s, 0), 0); /* it has not begun */
	home_reader_start(&s.l, s.r);
	assert_int_equal(read_all(&s, 0), CLIENTS);
	for (unsigned i = 1; i <= CLIENTS; i++) {
		assert_int_equal(s.heard[i], 1);
		assert_int_equal(s.clients[i - 1].version, i);
		assert_false(s.r->has_all);
		ack(&s, i, 0);
	}
	assert_true(s.r->has_all);
	assert_true(s.r->resend_ms == UINT64_MAX);
	home_changes_append(&s.l, &s.clients[2]);
	assert_int_equal(read_all(&s, 0), 1);
	assert_int_equal(s.heard[3], 2);
	home_changes_close(&s.l);
}

/* Without a message it would not know that it has all. */
TEST(of_an_empty_list_a_reader_gets_one_message_until_it_acknowledges)
{
	scene s;

	open_scene(&s, 0);
	home_reader_start(&s.l, s.r);
	assert_int_equal(read_all(&s, 0), 1);
	assert_int_equal(read_all(&s, RESEND_MS - 1), 0);
	assert_int_equal(read_all(&s, RESEND_MS), 1);
	ack(&s, s.last, RESEND_MS);
	assert_true(s.r->has_all);
	assert_int_equal(read_all(&s, 10 * RESEND_MS), 0);
	home_changes_close(&s.l);
}

TEST(an_acknowledgement_that_comes_again_and_again_stops_no_reader)
{
	scene s;

	open_scene(&s, 2);
	home_reader_start(&s.l, s.r);
	assert_int_equal(read_all(&s, 0), 2);
	for (int i = 0; i < 4; i++) /* of the first of two messages */
		ack(&s, 1, 0);
	home_changes_append(&s.l, &s.clients[2]);
	assert_int_equal(read_all(&s, 0), 1);
	home_changes_close(&s.l);
}

TEST(no_change_is_lost_when_another_client_changes_before_it_was_sent)
{
	for (unsigned changed = 0; changed < CLIENTS; changed++)
		for (unsigned sent = 0; sent < 2; sent++) {
			scene s;
			open_scene(&s, 0);
			home_reader_start(&s.l, s.r);
			read_all(&s, 0);
			ack(&s, s.last, 0);
			for (unsigned i = 0; i < CLIENTS; i++) {
				home_changes_append(&s.l, &s.clients[i]);
				if (i == 0 && sent)
					read_all(&s, 0);
			}
			home_changes_append(&s.l, &s.clients[changed]);
			read_all(&s, 0);
			for (unsigned i = 0; i < CLIENTS; i++)
				assert_int_equal(s.heard[1 + i],
						 1 + (sent && i == 0 && changed == 0));
			home_changes_close(&s.l);
		}
}

TEST(what_is_lost_is_sent_again_from_what_was_acknowledged_on)
{
	scene s;

	open_scene(&s, CLIENTS);
	home_reader_start(&s.l, s.r);
	read_all(&s, 0);
	ack(&s, 2, 150); /* the others are still on their way */
	assert_int_equal(s.r->in_flight, CLIENTS - 1);
	assert_int_equal(read_all(&s, 150 + RESEND_MS - 1), 0);
	forget_heard(&s);
	assert_int_equal(read_all(&s, 150 + RESEND_MS), CLIENTS - 2);
	for (unsigned i = 1; i <= CLIENTS; i++)
		assert_int_equal(s.heard[i], i > 2);
	ack(&s, CLIENTS, 400);
	assert_true(s.r->has_all);
	home_changes_close(&s.l);
}

TEST(however_often_it_is_lost_it_is_sent_again_after_a_pause)
{
	scene s;

	open_scene(&s, CLIENTS);
	home_reader_start(&s.l, s.r);
	for (uint64_t i = 0; i < 2ull * WINDOW; i++) {
		assert_int_equal(read_all(&s, i * RESEND_MS), CLIENTS);
		assert_true(s.r->resend_ms == (i + 1) * RESEND_MS);
		assert_int_equal(read_all(&s, (i + 1) * RESEND_MS - 1), 0);
	}
	home_changes_close(&s.l);
}

TEST(no_more_messages_are_on_their_way_than_the_window_holds)
{
	enum { MANY = 2 * WINDOW };
	home_change many[MANY] = { 0 };
	scene s;

	open_scene(&s, 0);
	for (unsigned i = 0; i < MANY; i++)
		home_changes_append(&s.l, &many[i]);
	home_reader_start(&s.l, s.r);
	assert_int_equal(read_all(&s, 0), WINDOW);
	ack(&s, WINDOW + 1, 0); /* of what was not sent */
	assert_int_equal(read_all(&s, 0), 0);
	ack(&s, 1, 0);
	ack(&s, 2, 0);
	assert_int_equal(read_all(&s, 0), 2);
	ack(&s, s.last, 0); /* acknowledgements before it were lost */
	assert_false(s.r->has_all);
	assert_int_equal(read_all(&s, 0), MANY - WINDOW - 2);
	ack(&s, s.last, 0);
	assert_true(s.r->has_all);
	home_changes_close(&s.l);
}

TEST(a_reader_that_starts_again_has_nothing)
{
	scene s;

	open_scene(&s, CLIENTS);
	home_reader_start(&s.l, s.r);
	read_all(&s, 0);
	ack(&s, s.last, 0);
	home_reader_start(&s.l, s.r);
	assert_false(s.r->has_all);
	forget_heard(&s);
	assert_int_equal(read_all(&s, 0), CLIENTS);
	home_reader_stop(&s.l, s.r);
	assert_false(s.r->has_all);
	assert_true(s.r->resend_ms == UINT64_MAX);
	assert_int_equal(read_all(&s, 10 * RESEND_MS), 0);
	home_changes_close(&s.l);
}

TEST(the_removal_of_a_client_reaches_a_reader_in_place_of_the_client)
{
	for (unsigned gone = 0; gone < CLIENTS; gone++) {
		scene s;
		open_scene(&s, CLIENTS);
		home_reader_start(&s.l, s.r);
		assert_true(home_changes_remove(&s.l, &s.clients[gone]));
		assert_int_equal(read_all(&s, 0), CLIENTS);
		for (unsigned i = 1; i <= CLIENTS; i++)
			assert_int_equal(s.heard[i], 1);
		assert_int_equal(s.removed, 1);
		home_changes_close(&s.l);
	}
}

TEST(without_a_reader_the_removal_of_a_client_leaves_nothing)
{
	scene s;

	open_scene(&s, 2);
	assert_true(home_changes_remove(&s.l, &s.clients[0]));
	assert_true(!s.l.first_note && !s.l.last_note);
	home_reader_start(&s.l, s.r);
	assert_int_equal(read_all(&s, 0), 1);
	assert_int_equal(s.removed, 0);
	home_changes_close(&s.l);
}

/* Of two readers, which acknowledge one after the other. */
TEST(a_removal_is_forgotten_when_every_reader_has_acknowledged_it)
{
	scene s;

	open_scene(&s, 1);
	home_reader *const readers[] = { &s.l.readers[1], &s.l.readers[4] };
	for (unsigned i = 0; i < 2; i++)
		home_reader_start(&s.l, readers[i]);
	for (unsigned round = 0; round < 3; round++) {
		home_change gone = { .handle = 2 };
		home_changes_append(&s.l, &gone);
		assert_true(home_changes_remove(&s.l, &gone));
		for (unsigned i = 0; i < 2; i++) {
			assert_non_null(s.l.first_note);
			s.r = readers[round % 2 ? !i : i];
			read_all(&s, 0);
			ack(&s, s.last, 0);
		}
		assert_true(!s.l.first_note && !s.l.last_note);
		assert_ptr_equal(s.l.last, &s.clients[0]);
	}
	home_changes_close(&s.l);
}

TEST(a_reader_that_stops_holds_no_removal_back)
{
	scene s;

	open_scene(&s, 2);
	home_reader_start(&s.l, s.r);
	assert_true(home_changes_remove(&s.l, &s.clients[0]));
	assert_non_null(s.l.first_note);
	home_reader_stop(&s.l, s.r);
	assert_true(!s.l.first_note && !s.l.last_note);
	home_changes_close(&s.l);
}

RUN(T(a_reader_gets_all_there_is_in_the_order_of_changes_and_then_has_all),
    T(of_an_empty_list_a_reader_gets_one_message_until_it_acknowledges),
    T(an_acknowledgement_that_comes_again_and_again_stops_no_reader),
    T(no_change_is_lost_when_another_client_changes_before_it_was_sent),
    T(what_is_lost_is_sent_again_from_what_was_acknowledged_on),
    T(however_often_it_is_lost_it_is_sent_again_after_a_pause),
    T(no_more_messages_are_on_their_way_than_the_window_holds),
    T(a_reader_that_starts_again_has_nothing),
    T(the_removal_of_a_client_reaches_a_reader_in_place_of_the_client),
    T(without_a_reader_the_removal_of_a_client_leaves_nothing),
    T(a_removal_is_forgotten_when_every_reader_has_acknowledged_it),
    T(a_reader_that_stops_holds_no_removal_back))
