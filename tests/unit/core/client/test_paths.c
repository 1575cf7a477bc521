/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

TEST(a_failed_path_rests_for_five_seconds_then_twice_as_long_up_to_a_minute)
{
	static const uint64_t rests_s[] = { 5, 10, 20, 40, 60, 60, 60, 60 };
	client_path p = { 0 };

	for (size_t i = 0; i < COUNT(rests_s); i++) {
		client_paths_failed(&p, 1000);
		assert_true(p.failed && !p.answering);
		assert_int_equal(p.not_before_ms, 1000 + rests_s[i] * 1000);
	}
}

TEST(an_answer_ends_a_failure_but_not_its_memory)
{
	client_path p = { 0 };

	assert_true(client_paths_heard(&p, 10));
	assert_false(client_paths_heard(&p, 11));
	assert_int_equal(p.last_rx_ms, 11);
	client_paths_failed(&p, 12);
	assert_true(client_paths_heard(&p, 13));
	assert_true(p.answering && !p.failed);
	client_paths_failed(&p, 1000);
	assert_int_equal(p.not_before_ms, 1000 + 10000);
}

TEST(a_path_that_recovers_has_its_failures_forgotten)
{
	client_path p = { 0 };

	for (int i = 0; i < 4; i++)
		client_paths_failed(&p, 1000);
	client_paths_recover(&p);
	assert_false(p.failed);
	assert_int_equal(p.not_before_ms, 0);
	client_paths_failed(&p, 1000);
	assert_int_equal(p.not_before_ms, 1000 + 5000);
}

TEST(a_route_that_comes_ends_the_failure_and_its_memory)
{
	kit k;

	kit_start(&k);
	uplink u = cafe();
	client_path *p = kit_plug(&k, &u, 1);
	for (int i = 0; i < 4; i++)
		client_paths_failed(p, start_time.ms);
	u.has_default = false;
	kit_plug(&k, &u, 1);
	assert_true(p->failed);
	u.has_default = true;
	kit_plug(&k, &u, 1);
	assert_false(p->failed);
	assert_int_equal(p->failures, 0);
	assert_int_equal(p->not_before_ms, 0);
	kit_end(&k);
}

TEST(a_carrier_that_comes_up_ends_the_failure_and_its_memory)
{
	const endpoint mux = { .addr = ip4(203, 0, 113, 20), .port = 443 };
	client_path p = { .kind = PATH_HTTPS, .link = CLIENT_LINK_OPENING };

	for (int i = 0; i < 4; i++)
		client_paths_failed(&p, 1000);
	client_paths_carrier_up(&p, &mux);
	assert_true(client_paths_is_usable(&p));
	assert_true(endpoint_equal(&p.remote, &mux));
	assert_int_equal(p.failures, 0);
	assert_false(p.failed);
}

TEST(the_round_trip_is_smoothed_by_an_eighth)
{
	client_paths t = { 0 };
	client_path p = { 0 }, q = { 0 };

	assert_int_equal(client_paths_rtt_ms(&t, &p), CLIENT_RTT_GUESS_MS);
	client_paths_measured(&t, &p, 80000);
	assert_int_equal(p.rtt_us, 80000);
	client_paths_measured(&t, &p, 160000);
	assert_int_equal(p.rtt_us, 90000);
	assert_int_equal(client_paths_rtt_ms(&t, &q),
			 90); /* of another path, while its own is not known */
	client_paths_measured(&t, &q, 0);
	assert_int_equal(q.rtt_us, 1); /* 0 would mean that it is not known */
	assert_int_equal(client_paths_rtt_ms(&t, &q), 1);
}

TEST(what_a_registration_took_counts_until_an_echo_was_answered)
{
	client_paths t = { 0 };
	client_path p = { 0 };

	client_paths_measured_roughly(&t, &p, 300000);
	client_paths_measured_roughly(&t, &p, 200000); /* the latest */
	assert_int_equal(p.rtt_us, 200000);
	client_paths_measured(&t, &p, 40000);
	assert_int_equal(p.rtt_us, 40000);
	client_paths_measured_roughly(&t, &p, 300000);
	assert_int_equal(p.rtt_us, 40000);
	client_paths_measured(&t, &p, 80000);
	assert_int_equal(p.rtt_us, 45000);
}

