/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static unsigned n_requests;

/* The registration alone: when the next round of requests leaves. */
static uint64_t next_round(kit *k, uint64_t from_ms, uint64_t until_ms)
{
	for (uint64_t ms = from_ms; ms <= until_ms; ms++) {
		if (client_registration_next_timer_ms(&k->c->registration) <= after(ms).ms)
			client_core_tick(k->c, after(ms));
		n_requests = 0;
		for (uint32_t i = 0; i < k->tx.n_runs; i++)
			n_requests += dgram_classify(k->tx.bytes + k->tx.runs[i].at,
						     k->tx.runs[i].len) == DGRAM_REQUEST;
		dgramq_clear(&k->tx);
		if (n_requests)
			return ms;
	}
	return UINT64_MAX;
}

static client_reg_state state(const kit *k)
{
	return k->c->registration.state;
}

static const client_request *last_request(const kit *k)
{
	const client_requests *r = &k->c->requests;

	return &r->under_way[(r->next - 1) % CLIENT_REQUESTS];
}

static bool event(kit *k, core_time now, client_reg_event ev, reg_reply *r)
{
	client_request q = *last_request(k);
	const client_reg_input in = { k->c->paths.active, &q, r, r->code };

	r->identification = q.offer.request_id;
	return client_registration_event(&k->c->registration, now, ev, &in);
}

static void start(kit *k)
{
	const uplink u = cafe();

	kit_start(k);
	kit_plug(k, &u, 1);
	dgramq_clear(&k->tx);
}

/* A grant under the association that there is. */
static void grant(kit *k, core_time now)
{
	reg_reply r = { .lifetime_s = 600 };

	assert_true(event(k, now, CLIENT_REG_ACCEPTED, &r));
}

