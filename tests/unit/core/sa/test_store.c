/* SPDX-License-Identifier: MIT */
#include "sa_kit.h"

TEST(an_installed_pair_is_found_by_its_spi_and_leads_to_its_owner)
{
	fixture f = open_fixture();

	open_sets(&f);
	sa_pair *p = install(&f, 0x20000001), *q = install(&f, 0x20000002);
	assert_ptr_equal(sa_store_find_in(f.store, p->spi_in), p);
	assert_ptr_equal(sa_store_find_in(f.store, q->spi_in), q);
	assert_ptr_equal(sa_store_find_in(f.store, p->spi_in), p);
	assert_ptr_equal(sa_set_owner(p->set, &rules), &f.owner);
	assert_null(sa_set_owner(p->set, &(sa_rules){ 0 }));
	assert_ptr_equal(sa_set_find_in(&f.set, p->spi_in), p);
	assert_null(sa_set_find_in(&f.other, p->spi_in));
	assert_null(sa_set_find_in(&f.set, p->spi_in ^ q->spi_in));
	uint32_t spi = p->spi_in;
	sa_set_drop(&f.set, p);
	assert_null(sa_store_find_in(f.store, spi));
	assert_ptr_equal(sa_store_find_in(f.store, q->spi_in), q);
	close_fixture(&f);
}

TEST(spis_that_are_picked_are_none_that_is_received_on_and_above_the_reserved_ones)
{
	fixture f = open_fixture();

	open_sets(&f);
	for (int i = 0; i < 100; i++)
		assert_true(sa_store_pick_spi(f.store) >= ESP_MIN_SPI);
	close_fixture(&f);
}

TEST(a_larval_pair_is_sent_on_only_while_there_is_no_live_one)
{
	fixture f = open_fixture();

	open_sets(&f);
	assert_null(sa_set_sending(&f.set, T0));
	sa_pair *a = install(&f, 1);
	assert_int_equal(a->state, SA_LARVAL);
	assert_ptr_equal(sa_set_sending(&f.set, T0), a);
	assert_ptr_equal(sa_set_unconfirmed(&f.set), a);
	assert_true(sa_set_confirm(&f.set, a, T0));
	assert_false(sa_set_confirm(&f.set, a, T0));
	assert_null(sa_set_unconfirmed(&f.set));
	sa_pair *b = install(&f, 2);
	assert_ptr_equal(sa_set_sending(&f.set, T0), a);
	assert_ptr_equal(sa_set_unconfirmed(&f.set), b);
	assert_true(sa_set_confirm(&f.set, b, T0));
	assert_ptr_equal(sa_set_sending(&f.set, T0), b);
	assert_int_equal(a->state, SA_REPLACED);
	close_fixture(&f);
}

TEST(a_replaced_pair_is_received_on_until_its_time_is_over_and_no_longer)
{
	fixture f = open_fixture();

	open_sets(&f);
	sa_pair *a = install(&f, 1), *b;
	uint32_t spi = a->spi_in;
	sa_set_confirm(&f.set, a, T0);
	b = install(&f, 2);
	sa_set_confirm(&f.set, b, T0 + 5);
	assert_int_equal(sa_set_next_timer_ms(&f.set), T0 + 5 + KEEP_MS);
	assert_false(sa_set_tick(&f.set, T0 + 5 + KEEP_MS - 1));
	assert_non_null(sa_store_find_in(f.store, spi));
	assert_false(sa_set_tick(&f.set, T0 + 5 + KEEP_MS));
	assert_null(sa_store_find_in(f.store, spi));
	assert_int_equal(sa_set_next_timer_ms(&f.set), SA_NEVER);
	close_fixture(&f);
}

TEST(replacing_prolongs_no_lifetime)
{
	fixture f = open_fixture();

	open_sets(&f);
	sa_pair *a = make(&f, (sa_limits){ .soft_ms = SA_NEVER, .hard_ms = T0 + 100 }, 1);
	assert_true(sa_set_install(&f.set, a));
	sa_set_confirm(&f.set, a, T0);
	sa_set_confirm(&f.set, install(&f, 2), T0);
	assert_int_equal(a->limits.hard_ms, T0 + 100);
	close_fixture(&f);
}

