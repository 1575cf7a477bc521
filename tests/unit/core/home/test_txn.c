/* SPDX-License-Identifier: MIT */
/* Registrations that wait: held at the disk, and there finished, failed, late, repeated, reordered, cancelled. */
#include "home_kit.h"
#include "core/home/txn.h"

enum { LATE_MS = 5000 };

static bool is_at(const kit *k, const endpoint *e)
{
	const kit_bindings b = kit_status(k);

	return b.n == 1 && endpoint_equal(&b.last.care_of, e);
}

/* A client that is registered, whose next requests are held. */
#define SCENE_HELD(k, a)                                                                           \
	SCENE_REGISTERED(k, a);                                                                    \
	k.hold = true;                                                                             \
	dgramq_clear(&k.tx)

/* Another request of the client's, `ahead` after the clock. */
static void ask_ahead(away *a, uint64_t ahead)
{
	away_prepare(a);
	a->q.identification = a->k->now.ntp + ahead;
	away_build(a);
	away_send(a);
}

static unsigned outstanding(const kit *k)
{
	return k->n_requests;
}

static unsigned in_progress(const kit *k)
{
	return (unsigned)home_core_counters(k->h).in_progress;
}

static int complete(kit *k, away *a, bool ok)
{
	k->save_fails = !ok;
	dgramq_clear(&k->tx);
	kit_complete(k, 0);
	return away_reply(a);
}

TEST(nothing_has_changed_and_nothing_is_answered_before_the_state_is_durable)
{
	SCENE_PREPARED(k, a);

	k.hold = true;
	assert_int_equal(away_ask(&a), -1);
	assert_int_equal(outstanding(&k), 1);
	assert_int_equal(kit_status(&k).n, 0);
	assert_int_equal(k.away, 0);
	away b = a; /* the pseudonym that is being made durable leads to nobody */
	b.q.pseudonym = b.spi = k.requests[0].state.spi_now;
	b.q.identification++;
	assert_int_equal(away_ask(&b), MIP_HA_MN_FAILED_AUTH);
	assert_int_equal(home_core_counters(k.h).registrations.denied_unknown, 1);
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	assert_int_equal(kit_status(&k).n, 1);
	assert_int_equal(in_progress(&k), 0);
	END(k, a);
}

TEST(packets_flow_both_ways_while_the_disk_is_slow)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	for (int i = 0; i < 40; i++) {
		kit_pass(&k, 100);
		away_echo(&a, a.out, 0);
		assert_int_equal(kit_queued(&k, &a.from), 1);
		kit_packet(&k, &a.conf.home4, 100, false);
		assert_int_equal(kit_queued(&k, &a.from), 1);
	}
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	END(k, a);
}

TEST(a_duplicate_of_what_is_under_way_is_dropped_and_later_a_replay)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	for (int i = 0; i < 3; i++) {
		away_send(&a);
		assert_int_equal(away_reply(&a), -1);
	}
	assert_int_equal(outstanding(&k), 1);
	assert_int_equal(in_progress(&k), 1);
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	assert_int_equal(k.tx.n_runs, 1);
	away_send(&a);
	assert_int_equal(away_reply(&a), -1);
	assert_int_equal(home_core_counters(k.h).registrations.denied_replay, 1);
	END(k, a);
}

TEST(a_duplicate_of_what_waits_for_its_turn_is_dropped)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	ask_ahead(&a, 2);
	away_send(&a);
	assert_int_equal(away_reply(&a), -1);
	assert_int_equal(in_progress(&k), 2);
	END(k, a);
}

TEST(what_is_older_than_what_is_being_made_durable_is_a_replay)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 10);
	ask_ahead(&a, 9);
	assert_int_equal(away_reply(&a), -1);
	assert_int_equal(home_core_counters(k.h).registrations.denied_replay, 1);
	assert_int_equal(in_progress(&k), 1);
	END(k, a);
}

TEST(requests_of_one_client_are_committed_one_at_a_time_in_order_of_identification)
{
	static const uint64_t sent[] = { 1, 4, 2, 3 };

	SCENE_HELD(k, a);
	uint64_t base = k.now.ntp;
	for (size_t i = 0; i < COUNT(sent); i++)
		ask_ahead(&a, sent[i]);
	for (uint64_t i = 1; i <= COUNT(sent); i++) {
		assert_int_equal(outstanding(&k), 1);
		assert_true(k.requests[0].state.last_id == base + i);
		assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
		assert_true(a.r.identification == base + i);
	}
	assert_int_equal(outstanding(&k), 0);
	END(k, a);
}

