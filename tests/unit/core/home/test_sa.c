/* SPDX-License-Identifier: MIT */
/* Associations: received on at once, sent on once the client has shown that it holds them. */
#include "home_kit.h"

/* Gives the present pair away, so that the next registration makes another. */
typedef struct pair {
	esp_sa *in, *out;
} pair;
static pair take_pair(away *a)
{
	pair p = { a->in, a->out };

	a->in = a->out = NULL;
	return p;
}
static void free_pair(pair *p)
{
	esp_sa_free(p->in);
	esp_sa_free(p->out);
}

/* What a packet from home to the client is sealed with. */
static bool home_sends_on(away *a, esp_sa *in)
{
	esp_opened o;

	kit_packet(a->k, &a->conf.home4, 100, false);
	return away_opens(a, in, &o) && o.next_header == ESP_NEXT_IPV4 && o.len == 100;
}

static bool home_receives_on(away *a, esp_sa *out)
{
	away_echo(a, out, CTL_STAY); /* answered, or met by the hint of an unknown SPI */
	return a->k->tx.n_runs > 0 && a->k->tx.runs[0].seg > CTL_UNKNOWN_SPI_LEN;
}

TEST(before_its_first_packet_the_client_gets_what_comes_on_the_newest_association)
{
	SCENE(k, a);

	away_register(&a);
	assert_true(home_sends_on(&a, a.in));
	END(k, a);
}

TEST(home_goes_on_sending_on_the_old_one_until_the_new_one_is_used)
{
	SCENE(k, a);

	away_register(&a);
	away_echo(&a, a.out, 0);
	pair old = take_pair(&a);
	away_register(&a);
	assert_true(home_sends_on(&a, old.in));
	assert_true(home_receives_on(&a, a.out)); /* the new one's inbound side is there already */
	assert_true(home_sends_on(&a, a.in));     /* and that packet was the sign to switch */
	free_pair(&old);
	END(k, a);
}

TEST(a_replaced_association_is_received_on_for_thirty_seconds)
{
	SCENE(k, a);

	away_register(&a);
	away_echo(&a, a.out, 0);
	pair old = take_pair(&a);
	away_register(&a);
	away_echo(&a, a.out, 0);
	kit_pass(&k, 29000);
	assert_true(home_receives_on(&a, old.out));
	kit_pass(&k, 2000);
	assert_false(home_receives_on(&a, old.out));
	assert_true(home_receives_on(&a, a.out));
	free_pair(&old);
	END(k, a);
}

TEST(a_first_packet_that_was_overtaken_by_the_newer_associations_is_received)
{
	SCENE(k, a);

	away_register(&a);
	pair older = take_pair(&a);
	away_register(&a);
	away_echo(&a, a.out, 0);
	kit_pass(&k, 29000);
	assert_true(home_receives_on(&a, older.out));
	assert_true(home_sends_on(&a, a.in)); /* that changes nothing */
	kit_pass(&k, 2000);
	assert_false(home_receives_on(&a, older.out));
	free_pair(&older);
	END(k, a);
}

TEST(whichever_reply_of_one_attempt_arrives_its_association_works)
{
	for (int taken = 0; taken < 3; taken++) {
		SCENE(k, a);
		pair p[3];
		away_prepare(&a);
		for (int i = 0; i < 3;
		     i++) { /* sent again with a newer identification, same offer */
			a.q.identification = k.now.ntp + (uint64_t)i;
			assert_int_equal(away_ask(&a), MIP_ACCEPTED);
			away_derive(&a);
			p[i] = take_pair(&a);
		}
		away_echo(&a, p[taken].out, 0);
		assert_true(home_sends_on(&a, p[taken].in));
		for (int i = 0; i < 3; i++) {
			if (i != taken) /* the others are gone: a hint */
				assert_false(home_receives_on(&a, p[i].out));
			free_pair(&p[i]);
		}
		END(k, a);
	}
}

TEST(attempts_without_end_leave_a_bounded_number_of_associations)
{
	SCENE(k, a);

	away_register(&a);
	pair first = take_pair(&a);
	for (int i = 1; i < 10; i++)
		away_register(&a);
	assert_false(home_receives_on(&a, first.out));
	assert_true(home_receives_on(&a, a.out));
	free_pair(&first);
	END(k, a);
}

TEST(associations_used_and_replaced_at_once_are_bounded_in_number)
{
	SCENE(k, a);

	for (int i = 0; i < 20; i++) {
		away_register(&a);
		away_echo(&a, a.out, 0);
	}
	dgramq_clear(&k.tx);
	size_t before = kit_heap();
	for (int i = 0; i < 100; i++) {
		away_register(&a);
		away_echo(&a, a.out, 0);
	}
	assert_in_range(kit_heap(), before - 1000, before + 1000);
	assert_true(home_receives_on(&a, a.out));
	END(k, a);
}

TEST(an_association_ends_with_its_lifetime_and_a_little_grace)
{
	SCENE(k, a);

	k.conf.policy.lifetime_s = 100;
	away_register(&a);
	away_echo(&a, a.out, 0);
	kit_pass(&k, 50000);
	away_prepare(&a);
	a.q.sa.present = false;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	kit_pass(&k, 49000);
	assert_true(home_receives_on(&a, a.out));
	kit_pass(&k, 12000);
	assert_false(home_receives_on(&a, a.out));
	END(k, a);
}

TEST(deregistration_discards_all_keys)
{
	SCENE(k, a);

	away_register(&a);
	away_echo(&a, a.out, 0);
	pair p = take_pair(&a);
	away_prepare(&a);
	a.q.lifetime_s = 0;
	a.q.sa.present = false;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_false(home_receives_on(&a, p.out));
	assert_int_equal(k.away, 0);
	free_pair(&p);
	END(k, a);
}

TEST(a_client_that_lost_everything_is_served_on_its_new_association)
{
	SCENE(k, a);

	away_register(&a);
	away_echo(&a, a.out, 0);
	pair lost = take_pair(&a);
	a.spi = a.conf.spi;
	away_register(&a);
	away_echo(&a, a.out, 0);
	assert_true(home_sends_on(&a, a.in));
	free_pair(&lost);
	END(k, a);
}

/* The binding goes on by the newer one, of which the client does not know yet. */
TEST(an_association_that_is_used_past_its_lifetime_is_received_on_for_ten_seconds)
{
	SCENE(k, a);

	k.conf.policy.lifetime_s = 100;
	away_register(&a);
	away_echo(&a, a.out, 0);
	kit_pass(&k, 50000);
	pair used = take_pair(&a);
	away_register(&a);
	kit_pass(&k, 59999);
	assert_true(home_receives_on(&a, used.out));
	kit_pass(&k, 1);
	assert_false(home_receives_on(&a, used.out));
	free_pair(&used);
	END(k, a);
}

RUN(T(an_association_that_is_used_past_its_lifetime_is_received_on_for_ten_seconds),
    T(before_its_first_packet_the_client_gets_what_comes_on_the_newest_association),
    T(home_goes_on_sending_on_the_old_one_until_the_new_one_is_used),
    T(a_replaced_association_is_received_on_for_thirty_seconds),
    T(a_first_packet_that_was_overtaken_by_the_newer_associations_is_received),
    T(whichever_reply_of_one_attempt_arrives_its_association_works),
    T(attempts_without_end_leave_a_bounded_number_of_associations),
    T(associations_used_and_replaced_at_once_are_bounded_in_number),
    T(an_association_ends_with_its_lifetime_and_a_little_grace),
    T(deregistration_discards_all_keys),
    T(a_client_that_lost_everything_is_served_on_its_new_association))