TEST(the_first_path_begins_to_request)
{
	kit k;

	start(&k);
	assert_int_equal(state(&k), CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(gaps_between_requests_double_up_to_half_a_minute)
{
	static const uint64_t gaps_ms[] = {
		500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000
	};
	kit k;
	uint64_t at = 0;

	start(&k);
	for (size_t i = 0; i < COUNT(gaps_ms); i++) {
		uint64_t next = next_round(&k, at, at + 60000);
		assert_in_range(next - at, gaps_ms[i] * 8 / 10, gaps_ms[i] * 12 / 10);
		at = next;
	}
	kit_end(&k);
}

TEST(a_change_of_the_network_begins_again_with_the_shortest_gap)
{
	kit k;
	uint64_t at = 0;

	start(&k);
	for (int i = 0; i < 6; i++)
		at = next_round(&k, at, at + 60000);
	client_core_roam(k.c, after(at));
	dgramq_clear(&k.tx);
	assert_in_range(next_round(&k, at, at + 60000) - at, 400, 600);
	kit_end(&k);
}

TEST(a_grant_is_renewed_after_70_to_75_percent_of_its_lifetime)
{
	kit k;

	start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	grant(&k, after(10));
	assert_int_equal(state(&k), CLIENT_REG_GRANTED);
	assert_in_range(k.c->registration.timer_ms - after(10).ms, 420000, 450000);
	assert_int_equal(k.c->binding.until_ms, after(10 + 600000).ms);
	kit_end(&k);
}

TEST(an_association_that_is_worn_earlier_is_renewed_with_the_registration)
{
	kit k;

	start(&k);
	kit_associate(&k, after(0), 0x1000, 100);
	grant(&k, after(10));
	assert_in_range(k.c->registration.timer_ms - after(0).ms, 70000, 75000);
	kit_end(&k);
}

TEST(an_older_or_empty_grant_changes_nothing)
{
	kit k;
	reg_reply none = { .lifetime_s = 0 }, again = { .lifetime_s = 700 };

	start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	assert_false(event(&k, after(5), CLIENT_REG_ACCEPTED, &none));
	grant(&k, after(10));
	assert_false(event(&k, after(20), CLIENT_REG_ACCEPTED, &again)); /* the same request */
	assert_int_equal(k.c->binding.lifetime_s, 600);
	kit_end(&k);
}

TEST(a_grant_without_an_association_is_none)
{
	kit k;
	reg_reply r = { .lifetime_s = 600 };

	start(&k);
	assert_false(event(&k, after(10), CLIENT_REG_ACCEPTED, &r));
	assert_int_equal(state(&k), CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(a_refusal_is_shown_and_requested_again_slowly)
{
	kit k;
	reg_reply r = { .code = MIP_HA_PROHIBITED };

	start(&k);
	assert_true(event(&k, after(10), CLIENT_REG_REFUSAL, &r));
	assert_int_equal(state(&k), CLIENT_REG_REFUSED);
	assert_string_equal(k.c->registration.reason, mip_code_text(r.code));
	assert_in_range(next_round(&k, 11, 90000) - 10, 24000, 36000);
	assert_int_equal(state(&k), CLIENT_REG_REFUSED);
	kit_end(&k);
}

TEST(refusals_that_nobody_authenticated_count_only_when_they_are_three)
{
	kit k;
	reg_reply r = { .code = MIP_HA_MN_FAILED_AUTH };

	start(&k);
	assert_false(event(&k, after(1), CLIENT_REG_BARE_REFUSAL, &r));
	assert_false(event(&k, after(2), CLIENT_REG_BARE_REFUSAL, &r));
	assert_int_equal(state(&k), CLIENT_REG_REQUESTING);
	assert_true(event(&k, after(3), CLIENT_REG_BARE_REFUSAL, &r));
	assert_int_equal(state(&k), CLIENT_REG_REFUSED);
	assert_non_null(strstr(k.c->registration.reason, mip_code_text(r.code)));
	assert_non_null(strstr(k.c->registration.reason, "is the key of the profile right?"));
	kit_end(&k);
}

TEST(with_an_association_they_never_count)
{
	kit k;
	reg_reply r = { .code = MIP_HA_MN_FAILED_AUTH };

	start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	for (unsigned i = 0; i < 10; i++)
		assert_false(event(&k, after(i), CLIENT_REG_BARE_REFUSAL, &r));
	assert_int_equal(state(&k), CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(a_request_is_repeated_at_once_four_times_in_an_attempt)
{
	kit k;
	reg_reply r = { .code = MIP_HA_IDENT_MISMATCH };

	start(&k);
	for (unsigned i = 0; i < 4; i++)
		assert_true(event(&k, after(i), CLIENT_REG_RESYNC, &r));
	assert_false(event(&k, after(5), CLIENT_REG_RESYNC, &r));
	kit_end(&k);
}

TEST(where_home_lacks_the_association_the_next_request_has_a_key_exchange)
{
	kit k;
	reg_reply r = { .code = MIP_HA_UNSPECIFIED };

	start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	grant(&k, after(10));
	client_registration_start(&k.c->registration, after(20), false);
	assert_int_equal(last_request(&k)->offer.spi, 0);
	assert_true(event(&k, after(30), CLIENT_REG_REFUSAL, &r));
	assert_int_equal(state(&k), CLIENT_REG_REQUESTING);
	assert_int_not_equal(last_request(&k)->offer.spi, 0);
	kit_end(&k);
}

TEST(another_group_is_taken_if_the_profile_allows_it_else_home_refuses)
{
	kit k;
	reg_reply r = { .code = MIP_HA_PROHIBITED };

	start(&k);
	r.notify = (mip_notify){ .reason = NOTIFY_WRONG_GROUP, .data = DH_P256 };
	assert_true(event(&k, after(1), CLIENT_REG_WRONG_GROUP, &r));
	assert_int_equal(state(&k), CLIENT_REG_REQUESTING);
	assert_int_equal(last_request(&k)->offer.group, DH_P256);
	r.notify.data = 4711;
	assert_true(event(&k, after(2), CLIENT_REG_WRONG_GROUP, &r));
	assert_int_equal(state(&k), CLIENT_REG_REFUSED);
	kit_end(&k);
}

TEST(stopping_deregisters_three_times_and_then_ends)
{
	kit k;

	start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	grant(&k, after(10));
	client_core_stop(k.c, after(20));
	assert_int_equal(state(&k), CLIENT_REG_LEAVING);
	assert_int_equal(last_request(&k)->purpose, CLIENT_FOR_DEREGISTRATION);
	dgramq_clear(&k.tx);
	uint64_t second = next_round(&k, 21, 1000), third = next_round(&k, second + 1, 1000);
	assert_in_range(second - 20, 240, 360);
	assert_in_range(third - second, 240, 360);
	assert_true(next_round(&k, third + 1, 2000) == UINT64_MAX);
	assert_int_equal(state(&k), CLIENT_REG_GONE);
	assert_int_equal(k.state, CLIENT_STOPPED);
	assert_int_equal(k.n_closed, 1);
	kit_end(&k);
}

TEST(stopping_without_a_registration_ends_at_once)
{
	kit k;

	start(&k);
	assert_non_null(k.c->exchange.dh);
	uint64_t id = last_request(&k)->offer.request_id;
	client_core_stop(k.c, after(20));
	assert_int_equal(k.state, CLIENT_STOPPED);
	assert_null(k.c->exchange.dh);
	assert_null(client_requests_find(&k.c->requests, id));
	kit_end(&k);
}

TEST(a_path_that_answers_no_request_is_failed_after_three_rounds_and_all_are_asked)
{
	kit k;
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	uint64_t at = 0;

	start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	k.c->paths.active->answering = true;
	client_core_uplinks(k.c, after(0), u, 2);
	dgramq_clear(&k.tx);
	const client_path *p = k.c->paths.active;
	for (int i = 0; i < 2; i++)
		at = next_round(&k, at + 1, at + 60000);
	assert_ptr_equal(k.c->paths.active, p);
	assert_int_equal(n_requests, 1);
	next_round(&k, at + 1, at + 60000);
	assert_ptr_not_equal(k.c->paths.active, p);
	assert_true(p->failed);
	kit_end(&k);
}

TEST(a_registration_whose_lifetime_is_over_has_no_association)
{
	kit k;

	start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	grant(&k, after(0));
	client_registration_tick(&k.c->registration, after(599999));
	assert_true(client_associations_has_pair(&k.c->associations));
	client_registration_tick(&k.c->registration, after(600000));
	assert_false(client_associations_has_pair(&k.c->associations));
	assert_false(client_binding_exists(&k.c->binding));
	kit_end(&k);
}

TEST(a_registration_expires_though_the_tick_comes_late)
{
	kit k;

	start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	grant(&k, after(0));
	client_registration_tick(&k.c->registration, after(600007));
	assert_false(client_binding_exists(&k.c->binding));
	kit_end(&k);
}

TEST(replies_of_an_attempt_are_taken_for_half_a_minute_after_the_grant)
{
	kit k;
	client_registration *r;

	start(&k);
	r = &k.c->registration;
	kit_associate(&k, after(0), 0x1000, 3600);
	uint64_t id = last_request(&k)->offer.request_id;
	grant(&k, after(10));
	assert_int_equal(client_registration_next_timer_ms(r), after(30010).ms);
	client_registration_tick(r, after(30009));
	assert_non_null(client_requests_find(&k.c->requests, id));
	client_registration_tick(r, after(30011));
	assert_null(client_requests_find(&k.c->requests, id));
	assert_int_equal(client_registration_next_timer_ms(r), r->timer_ms);
	kit_end(&k);
}

TEST(a_grant_can_be_renewed_sooner_or_now)
{
	kit k;
	client_registration *r;

	start(&k);
	r = &k.c->registration;
	kit_associate(&k, after(0), 0x1000, 3600);
	client_registration_renew(r, after(5));
	assert_int_equal(k.tx.n_runs, 0); /* it is under way */
	grant(&k, after(10));
	client_registration_hasten(r, after(50));
	assert_int_equal(r->timer_ms, after(350).ms);
	client_registration_hasten(r, after(60));
	assert_int_equal(r->timer_ms, after(350).ms);
	client_registration_widen(r);
	client_registration_renew(r, after(100));
	assert_int_equal(state(&k), CLIENT_REG_REQUESTING);
	assert_int_equal(k.tx.n_runs, 1);
	assert_false(r->everywhere);
	kit_end(&k);
}

TEST(coming_home_ends_the_registration_and_starting_again_requests_one)
{
	kit k;
	client_registration *r;

	start(&k);
	r = &k.c->registration;
	kit_associate(&k, after(0), 0x1000, 3600);
	grant(&k, after(10));
	const client_reg_input in = { .path = k.c->paths.active };
	assert_true(client_registration_event(r, after(20), CLIENT_REG_HOME, &in));
	assert_true(client_registration_is_at_home(r));
	assert_int_equal(r->home_path, in.path->name);
	assert_true(client_registration_next_timer_ms(r) == NEVER);
	assert_false(client_binding_exists(&k.c->binding));
	assert_non_null(client_associations_find(&k.c->associations, 0x1000));
	client_associations_tick(&k.c->associations, after(20 + 4999).ms);
	assert_non_null(client_associations_find(&k.c->associations, 0x1000));
	client_associations_tick(&k.c->associations, after(20 + 5000).ms);
	assert_null(client_associations_find(&k.c->associations, 0x1000));
	client_registration_start(r, after(9000), false);
	assert_int_equal(state(&k), CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(a_start_after_a_grant_makes_new_keys_and_one_before_it_does_not)
{
	kit k;
	uint8_t nonce[NONCE_LEN];

	start(&k);
	client_registration *r = &k.c->registration;
	memcpy(nonce, k.c->exchange.nonce, NONCE_LEN);
	client_registration_start(r, after(5), false);
	assert_memory_equal(k.c->exchange.nonce, nonce, NONCE_LEN);
	kit_associate(&k, after(0), 0x1000, 3600);
	grant(&k, after(10));
	client_associations_doubt(&k.c->associations);
	client_registration_start(r, after(20), false);
	assert_non_null(k.c->exchange.dh);
	assert_memory_not_equal(k.c->exchange.nonce, nonce, NONCE_LEN);
	kit_end(&k);
}

static unsigned n_probes;
static void count_probes(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	(void)now, (void)n;
	n_probes += o->next_header == ESP_NEXT_CTL && p != k->c->paths.active;
}

TEST(while_the_path_in_use_does_not_answer_requests_the_others_are_probed)
{
	kit k;
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };

	start(&k);
	kit_associate(&k, after(0), 0x1000, 3600);
	client_core_uplinks(k.c, after(0), u, 2);
	dgramq_clear(&k.tx);
	client_registration *r = &k.c->registration;
	n_probes = 0;
	client_registration_start(r, after(10), false);
	kit_collect(&k, after(10), count_probes);
	assert_int_equal(n_probes, 0);
	client_registration_tick(r, (core_time){ r->timer_ms, after(600).ntp });
	kit_collect(&k, after(600), count_probes);
	assert_int_equal(n_probes, 1);
	kit_end(&k);
}

TEST(every_start_asks_at_the_paths_own_address_first)
{
	kit k;

	start(&k);
	next_round(&k, 0, 60000);
	client_registration_start(&k.c->registration, after(2000), false);
	assert_int_equal(last_request(&k)->to.port, 4500);
	dgramq_clear(&k.tx);
	next_round(&k, 2000, 60000);
	next_round(&k, 3000, 60000);
	assert_int_equal(last_request(&k)->to.port, 434);
	kit_end(&k);
}

static void start_with_two(kit *k, unsigned active)
{
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };

	start(k);
	kit_associate(k, after(0), 0x1000, 3600);
	client_core_uplinks(k->c, after(0), u, 2);
	client_paths_set_active(&k->c->paths, &k->c->paths.slots[active]);
	dgramq_clear(&k->tx);
}

/* A request went out over that one path alone. */
static bool is_asked_alone(const kit *k, const client_path *p)
{
	const dgramq *q = &k->tx;

	return q->n_runs == 1 && q->runs[0].n_segs == 1 && q->runs[0].route.sock == p->sock &&
	       dgram_classify(q->bytes + q->runs[0].at, q->runs[0].len) == DGRAM_REQUEST;
}

TEST(the_path_in_use_is_asked_alone_whichever_it_is)
{
	for (unsigned active = 0; active < 2; active++) {
		kit k;
		start_with_two(&k, active);
		client_registration_start(&k.c->registration, after(10), false);
		assert_true(is_asked_alone(&k, k.c->paths.active));
		kit_end(&k);
	}
}

TEST(a_path_without_a_route_is_asked_only_if_it_is_the_one_in_use)
{
	for (unsigned active = 0; active < 2; active++) {
		kit k;
		start_with_two(&k, active);
		for (unsigned i = 0; i < 2; i++)
			k.c->paths.slots[i].up.has_default = false;
		client_registration_start(&k.c->registration, after(10), true);
		assert_true(is_asked_alone(&k, k.c->paths.active));
		kit_end(&k);
	}
}

RUN(T(the_path_in_use_is_asked_alone_whichever_it_is),
    T(a_path_without_a_route_is_asked_only_if_it_is_the_one_in_use),
    T(every_start_asks_at_the_paths_own_address_first),
    T(a_start_after_a_grant_makes_new_keys_and_one_before_it_does_not),
    T(while_the_path_in_use_does_not_answer_requests_the_others_are_probed),
    T(a_registration_expires_though_the_tick_comes_late),
    T(replies_of_an_attempt_are_taken_for_half_a_minute_after_the_grant),
    T(a_grant_can_be_renewed_sooner_or_now),
    T(coming_home_ends_the_registration_and_starting_again_requests_one),
    T(the_first_path_begins_to_request), T(gaps_between_requests_double_up_to_half_a_minute),
    T(a_change_of_the_network_begins_again_with_the_shortest_gap),
    T(a_grant_is_renewed_after_70_to_75_percent_of_its_lifetime),
    T(an_association_that_is_worn_earlier_is_renewed_with_the_registration),
    T(an_older_or_empty_grant_changes_nothing), T(a_grant_without_an_association_is_none),
    T(a_refusal_is_shown_and_requested_again_slowly),
    T(refusals_that_nobody_authenticated_count_only_when_they_are_three),
    T(with_an_association_they_never_count),
    T(a_request_is_repeated_at_once_four_times_in_an_attempt),
    T(where_home_lacks_the_association_the_next_request_has_a_key_exchange),
    T(another_group_is_taken_if_the_profile_allows_it_else_home_refuses),
    T(stopping_deregisters_three_times_and_then_ends),
    T(stopping_without_a_registration_ends_at_once),
    T(a_path_that_answers_no_request_is_failed_after_three_rounds_and_all_are_asked),
    T(a_registration_whose_lifetime_is_over_has_no_association))