/* Neither is a duplicate of the other, and both were fresh when they came. */
TEST(of_two_requests_with_one_identification_under_two_spis_one_is_granted)
{
	for (unsigned order = 0; order < 2; order++) {
		SCENE_HELD(k, a);
		const uint32_t lesser = a.spi < a.conf.spi ? a.spi : a.conf.spi;
		const uint32_t greater = a.spi < a.conf.spi ? a.conf.spi : a.spi;
		ask_ahead(&a, 1);
		for (unsigned i = 0; i < 2; i++) {
			away_prepare(&a);
			a.q.identification = k.now.ntp + 5;
			a.q.pseudonym = i == order ? lesser : greater;
			assert_int_equal(away_ask(&a), -1);
		}
		assert_int_equal(in_progress(&k), 3);
		assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
		assert_int_equal(outstanding(&k), 1);
		dgramq_clear(&k.tx);
		kit_complete(&k, 0);
		assert_int_equal(kit_queued(&k, &a.from), 1);
		assert_int_equal(in_progress(&k), 0);
		assert_int_equal(home_core_counters(k.h).registrations.accepted, 3);
		assert_int_equal(home_core_counters(k.h).registrations.denied_replay, 1);
		END(k, a);
	}
}

TEST(requests_of_two_clients_do_not_wait_for_each_other)
{
	SCENE_HELD(k, a);
	away b;

	kit_add(&k, 2);
	away_open(&b, &k, 2);
	ask_ahead(&a, 1);
	ask_ahead(&b, 1);
	assert_int_equal(outstanding(&k), 2);
	dgramq_clear(&k.tx);
	kit_complete(&k, 1);
	assert_int_equal(away_reply(&b), MIP_ACCEPTED);
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	away_close(&b);
	END(k, a);
}

TEST(a_newer_request_meanwhile_makes_nothing_of_what_waits_unfresh)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	ask_ahead(&a, 2);
	kit_pass(&k, 1000);
	ask_ahead(&a, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	END(k, a);
}

TEST(when_the_disk_fails_130_is_answered_and_the_next_one_has_its_turn)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	ask_ahead(&a, 2);
	assert_int_equal(complete(&k, &a, false), MIP_HA_RESOURCES);
	assert_int_equal(outstanding(&k), 1);
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	END(k, a);
}

TEST(the_pseudonym_of_a_registration_that_failed_leads_to_nobody)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	uint32_t failed = k.requests[0].state.spi_now;
	assert_int_equal(complete(&k, &a, false), MIP_HA_RESOURCES);
	k.save_fails = k.hold = false;
	away_register(&a);
	away_prepare(&a);
	a.q.pseudonym = failed;
	assert_int_equal(away_ask(&a), MIP_HA_MN_FAILED_AUTH);
	assert_int_equal(home_core_counters(k.h).registrations.denied_unknown, 1);
	END(k, a);
}

TEST(what_takes_too_long_is_refused_with_130_and_a_late_completion_does_nothing)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	uint64_t number = k.requests[0].number;
	assert_true(home_core_next_timer_ms(k.h) == k.now.ms + LATE_MS);
	kit_pass(&k, LATE_MS - 1);
	assert_int_equal(away_reply(&a), -1);
	kit_pass(&k, 1);
	assert_int_equal(away_reply(&a), MIP_HA_RESOURCES);
	assert_int_equal(in_progress(&k), 0);
	dgramq_clear(&k.tx);
	kit_answer_durable(&k, number, true);
	assert_int_equal(k.tx.n_runs, 0);
	k.hold =
		false; /* the disk is well again; what was refused may be sent again, octet for octet */
	k.n_requests = 0;
	away_send(&a);
	assert_int_equal(away_reply(&a), MIP_ACCEPTED);
	END(k, a);
}