TEST(a_socket_leads_to_its_path_and_an_old_name_to_none)
{
	kit k;

	kit_start(&k);
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	kit_plug(&k, u, 2);
	const client_path *a = client_paths_by_sock(&k.c->paths, 1);
	const client_path *b = client_paths_by_sock(&k.c->paths, 2);
	assert_true(a && b && a != b);
	assert_ptr_equal(client_paths_by_name(&k.c->paths, b->name), b);
	assert_null(client_paths_by_sock(&k.c->paths, 0));
	assert_null(client_paths_by_sock(&k.c->paths, 3));
	assert_null(client_paths_by_sock(&k.c->paths, 1 + (1 << CLIENT_SOCK_BITS)));
	assert_null(client_paths_by_name(&k.c->paths, 0));
	kit_plug(&k, u + 1, 1);
	assert_null(client_paths_by_sock(&k.c->paths, 1));
	assert_int_equal(k.n_closed, 1);
	kit_end(&k);
}

TEST(a_registration_shows_where_home_answers_and_whether_there_is_a_nat)
{
	const endpoint from = { .addr = ip4(203, 0, 113, 3), .port = 434 };
	client_path p = { .up = cafe(), .remote = { .port = 4500 } };
	reg_reply r = { .keepalive_s = 25 };

	client_paths_registered(&p, &from, &r);
	assert_true(endpoint_equal(&p.remote, &from));
	assert_int_equal(p.keepalive_s, 25);
	assert_false(p.nat); /* it does not tell */
	r.observed = (endpoint){ .addr = p.up.local.addr, .port = 1234 };
	client_paths_registered(&p, &from, &r);
	assert_false(p.nat);
	r.observed.addr = ip4(198, 51, 100, 7);
	client_paths_registered(&p, &from, &r);
	assert_true(p.nat);
}

TEST(a_socket_of_a_path_that_is_closed_leads_nowhere)
{
	kit k;
	const uplink u = cafe();

	kit_start(&k);
	k.n_socks = (1 << CLIENT_SOCK_BITS) - 1; /* the next has zeros in all of its bits */
	kit_plug(&k, &u, 1);
	assert_non_null(client_paths_by_sock(&k.c->paths, 1 << CLIENT_SOCK_BITS));
	assert_null(client_paths_by_sock(&k.c->paths, 0));
	kit_plug(&k, &u, 0);
	assert_null(client_paths_by_sock(&k.c->paths, 1 << CLIENT_SOCK_BITS));
	assert_null(client_paths_by_sock(&k.c->paths, 0));
	kit_end(&k);
}

TEST(a_new_path_has_nothing_of_the_one_whose_place_it_takes)
{
	kit k;
	const uplink u = cafe(), other = uplink_at(3, "wan1", 2);
	client_path *p = kit_up(&k);
	unsigned slot = p->slot;
	uint16_t name = p->name;

	client_liveness_sent(&k.c->liveness, after(1), p);
	kit_plug(&k, &u, 0);
	p = kit_plug(&k, &other, 1);
	assert_int_equal(p->slot, slot);
	assert_int_not_equal(p->name, name);
	assert_int_equal(p->rtt_us, 0);
	assert_false(p->answering);
	assert_true(k.c->liveness.of[slot].waiting_ms == NEVER);
	assert_int_equal(k.c->mtu.of[slot].sent, 0);
	kit_end(&k);
}

RUN(T(a_failed_path_rests_for_five_seconds_then_twice_as_long_up_to_a_minute),
    T(an_answer_ends_a_failure_but_not_its_memory),
    T(a_path_that_recovers_has_its_failures_forgotten),
    T(a_route_that_comes_ends_the_failure_and_its_memory),
    T(a_carrier_that_comes_up_ends_the_failure_and_its_memory),
    T(the_round_trip_is_smoothed_by_an_eighth),
    T(what_a_registration_took_counts_until_an_echo_was_answered),
    T(a_socket_leads_to_its_path_and_an_old_name_to_none),
    T(a_registration_shows_where_home_answers_and_whether_there_is_a_nat),
    T(a_socket_of_a_path_that_is_closed_leads_nowhere),
    T(a_new_path_has_nothing_of_the_one_whose_place_it_takes))
