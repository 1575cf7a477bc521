/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static unsigned n_echoes;
static uint8_t flags;

static void count_echoes(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	wire_rd r = wire_reader(o->inner, o->len);
	ctl_msg m;

	(void)k, (void)now, (void)p, (void)n;
	if (o->next_header != ESP_NEXT_CTL || !ctl_get(&r, &m) || m.kind != CTL_ECHO)
		return;
	n_echoes++;
	flags |= m.flags;
}

/* A new association beside the one in use, on a path of that round trip. */
static client_path *start(kit *k, uint32_t rtt_ms)
{
	client_path *p = kit_up(k);
	client_event e;

	p->rtt_us = rtt_ms * 1000;
	kit_associate(k, after(0), 0x2000, 3600);
	while (client_events_take(&k->c->events, &e))
		;
	n_echoes = flags = 0;
	client_confirmation_start(&k->c->confirmation, after(0));
	return p;
}

/* Echoes on the new association in that millisecond. */
static unsigned echoes_at(kit *k, uint64_t ms)
{
	n_echoes = 0;
	client_confirmation_tick(&k->c->confirmation, after(ms));
	kit_collect(k, after(ms), count_echoes);
	return n_echoes;
}

static bool is_unconfirmed(kit *k)
{
	client_event e;

	return client_events_take(&k->c->events, &e) && e.kind == CLIENT_EV_ASSOCIATION_UNCONFIRMED;
}

/* The eight echoes at gaps that double, and the end, as ticks of every millisecond have them. */
static void assert_rounds(kit *k, uint64_t begin_ms, uint64_t gap_ms)
{
	uint64_t next_ms = begin_ms;
	unsigned sent = 0;

	for (uint64_t ms = begin_ms; ms < begin_ms + 255 * gap_ms; ms++) {
		bool is_now = ms == next_ms;
		if (is_now)
			next_ms += gap_ms << sent++;
		assert_int_equal(echoes_at(k, ms), is_now);
		assert_int_equal(client_confirmation_next_timer_ms(&k->c->confirmation),
				 after(next_ms).ms);
		assert_false(client_events_wait(&k->c->events));
	}
	assert_int_equal(sent, 8);
	assert_int_equal(echoes_at(k, next_ms), 0);
	assert_true(is_unconfirmed(k));
	assert_true(client_confirmation_next_timer_ms(&k->c->confirmation) == NEVER);
}

TEST(home_is_asked_eight_times_at_gaps_that_double_from_two_round_trips)
{
	kit k;

	start(&k, 80);
	assert_rounds(&k, 0, 160);
	assert_int_equal(flags, 0); /* home is to take our address from them */
	kit_end(&k);
}

TEST(the_first_gap_is_at_least_100_ms)
{
	kit k;

	start(&k, 20);
	assert_rounds(&k, 0, 100);
	kit_end(&k);
}

TEST(an_association_without_an_answer_is_given_up_and_the_one_before_is_used_on)
{
	kit k;

	start(&k, 20);
	assert_rounds(&k, 0, 100);
	const sa_pair *p = client_associations_sending(&k.c->associations, after(25500).ms);
	assert_int_equal(p->spi_in, 0x1000);
	assert_null(sa_set_unconfirmed(&k.c->associations.set));
	assert_true(client_associations_is_renewal_due(&k.c->associations, after(25500).ms));
	kit_end(&k);
}

TEST(the_next_association_is_confirmed_from_the_first_echo_on)
{
	kit k;

	start(&k, 20);
	for (uint64_t ms = 0; ms < 5000; ms++)
		echoes_at(&k, ms);
	kit_associate(&k, after(5000), 0x3000, 3600);
	client_confirmation_start(&k.c->confirmation, after(5000));
	assert_rounds(&k, 5000, 100);
	kit_end(&k);
}

TEST(an_association_that_home_answered_on_needs_no_more_echoes)
{
	kit k;

	start(&k, 20);
	assert_int_equal(echoes_at(&k, 0), 1);
	sa_pair *p = client_associations_find(&k.c->associations, 0x2000);
	assert_true(client_associations_heard(&k.c->associations, p, after(40).ms));
	assert_true(client_confirmation_next_timer_ms(&k.c->confirmation) == NEVER);
	assert_int_equal(echoes_at(&k, 100), 0);
	assert_int_equal(echoes_at(&k, 30000), 0);
	assert_false(client_events_wait(&k.c->events));
	kit_end(&k);
}

TEST(without_an_active_path_nobody_is_asked)
{
	kit k;

	start(&k, 20);
	client_paths_set_active(&k.c->paths, NULL);
	assert_int_equal(echoes_at(&k, 0), 0);
	assert_true(client_confirmation_next_timer_ms(&k.c->confirmation) == NEVER);
	kit_end(&k);
}

RUN(T(home_is_asked_eight_times_at_gaps_that_double_from_two_round_trips),
    T(the_first_gap_is_at_least_100_ms),
    T(an_association_without_an_answer_is_given_up_and_the_one_before_is_used_on),
    T(the_next_association_is_confirmed_from_the_first_echo_on),
    T(an_association_that_home_answered_on_needs_no_more_echoes),
    T(without_an_active_path_nobody_is_asked))