TEST(what_waits_for_its_turn_too_long_is_refused_with_130)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	kit_pass(&k, 100);
	ask_ahead(&a, 2);
	kit_pass(&k, 100);
	ask_ahead(&a, 3);
	kit_pass(&k, LATE_MS - 200); /* the first one's time is over, the second has its turn */
	assert_int_equal(away_reply(&a), MIP_HA_RESOURCES);
	assert_int_equal(outstanding(&k), 2);
	for (unsigned left = 2; left > 0; left--) {
		dgramq_clear(&k.tx);
		kit_pass(&k, 99);
		assert_int_equal(k.tx.n_runs, 0);
		assert_int_equal(in_progress(&k), left);
		kit_pass(&k, 1);
		assert_int_equal(away_reply(&a), MIP_HA_RESOURCES);
	}
	assert_true(a.r.identification ==
		    a.q.identification); /* the third, which had its turn by then */
	assert_int_equal(in_progress(&k), 0);
	END(k, a);
}

/* Whoever asked may have given up by then. It makes no difference whether the answer or the timer comes first. */
TEST(what_is_answered_when_its_time_is_over_is_refused)
{
	SCENE_HELD(k, a);
	const uint64_t accepted = home_core_counters(k.h).registrations.accepted;

	ask_ahead(&a, 1);
	const uint64_t began_ms = k.now.ms;
	k.now.ms = began_ms + LATE_MS; /* no tick */
	assert_int_equal(complete(&k, &a, true), MIP_HA_RESOURCES);
	assert_int_equal(home_core_counters(k.h).registrations.accepted, accepted);
	kit_pass(&k, 0);
	ask_ahead(&a, 2);
	k.now.ms += LATE_MS - 1;
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	END(k, a);
}

TEST(what_has_its_turn_when_its_time_is_over_is_refused)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	k.now.ms += 10;
	ask_ahead(&a, 2);
	k.now.ms += LATE_MS - 11;
	dgramq_clear(&k.tx);
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	assert_int_equal(outstanding(&k), 1); /* of the second */
	k.now.ms += 11;
	ask_ahead(&a, 3);
	assert_int_equal(complete(&k, &a, true), MIP_HA_RESOURCES);
	assert_int_equal(outstanding(&k), 1);
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	END(k, a);
}

/* The time of one that waits runs from its arrival, so a slow disk makes none of them wait twice as long. */
TEST(the_time_of_a_registration_runs_from_its_arrival_through_all_its_waits)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	ask_ahead(&a, 2);
	kit_pass(&k, LATE_MS - 1);
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	assert_int_equal(outstanding(&k), 1);
	assert_true(home_core_next_timer_ms(k.h) == k.now.ms + 1);
	dgramq_clear(&k.tx);
	kit_pass(&k, 1);
	assert_int_equal(away_reply(&a), MIP_HA_RESOURCES);
	assert_int_equal(in_progress(&k), 0);
	END(k, a);
}

TEST(a_completion_of_nothing_does_nothing)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	ask_ahead(&a, 2);
	const uint64_t number = k.requests[0].number;
	for (uint64_t n = 0; n < number; n++)
		kit_answer_durable(&k, n, true);
	for (uint64_t n = number + 1; n < number + 100; n++)
		kit_answer_durable(&k, n, true);
	assert_int_equal(in_progress(&k), 2);
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	dgramq_clear(&k.tx);
	kit_answer_durable(&k, number, true); /* once more */
	kit_answer_durable(&k, number, false);
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(in_progress(&k), 1);
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	END(k, a);
}

TEST(removing_the_client_ends_what_waits_without_an_answer)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	ask_ahead(&a, 2);
	dgramq_clear(&k.tx);
	assert_true(home_core_client_remove(k.h, a.conf.id));
	assert_int_equal(in_progress(&k), 0);
	kit_complete_all(&k);
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(kit_status(&k).n, 0);
	END(k, a);
}

TEST(changing_the_client_ends_what_waits_and_reading_it_again_unchanged_does_not)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	assert_true(home_core_client_put(k.h, &a.conf, NULL, NULL));
	assert_int_equal(in_progress(&k), 1);
	a.conf.expires_unix_s = 1; /* disabled */
	assert_true(home_core_client_put(k.h, &a.conf, NULL, NULL));
	assert_int_equal(in_progress(&k), 0);
	dgramq_clear(&k.tx);
	kit_complete_all(&k);
	assert_int_equal(k.tx.n_runs, 0);
	k.hold = false;
	away_send(&a);
	assert_int_equal(away_reply(&a), MIP_HA_PROHIBITED);
	END(k, a);
}