static uint32_t received_on_and_replaced(const fixture *f, uint32_t spi)
{
	const sa_pair *p = sa_store_find_in(f->store, spi);

	return p && p->state == SA_REPLACED;
}

/* Packets may overtake each other: the first one on an older association may come behind the first on a newer. */
TEST(older_attempts_are_received_on_for_some_time_after_a_newer_one_was_confirmed)
{
	fixture f = open_fixture();

	open_sets(&f);
	sa_pair *older = install(&f, 1), *newer = install(&f, 2);
	uint32_t spi = older->spi_in;
	assert_true(sa_set_confirm(&f.set, newer, T0 + 5));
	assert_true(received_on_and_replaced(&f, spi));
	assert_false(sa_set_confirm(&f.set, older, T0 + 6)); /* it stays behind */
	assert_ptr_equal(sa_set_sending(&f.set, T0 + 6), newer);
	assert_int_equal(sa_set_next_timer_ms(&f.set), T0 + 5 + KEEP_MS);
	sa_set_tick(&f.set, T0 + 5 + KEEP_MS);
	assert_null(sa_store_find_in(f.store, spi));
	close_fixture(&f);
}

TEST(older_attempts_take_no_more_room_than_replaced_pairs_may_and_not_that_of_the_last_live_one)
{
	fixture f = open_fixture();

	open_sets(&f);
	sa_pair *live = install(&f, 1);
	uint32_t spis[] = { live->spi_in, 0, 0 };
	sa_set_confirm(&f.set, live, T0);
	spis[1] = install(&f, 2)->spi_in;
	sa_set_confirm(&f.set, install(&f, 3), T0);
	assert_true(received_on_and_replaced(&f, spis[0]));
	assert_true(received_on_and_replaced(&f, spis[1]));
	spis[2] = install(&f, 4)->spi_in;
	sa_set_confirm(&f.set, install(&f, 5), T0);
	assert_null(sa_store_find_in(f.store, spis[0]));
	assert_null(sa_store_find_in(f.store, spis[1]));
	assert_true(received_on_and_replaced(&f, spis[2]));
	close_fixture(&f);
}

TEST(where_nothing_is_received_on_after_it_was_replaced_older_attempts_are_not_either)
{
	static const sa_rules none = { .max_larval = 2 };
	fixture f = open_fixture();

	open_sets(&f);
	f.set.rules = &none;
	uint32_t spi = install(&f, 1)->spi_in;
	sa_set_confirm(&f.set, install(&f, 2), T0);
	assert_null(sa_store_find_in(f.store, spi));
	close_fixture(&f);
}

TEST(an_spi_that_is_received_on_is_refused_and_stays_its_pairs)
{
	const sa_pair_conf c = { .cipher = ESP_AES_128_GCM,
				 .esn = true,
				 .spi_in = 0x30000001,
				 .spi_out = 7,
				 .key_in = key_a,
				 .key_out = key_b,
				 .limits = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER },
				 .now_ms = T0 };
	fixture f = open_fixture();

	open_sets(&f);
	sa_pair *first = sa_pair_new(&c), *second = sa_pair_new(&c);
	assert_true(sa_set_install(&f.set, first));
	assert_false(sa_set_install(&f.other, second));
	assert_false(sa_set_install(&f.set, second));
	assert_null(second->set);
	assert_null(f.other.pairs);
	assert_ptr_equal(f.set.pairs, first);
	assert_null(first->next);
	assert_ptr_equal(sa_store_find_in(f.store, c.spi_in), first);
	sa_set_drop(&f.set, first);
	assert_true(sa_set_install(&f.other, second));
	assert_ptr_equal(sa_store_find_in(f.store, c.spi_in), second);
	close_fixture(&f);
}

TEST(any_pair_may_be_dropped_first)
{
	static const sa_rules many = { .max_larval = 8 };
	static const unsigned orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 }, { 1, 2, 0 } };

	for (size_t i = 0; i < COUNT(orders); i++) {
		fixture f = open_fixture();
		sa_pair *pairs[3];
		uint32_t spis[3];
		open_sets(&f);
		f.set.rules = &many;
		for (unsigned n = 0; n < 3; n++) {
			pairs[n] = install(&f, n);
			spis[n] = pairs[n]->spi_in;
		}
		for (unsigned n = 0; n < 3; n++) {
			sa_set_drop(&f.set, pairs[orders[i][n]]);
			assert_null(sa_store_find_in(f.store, spis[orders[i][n]]));
			for (unsigned k = n + 1; k < 3; k++)
				assert_non_null(sa_store_find_in(f.store, spis[orders[i][k]]));
		}
		assert_null(f.set.pairs);
		close_fixture(&f);
	}
}

