/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static uint32_t sending(const kit *k, core_time now)
{
	const sa_pair *p = client_associations_sending(&k->c->associations, now.ms);

	return p ? p->spi_in : 0;
}

static void confirm(kit *k, core_time now, sa_pair *p)
{
	assert_true(client_associations_heard(&k->c->associations, p, now.ms));
}

static bool is_received_on(kit *k, core_time now, uint32_t spi_in)
{
	client_associations_tick(&k->c->associations, now.ms);
	return client_associations_find(&k->c->associations, spi_in) != NULL;
}

TEST(a_replaced_association_is_received_on_for_half_a_minute)
{
	kit k;

	kit_start(&k);
	confirm(&k, after(0), kit_associate(&k, after(0), 0x1000, 3600));
	sa_pair *new = kit_associate(&k, after(100), 0x2000, 3600);
	assert_int_equal(sending(&k, after(100)),
			 0x1000); /* until home has shown that it holds the new one */
	confirm(&k, after(200), new);
	assert_int_equal(sending(&k, after(200)), 0x2000);
	assert_true(is_received_on(&k, after(200 + 29999), 0x1000));
	assert_false(is_received_on(&k, after(200 + 30000), 0x1000));
	assert_true(is_received_on(&k, after(200 + 30000), 0x2000));
	kit_end(&k);
}

TEST(what_home_sent_first_on_an_older_association_is_received_behind_the_newer_ones_first_packet)
{
	kit k;

	kit_start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	confirm(&k, after(10), kit_associate(&k, after(5), 0x2000, 3600));
	assert_int_equal(sending(&k, after(10)), 0x2000);
	assert_true(is_received_on(&k, after(10 + 29999), 0x1000));
	assert_false(is_received_on(&k, after(10 + 30000), 0x1000));
	kit_end(&k);
}

TEST(an_spi_that_is_in_use_makes_no_association)
{
	const sa_keys keys = { 0 };
	const sa_choice choice = { .cipher = ESP_AES_128_GCM, .peer_spi = 0x1002 };
	kit k;

	kit_start(&k);
	sa_pair *first = kit_associate(&k, after(0), 0x1000, 3600);
	assert_false(
		client_associations_install(&k.c->associations, after(1), &keys, &choice, 0x1000));
	assert_ptr_equal(client_associations_find(&k.c->associations, 0x1000), first);
	assert_ptr_equal(client_associations_sending(&k.c->associations, after(1).ms), first);
	kit_end(&k);
}

TEST(the_first_association_is_used_before_it_is_confirmed)
{
	kit k;

	kit_start(&k);
	assert_false(client_associations_has_pair(&k.c->associations));
	kit_associate(&k, after(0), 0x1000, 3600);
	assert_int_equal(sending(&k, after(0)), 0x1000);
	assert_true(client_associations_has_pair(&k.c->associations));
	assert_true(client_associations_sends(&k.c->associations, 0x1001));
	assert_false(client_associations_sends(&k.c->associations, 0x1000));
	kit_end(&k);
}

TEST(when_home_may_have_lost_the_association_the_next_one_is_used_at_once)
{
	kit k;

	kit_start(&k);
	confirm(&k, after(0), kit_associate(&k, after(0), 0x1000, 3600));
	assert_false(client_associations_is_renewal_due(&k.c->associations, after(1).ms));
	client_associations_doubt(&k.c->associations);
	assert_true(client_associations_is_renewal_due(&k.c->associations, after(1).ms));
	assert_int_equal(sending(&k, after(1)), 0x1000);
	kit_associate(&k, after(2), 0x2000, 3600);
	assert_int_equal(sending(&k, after(2)), 0x2000);
	assert_false(client_associations_is_renewal_due(&k.c->associations, after(2).ms));
	assert_true(is_received_on(&k, after(2), 0x1000));
	kit_end(&k);
}

TEST(an_association_that_home_never_answers_on_is_given_up)
{
	kit k;

	kit_start(&k);
	confirm(&k, after(0), kit_associate(&k, after(0), 0x1000, 3600));
	kit_associate(&k, after(3), 0x2000, 3600);
	client_associations_give_up(&k.c->associations, after(5).ms);
	assert_null(sa_set_unconfirmed(&k.c->associations.set));
	assert_int_equal(sending(&k, after(5)), 0x1000);
	assert_true(client_associations_is_renewal_due(&k.c->associations, after(5).ms));
	assert_true(is_received_on(&k, after(6), 0x2000));
	kit_end(&k);
}

TEST(the_only_association_is_used_on_though_home_does_not_answer_on_it)
{
	kit k;

	kit_start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	client_associations_give_up(&k.c->associations, after(1).ms);
	assert_int_equal(sending(&k, after(1)), 0x1000);
	assert_true(client_associations_is_renewal_due(&k.c->associations, after(1).ms));
	kit_end(&k);
}