/* Not while the client is there, nor after it is gone. */
TEST(the_pseudonym_of_what_a_change_of_the_client_ended_leads_to_nobody)
{
	SCENE_HELD(k, a);

	ask_ahead(&a, 1);
	const uint32_t ended = k.requests[0].state.spi_now;
	a.conf.expires_unix_s = k.unix_s + 1000;
	assert_true(home_core_client_put(k.h, &a.conf, NULL, NULL));
	kit_complete_all(&k);
	ask_ahead(&a, 2); /* reserves another one */
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	for (unsigned removed = 0; removed < 2; removed++) {
		away_prepare(&a);
		a.q.identification = k.now.ntp + 3 + removed;
		a.q.pseudonym = ended;
		assert_int_equal(away_ask(&a), MIP_HA_MN_FAILED_AUTH);
		assert_int_equal(home_core_counters(k.h).registrations.denied_unknown, removed + 1);
		home_core_client_remove(k.h, a.conf.id);
	}
	END(k, a);
}

TEST(the_agent_ends_while_requests_wait)
{
	SCENE_HELD(k, a);

	for (uint64_t i = 1; i <= 3; i++)
		ask_ahead(&a, i);
	assert_int_equal(in_progress(&k), 3);
	END(k, a); /* and no octet is lost, says the sanitizer */
}

TEST(one_client_has_a_bounded_number_of_requests_under_way)
{
	SCENE_HELD(k, a);

	for (uint64_t i = 1; i <= HOME_TXNS_OF_PEER; i++) {
		ask_ahead(&a, i);
		assert_int_equal(away_reply(&a), -1);
	}
	ask_ahead(&a, HOME_TXNS_OF_PEER + 1);
	assert_int_equal(away_reply(&a), MIP_HA_RESOURCES);
	assert_int_equal(in_progress(&k), HOME_TXNS_OF_PEER);
	for (unsigned i = 0; i < HOME_TXNS_OF_PEER; i++)
		assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	END(k, a);
}

/* Deregistrations, which are cheap to make. */
TEST(all_clients_together_have_a_bounded_number_of_requests_under_way)
{
	enum { CLIENTS = HOME_TXNS / HOME_TXNS_OF_PEER };
	SCENE_HELD(k, a);

	for (uint32_t n = 0; n < CLIENTS; n++) {
		home_client_conf c = kit_client_conf(2);
		memcpy(c.id, &n, sizeof n);
		c.spi = 0x60000000u + n;
		c.home4 = ip4(192, 168, (uint8_t)(60 + n / 200), (uint8_t)(1 + n % 200));
		assert_true(home_core_client_put(k.h, &c, NULL, NULL));
		away b;
		away_open(&b, &k, 2);
		for (unsigned i = 0; i < HOME_TXNS_OF_PEER; i++) {
			away_prepare(&b);
			b.q.pseudonym = c.spi;
			b.q.home4 = c.home4;
			b.q.lifetime_s = 0;
			b.q.sa.present = false;
			assert_int_equal(away_ask(&b), -1);
		}
		away_close(&b);
	}
	assert_int_equal(in_progress(&k), HOME_TXNS);
	ask_ahead(&a, 1);
	assert_int_equal(away_reply(&a), MIP_HA_RESOURCES);
	kit_complete(&k, 0); /* one of the others */
	ask_ahead(&a, 2);
	assert_int_equal(away_reply(&a), -1);
	assert_int_equal(in_progress(&k), HOME_TXNS);
	END(k, a);
}

TEST(a_client_that_moves_by_data_while_its_registration_waits_is_where_it_registered_last)
{
	SCENE_HELD(k, a);
	const endpoint elsewhere = { .addr = ip4(198, 51, 100, 200), .port = 7777 };
	const endpoint first = a.from;

	ask_ahead(&a, 1);
	a.from = elsewhere;
	away_echo(&a, a.out, 0);
	assert_true(is_at(&k, &elsewhere));
	a.from = first;
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	assert_true(is_at(&k, &first));
	END(k, a);
}

/* Its association ends while the disk is busy: to say yes would bind what has none. */
TEST(a_renewal_whose_association_ended_meanwhile_is_refused)
{
	SCENE(k, a);

	k.conf.policy.lifetime_s = 100;
	away_register(&a);
	away_echo(&a, a.out, 0);
	kit_pass(&k, 97000);
	k.hold = true;
	away_prepare(&a);
	a.q.sa.present = false;
	assert_int_equal(away_ask(&a), -1);
	kit_pass(&k, 4000);
	assert_int_equal(complete(&k, &a, true), MIP_HA_UNSPECIFIED);
	END(k, a);
}