TEST(confirming_drops_copies_of_the_same_attempt_and_keeps_newer_ones)
{
	fixture f = open_fixture();

	open_sets(&f);
	static const sa_rules many = { .max_larval = 8, .max_replaced = 2, .replaced_ms = KEEP_MS };
	f.set.rules = &many;
	sa_pair *before = install(&f, 2), *chosen = install(&f, 2), *after = install(&f, 2);
	sa_pair *newer = install(&f, 3);
	uint32_t gone[] = { before->spi_in, after->spi_in };
	assert_true(sa_set_confirm(&f.set, chosen, T0));
	assert_null(sa_store_find_in(f.store, gone[0]));
	assert_null(sa_store_find_in(f.store, gone[1]));
	assert_ptr_equal(sa_set_sending(&f.set, T0), chosen);
	assert_ptr_equal(sa_set_unconfirmed(&f.set), newer);
	close_fixture(&f);
}

TEST(as_many_larval_and_replaced_pairs_are_kept_as_the_rules_say_the_newest)
{
	fixture f = open_fixture();
	uint32_t spis[5];

	open_sets(&f);
	for (uint32_t i = 0; i < 3; i++)
		spis[i] = install(&f, 10 + i)->spi_in;
	assert_null(sa_store_find_in(f.store, spis[0]));
	assert_non_null(sa_store_find_in(f.store, spis[1]));
	for (uint32_t i = 0; i < 5; i++) {
		sa_pair *p = install(&f, 20 + i);
		spis[i] = p->spi_in;
		sa_set_confirm(&f.set, p, T0);
	}
	assert_null(sa_store_find_in(f.store, spis[1]));
	assert_int_equal(sa_store_find_in(f.store, spis[2])->state, SA_REPLACED);
	assert_int_equal(sa_store_find_in(f.store, spis[3])->state, SA_REPLACED);
	assert_int_equal(sa_store_find_in(f.store, spis[4])->state, SA_LIVE);
	close_fixture(&f);
}

TEST(a_live_pair_is_dying_after_its_soft_time_and_dropped_after_its_hard_time)
{
	fixture f = open_fixture();

	open_sets(&f);
	sa_pair *p = make(&f, (sa_limits){ .soft_ms = T0 + 700, .hard_ms = T0 + 1000 }, 1);
	assert_true(sa_set_install(&f.set, p));
	assert_int_equal(sa_set_next_timer_ms(&f.set), T0 + 1000);
	sa_set_confirm(&f.set, p, T0);
	assert_int_equal(sa_set_next_timer_ms(&f.set), T0 + 700);
	assert_false(sa_set_tick(&f.set, T0 + 699));
	assert_int_equal(p->state, SA_LIVE);
	assert_false(sa_pair_is_worn(p, T0 + 699));
	assert_false(sa_set_tick(&f.set, T0 + 700));
	assert_int_equal(p->state, SA_DYING);
	assert_ptr_equal(sa_set_sending(&f.set, T0 + 999), p);
	assert_int_equal(sa_set_next_timer_ms(&f.set), T0 + 1000);
	assert_null(sa_set_sending(&f.set, T0 + 1000));
	assert_true(sa_set_tick(&f.set, T0 + 1000));
	assert_null(f.set.pairs);
	assert_null(f.set.live);
	close_fixture(&f);
}

TEST(packets_wear_a_pair_out)
{
	fixture f = open_fixture();
	sa_limits l = endless;

	open_sets(&f);
	l.soft_packets = 2;
	l.hard_packets = 3;
	sa_pair *p = make(&f, l, 1);
	assert_true(sa_set_install(&f.set, p));
	sa_set_confirm(&f.set, p, T0);
	seal(p, 8);
	assert_int_equal(sa_set_next_timer_ms(&f.set), SA_NEVER);
	seal(p, 8);
	assert_int_equal(sa_set_next_timer_ms(&f.set), 0);
	sa_set_tick(&f.set, T0);
	assert_int_equal(p->state, SA_DYING);
	assert_int_equal(sa_set_next_timer_ms(&f.set), SA_NEVER);
	assert_ptr_equal(sa_set_sending(&f.set, T0), p);
	seal(p, 8);
	assert_null(sa_set_sending(&f.set, T0));
	assert_int_equal(sa_set_next_timer_ms(&f.set), 0);
	assert_true(sa_set_tick(&f.set, T0));
	close_fixture(&f);
}