TEST(renewal_is_due_after_70_to_75_percent_of_the_lifetime)
{
	kit k;

	kit_start(&k);
	for (uint32_t i = 0; i < 20; i++) {
		sa_pair *p = kit_associate(&k, after(0), 0x1000 + 16 * i, 1000);
		assert_in_range(p->limits.soft_ms - after(0).ms, 700000, 750000);
		assert_int_equal(p->limits.hard_ms - after(0).ms, 1000000);
	}
	assert_false(client_associations_is_renewal_due(&k.c->associations, after(699999).ms));
	assert_true(client_associations_is_renewal_due(&k.c->associations, after(750001).ms));
	kit_end(&k);
}

static unsigned waiting(kit *k, client_event_kind kind)
{
	unsigned n = 0;
	client_event e;

	while (client_events_take(&k->c->events, &e))
		n += e.kind == kind;
	return n;
}

TEST(wear_and_loss_of_the_association_are_events)
{
	kit k;

	kit_start(&k);
	waiting(&k, CLIENT_EV_N);
	confirm(&k, after(0), kit_associate(&k, after(0), 0x1000, 1000));
	assert_in_range(client_associations_next_timer_ms(&k.c->associations), after(700000).ms,
			after(750000).ms);
	client_associations_tick(&k.c->associations, after(699999).ms);
	assert_int_equal(waiting(&k, CLIENT_EV_ASSOCIATION_WORN), 0);
	client_associations_tick(&k.c->associations, after(750001).ms);
	assert_int_equal(waiting(&k, CLIENT_EV_ASSOCIATION_WORN), 1);
	client_associations_tick(&k.c->associations, after(750002).ms);
	assert_int_equal(waiting(&k, CLIENT_EV_ASSOCIATION_WORN), 0); /* once */
	client_associations_tick(&k.c->associations, after(1000000).ms);
	assert_int_equal(waiting(&k, CLIENT_EV_ASSOCIATIONS_LOST), 1);
	assert_false(client_associations_has_pair(&k.c->associations));
	kit_end(&k);
}

TEST(an_association_without_a_lifetime_is_not_renewed_by_time)
{
	kit k;

	kit_start(&k);
	const sa_pair *p = kit_associate(&k, after(0), 0x1000, 0);
	assert_true(p->limits.soft_ms == NEVER && p->limits.hard_ms == NEVER);
	assert_int_equal(p->limits.soft_packets, 1 << 30);
	kit_end(&k);
}

TEST(at_home_everything_is_received_on_for_some_time_and_nothing_is_sent_on)
{
	kit k;

	kit_start(&k);
	confirm(&k, after(0), kit_associate(&k, after(0), 0x1000, 3600));
	client_associations_retire_all(&k.c->associations, after(5000).ms);
	assert_int_equal(sending(&k, after(1)), 0);
	assert_false(client_associations_has_pair(&k.c->associations));
	assert_true(is_received_on(&k, after(4999), 0x1000));
	assert_false(is_received_on(&k, after(5000), 0x1000));
	kit_end(&k);
}

TEST(nothing_is_left_of_associations_that_are_dropped)
{
	kit k;

	kit_start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	client_associations_doubt(&k.c->associations);
	client_associations_drop_all(&k.c->associations);
	assert_false(client_associations_has_pair(&k.c->associations));
	assert_null(client_associations_find(&k.c->associations, 0x1000));
	assert_true(client_associations_renewal_ms(&k.c->associations, after(0).ms) == NEVER);
	confirm(&k, after(0), kit_associate(&k, after(0), 0x2000, 3600));
	assert_false(client_associations_is_renewal_due(&k.c->associations, after(1).ms));
	kit_end(&k);
}

RUN(T(a_replaced_association_is_received_on_for_half_a_minute),
    T(what_home_sent_first_on_an_older_association_is_received_behind_the_newer_ones_first_packet),
    T(an_spi_that_is_in_use_makes_no_association),
    T(nothing_is_left_of_associations_that_are_dropped),
    T(the_first_association_is_used_before_it_is_confirmed),
    T(when_home_may_have_lost_the_association_the_next_one_is_used_at_once),
    T(an_association_that_home_never_answers_on_is_given_up),
    T(the_only_association_is_used_on_though_home_does_not_answer_on_it),
    T(renewal_is_due_after_70_to_75_percent_of_the_lifetime),
    T(wear_and_loss_of_the_association_are_events),
    T(an_association_without_a_lifetime_is_not_renewed_by_time),
    T(at_home_everything_is_received_on_for_some_time_and_nothing_is_sent_on))