TEST(a_standby_whose_binding_ended_meanwhile_is_refused)
{
	SCENE_HELD(k, a);

	kit_pass(&k, 297000); /* of 300 s */
	away_prepare(&a);
	a.q.standby = true;
	a.q.sa.present = false;
	assert_int_equal(away_ask(&a), -1);
	kit_pass(&k, 4000);
	assert_int_equal(complete(&k, &a, true), MIP_HA_UNSPECIFIED);
	END(k, a);
}

TEST(clients_that_register_at_once_are_no_more_than_the_table_holds)
{
	SCENE(k, a);
	away b;

	k.conf.max_clients = 1;
	k.hold = true;
	kit_add(&k, 2);
	away_open(&b, &k, 2);
	ask_ahead(&a, 1);
	ask_ahead(&b, 1);
	assert_int_equal(complete(&k, &a, true), MIP_ACCEPTED);
	assert_int_equal(complete(&k, &b, true), MIP_HA_RESOURCES);
	assert_int_equal(kit_status(&k).n, 1);
	away_close(&b);
	END(k, a);
}

/* Two clients without addresses, at the same time. */
TEST(an_address_that_is_being_made_durable_is_leased_to_nobody_else)
{
	kit k;
	away a[2];

	kit_open(&k);
	k.hold = true;
	for (uint8_t i = 0; i < 2; i++) {
		home_client_conf c = kit_client_conf((uint8_t)(1 + i));
		c.home4 = (ip_addr){ 0 };
		assert_true(home_core_client_put(k.h, &c, NULL, NULL));
		away_open(&a[i], &k, (uint8_t)(1 + i));
		away_prepare(&a[i]);
		a[i].q.home4 = ip4(0, 0, 0, 0);
		assert_int_equal(away_ask(&a[i]), -1);
	}
	assert_false(ip_equal(&k.requests[0].state.lease4, &k.requests[1].state.lease4));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(complete(&k, &a[i], true), MIP_ACCEPTED);
		away_close(&a[i]);
	}
	kit_close(&k);
}

RUN(T(nothing_has_changed_and_nothing_is_answered_before_the_state_is_durable),
    T(packets_flow_both_ways_while_the_disk_is_slow),
    T(a_duplicate_of_what_is_under_way_is_dropped_and_later_a_replay),
    T(a_duplicate_of_what_waits_for_its_turn_is_dropped),
    T(what_is_older_than_what_is_being_made_durable_is_a_replay),
    T(requests_of_one_client_are_committed_one_at_a_time_in_order_of_identification),
    T(of_two_requests_with_one_identification_under_two_spis_one_is_granted),
    T(requests_of_two_clients_do_not_wait_for_each_other),
    T(a_newer_request_meanwhile_makes_nothing_of_what_waits_unfresh),
    T(when_the_disk_fails_130_is_answered_and_the_next_one_has_its_turn),
    T(the_pseudonym_of_a_registration_that_failed_leads_to_nobody),
    T(what_takes_too_long_is_refused_with_130_and_a_late_completion_does_nothing),
    T(what_waits_for_its_turn_too_long_is_refused_with_130),
    T(what_is_answered_when_its_time_is_over_is_refused),
    T(what_has_its_turn_when_its_time_is_over_is_refused),
    T(the_time_of_a_registration_runs_from_its_arrival_through_all_its_waits),
    T(a_completion_of_nothing_does_nothing),
    T(removing_the_client_ends_what_waits_without_an_answer),
    T(changing_the_client_ends_what_waits_and_reading_it_again_unchanged_does_not),
    T(the_pseudonym_of_what_a_change_of_the_client_ended_leads_to_nobody),
    T(the_agent_ends_while_requests_wait), T(one_client_has_a_bounded_number_of_requests_under_way),
    T(all_clients_together_have_a_bounded_number_of_requests_under_way),
    T(a_client_that_moves_by_data_while_its_registration_waits_is_where_it_registered_last),
    T(a_renewal_whose_association_ended_meanwhile_is_refused),
    T(a_standby_whose_binding_ended_meanwhile_is_refused),
    T(clients_that_register_at_once_are_no_more_than_the_table_holds),
    T(an_address_that_is_being_made_durable_is_leased_to_nobody_else))