TEST(octets_wear_a_pair_out)
{
	fixture f = open_fixture();
	sa_limits l = endless;

	open_sets(&f);
	l.soft_octets = 100;
	l.hard_octets = 150;
	sa_pair *p = make(&f, l, 1);
	assert_true(sa_set_install(&f.set, p));
	sa_set_confirm(&f.set, p, T0);
	seal(p, 99);
	assert_false(sa_pair_is_worn(p, T0));
	seal(p, 1);
	assert_true(sa_pair_is_worn(p, T0));
	seal(p, 49);
	assert_false(sa_pair_is_dead(p, T0));
	seal(p, 1);
	assert_true(sa_pair_is_dead(p, T0));
	close_fixture(&f);
}

TEST(retiring_all_leaves_none_to_send_on_and_all_to_receive_on_for_a_while)
{
	fixture f = open_fixture();

	open_sets(&f);
	sa_pair *a = install(&f, 1), *b;
	sa_set_confirm(&f.set, a, T0);
	b = install(&f, 2);
	sa_set_retire_all(&f.set, T0 + 50);
	assert_null(sa_set_sending(&f.set, T0));
	assert_ptr_equal(sa_store_find_in(f.store, a->spi_in), a);
	assert_ptr_equal(sa_store_find_in(f.store, b->spi_in), b);
	assert_int_equal(sa_set_next_timer_ms(&f.set), T0 + 50);
	sa_set_tick(&f.set, T0 + 50);
	assert_null(f.set.pairs);
	close_fixture(&f);
}

TEST(a_larval_pair_that_is_given_up_is_waited_for_no_longer)
{
	fixture f = open_fixture();

	open_sets(&f);
	sa_pair *a = install(&f, 1), *b;
	sa_set_confirm(&f.set, a, T0);
	b = install(&f, 2);
	sa_set_give_up(&f.set, b, T0);
	assert_null(sa_set_unconfirmed(&f.set));
	assert_false(sa_set_confirm(&f.set, b, T0));
	assert_ptr_equal(sa_set_sending(&f.set, T0), a);
	assert_int_equal(b->limits.hard_ms, T0 + KEEP_MS);
	close_fixture(&f);
}

TEST(every_state_has_a_name)
{
	assert_string_equal(sa_state_name(SA_LARVAL), "larval");
	assert_string_equal(sa_state_name(SA_REPLACED), "replaced");
	assert_string_equal(sa_state_name(SA_N_STATES), "?");
}

RUN(T(an_installed_pair_is_found_by_its_spi_and_leads_to_its_owner),
    T(spis_that_are_picked_are_none_that_is_received_on_and_above_the_reserved_ones),
    T(a_larval_pair_is_sent_on_only_while_there_is_no_live_one),
    T(a_replaced_pair_is_received_on_until_its_time_is_over_and_no_longer),
    T(replacing_prolongs_no_lifetime),
    T(older_attempts_are_received_on_for_some_time_after_a_newer_one_was_confirmed),
    T(older_attempts_take_no_more_room_than_replaced_pairs_may_and_not_that_of_the_last_live_one),
    T(where_nothing_is_received_on_after_it_was_replaced_older_attempts_are_not_either),
    T(an_spi_that_is_received_on_is_refused_and_stays_its_pairs), T(any_pair_may_be_dropped_first),
    T(confirming_drops_copies_of_the_same_attempt_and_keeps_newer_ones),
    T(as_many_larval_and_replaced_pairs_are_kept_as_the_rules_say_the_newest),
    T(a_live_pair_is_dying_after_its_soft_time_and_dropped_after_its_hard_time),
    T(packets_wear_a_pair_out), T(octets_wear_a_pair_out),
    T(retiring_all_leaves_none_to_send_on_and_all_to_receive_on_for_a_while),
    T(a_larval_pair_that_is_given_up_is_waited_for_no_longer), T(every_state_has_a_name))
