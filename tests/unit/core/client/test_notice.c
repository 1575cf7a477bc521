/* SPDX-License-Identifier: MIT */
/* Home's notice that it was restarted, at the client: who can make it register, and how often. */
#include "client_kit.h"
#include "core/reg/notice.h"

enum { ACCEPTED = 500 }; /* identification of the registration that home has accepted last */

static const client_path *start(kit *k)
{
	const client_path *p = kit_up(k);

	k->c->registration.state = CLIENT_REG_GRANTED;
	k->c->registration.accepted_id = ACCEPTED;
	dgramq_clear(&k->tx);
	return p;
}

static void deliver(kit *k, uint64_t ms, const client_path *p, uint8_t *msg, size_t n)
{
	const dgram_in d = { .sock = p->sock, .from = p->remote, .p = msg, .n = n };

	client_core_datagram(k->c, after(ms), &d);
}

static void receive_notice(kit *k, uint64_t ms, const client_path *p, uint64_t last_id)
{
	uint8_t msg[REG_NOTICE_LEN];

	assert_int_equal(reg_notice_build(&k->c->credential.keys, last_id, msg), sizeof msg);
	deliver(k, ms, p, msg, sizeof msg);
}

static bool is_asked_for_keys(const kit *k)
{
	const client_requests *r = &k->c->requests;

	return k->tx.n_runs > 0 && r->under_way[(r->next - 1) % CLIENT_REQUESTS].offer.spi != 0;
}

TEST(a_notice_leads_to_a_registration_with_new_keys_at_once)
{
	kit k;
	const client_path *p = start(&k);

	receive_notice(&k, 1000, p, ACCEPTED);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	assert_true(is_asked_for_keys(&k));
	kit_end(&k);
}

/* The reply to the last request may have been lost on its way. */
TEST(home_may_have_accepted_more_than_the_client_knows)
{
	kit k;
	const client_path *p = start(&k);

	receive_notice(&k, 1000, p, ACCEPTED + 1);
	assert_true(is_asked_for_keys(&k));
	kit_end(&k);
}

TEST(a_notice_from_before_the_last_registration_was_recorded_and_is_void)
{
	kit k;
	const client_path *p = start(&k);

	receive_notice(&k, 1000, p, ACCEPTED - 1);
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	kit_end(&k);
}

TEST(a_notice_that_is_not_authentic_changes_nothing)
{
	kit k;
	const client_path *p = start(&k);
	uint8_t msg[REG_NOTICE_LEN];

	assert_int_equal(reg_notice_build(&k.c->credential.keys, ACCEPTED, msg), sizeof msg);
	for (size_t i = 0; i < sizeof msg; i++) {
		msg[i] ^= 0x40;
		deliver(&k, 1000, p, msg, sizeof msg);
		msg[i] ^= 0x40;
	}
	deliver(&k, 1000, p, msg, sizeof msg - 1);
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	kit_end(&k);
}

/* Even of true ones, that say each time that home knows of more. */
TEST(a_flood_of_notices_makes_seven_registrations_a_minute)
{
	kit k;
	const client_path *p = start(&k);
	unsigned n = 0;

	for (uint64_t ms = 0; ms < 60000; ms += 10) {
		unsigned before = k.c->requests.next;
		receive_notice(&k, 1000 + ms, p, ACCEPTED + ms);
		n += k.c->requests.next != before;
		dgramq_clear(&k.tx);
	}
	assert_in_range(n, 2, 7);
	kit_end(&k);
}

TEST(who_has_no_registration_is_not_concerned)
{
	static const client_reg_state states[] = { CLIENT_REG_IDLE, CLIENT_REG_AT_HOME,
						   CLIENT_REG_LEAVING, CLIENT_REG_GONE };

	for (size_t i = 0; i < COUNT(states); i++) {
		kit k;
		const client_path *p = start(&k);
		k.c->registration.state = states[i];
		receive_notice(&k, 1000, p, ACCEPTED);
		assert_int_equal(k.c->registration.state, states[i]);
		assert_int_equal(k.tx.n_runs, 0);
		kit_end(&k);
	}
}

RUN(T(a_notice_leads_to_a_registration_with_new_keys_at_once),
    T(home_may_have_accepted_more_than_the_client_knows),
    T(a_notice_from_before_the_last_registration_was_recorded_and_is_void),
    T(a_notice_that_is_not_authentic_changes_nothing),
    T(a_flood_of_notices_makes_seven_registrations_a_minute),
    T(who_has_no_registration_is_not_concerned))
