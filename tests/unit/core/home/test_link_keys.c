/* SPDX-License-Identifier: MIT */
/* The keys of relays' links at home: what exchanges cost, renewal, other versions (docs/protocol.md 18.4). */
#include "relayed_kit.h"

typedef struct recording {
	uint8_t hello[LINK_HELLO_LEN], welcome[LINK_HELLO_LEN];
} recording;

/* Sends it once more. True: home has exchanged keys for it anew. */
static bool costs_an_exchange(relayed *r, recording *old)
{
	const dgramq *q = &r->k->tx;
	bool anew = false;

	dgramq_clear(&r->k->tx);
	from_relay(r, 434, old->hello, LINK_HELLO_LEN);
	if (q->n_runs > 0) {
		anew = memcmp(q->bytes + q->runs[0].at, old->welcome, LINK_HELLO_LEN) != 0;
		memcpy(old->welcome, q->bytes + q->runs[0].at, LINK_HELLO_LEN);
	}
	return anew;
}

TEST(recorded_hellos_in_turn_cost_one_exchange_a_second_and_a_true_one_is_answered_at_once)
{
	RELAYED(k, r, a);
	recording old[2] = { 0 };
	unsigned n = 0;

	for (int i = 0; i < 2; i++) {
		meet(&r[0]);
		memcpy(old[i].hello, r[0].hello, LINK_HELLO_LEN);
		kit_pass(&k, 1000);
	}
	meet(&r[0]);
	for (int i = 0; i < 1000; i++)
		n += costs_an_exchange(&r[0], &old[i % 2]);
	assert_int_equal(n, 5);
	kit_pass(&k, 1000);
	for (int i = 0; i < 1000; i++)
		n += costs_an_exchange(&r[0], &old[i % 2]);
	assert_int_equal(n, 6);
	assert_true(hello(&r[0]));
	END_RELAYED(k, r, a);
}

static void renew(relayed *r)
{
	assert_true(hello_with(r, LINK_CONTINUES));
	r->entries = r->messages = 0;
	ping(r);
	sync_up(r);
}

TEST(a_renewed_link_goes_on_with_the_list)
{
	RELAYED(k, r, a);
	kit_add(&k, 2);
	meet(&r[0]);
	renew(&r[0]);
	assert_true(r[0].continues);
	assert_int_equal(r[0].messages, 0);
	kit_add(&k, 3);
	sync_up(&r[0]);
	assert_int_equal(r[0].entries, 1);
	assert_true(home_core_relay(k.h, 0).linked && home_core_relay(k.h, 0).has_all_clients);
	END_RELAYED(k, r, a);
}

TEST(a_list_goes_on_only_where_home_has_the_link)
{
	RELAYED(k, r, a);
	kit_add(&k, 2);
	renew(&r[0]); /* home was restarted */
	assert_false(r[0].continues);
	assert_int_equal(r[0].entries, 2);
	kit_pass(&k, 10001); /* home forgot the relay */
	r[0].version = 0;
	renew(&r[0]);
	assert_false(r[0].continues);
	assert_int_equal(r[0].entries, 2);
	END_RELAYED(k, r, a);
}

TEST(a_link_whose_keys_are_not_renewed_ends)
{
	RELAYED(k, r, a);
	meet(&r[0]);
	for (unsigned i = 0; i < REG_LINK_END_MS / 5000 - 1; i++) {
		kit_pass(&k, 5000);
		assert_true(home_core_relay(k.h, 0).linked);
		ping(&r[0]);
		dgramq_clear(&k.tx);
	}
	kit_pass(&k, 4999);
	assert_true(home_core_relay(k.h, 0).linked);
	kit_pass(&k, 1);
	assert_false(home_core_relay(k.h, 0).linked);
	assert_non_null(strstr(k.lines, "its keys were not renewed"));
	meet(&r[0]);
	assert_true(home_core_relay(k.h, 0).linked);
	END_RELAYED(k, r, a);
}

TEST(a_relay_of_another_version_gets_no_answer_and_one_line)
{
	RELAYED(k, r, a);
	uint8_t old[72] = { LINK_HELLO, 1 };

	k.lines[0] = 0;
	for (int i = 0; i < 5; i++)
		from_relay(&r[0], 434, old, sizeof old);
	assert_int_equal(k.tx.n_runs, 0);
	const char *said = strstr(k.lines, "hello of version 1");
	assert_non_null(said);
	assert_null(strstr(said + 1, "hello of version 1"));
	assert_int_equal(home_core_relay(k.h, 0).refused, 0);
	END_RELAYED(k, r, a);
}

RUN(T(recorded_hellos_in_turn_cost_one_exchange_a_second_and_a_true_one_is_answered_at_once),
    T(a_renewed_link_goes_on_with_the_list), T(a_list_goes_on_only_where_home_has_the_link),
    T(a_link_whose_keys_are_not_renewed_ends),
    T(a_relay_of_another_version_gets_no_answer_and_one_line))
