/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static const endpoint mux_at = { .addr = { 4, { 203, 0, 113, 20 } }, .port = 443 };

/* A direct path, and two carriers: https, then http. */
static void start(kit *k)
{
	const uplink u = cafe();

	kit_prepare(k);
	k->conf.n_muxes = 2;
	k->conf.muxes[0] = (client_mux){ PATH_HTTPS, "home" };
	k->conf.muxes[1] = (client_mux){ PATH_HTTP, "home" };
	kit_make(k);
	kit_plug(k, &u, 1);
	dgramq_clear(&k->tx);
}

/* When the next carrier is opened, in milliseconds; the module alone. */
static uint64_t opens_at(kit *k, uint64_t from_ms, uint64_t until_ms)
{
	unsigned before = k->n_carriers;

	for (uint64_t ms = from_ms; ms <= until_ms; ms++) {
		if (client_carriers_next_timer_ms(&k->c->carriers) <= after(ms).ms)
			client_carriers_tick(&k->c->carriers, after(ms));
		if (k->n_carriers > before)
			return ms;
	}
	return UINT64_MAX;
}

static client_path *carrier(const kit *k, client_path_kind kind)
{
	client_path *p = NULL;

	while ((p = client_paths_next(&k->c->paths, p)) && p->kind != kind)
		;
	return p;
}

TEST(carriers_are_opened_one_after_the_other_while_nothing_answers)
{
	kit k;

	start(&k);
	assert_int_equal(opens_at(&k, 0, 1000), 250);
	assert_int_equal(k.last_mux, 0);
	assert_int_equal(opens_at(&k, 251, 1000), 500);
	assert_int_equal(k.last_mux, 1);
	assert_true(opens_at(&k, 501, 20000) == UINT64_MAX);
	kit_end(&k);
}

TEST(where_udp_was_found_dead_the_first_one_is_opened_at_once)
{
	kit k;

	start(&k);
	client_paths_failed(k.c->paths.active, after(0).ms);
	client_carriers_restart(&k.c->carriers); /* planned anew */
	assert_int_equal(opens_at(&k, 10, 1000), 10);
	assert_int_equal(k.last_mux, 0);
	assert_int_equal(opens_at(&k, 11, 1000), 260);
	assert_int_equal(k.last_mux, 1);
	kit_end(&k);
}

TEST(none_is_opened_where_udp_answers_before_its_turn)
{
	kit k;

	start(&k);
	client_paths_heard(k.c->paths.active, after(200).ms);
	assert_true(opens_at(&k, 201, 20000) == UINT64_MAX);
	kit_end(&k);
}

TEST(what_worked_on_this_network_is_opened_at_once)
{
	kit k;
	const uplink u = cafe();

	kit_prepare(&k);
	k.conf.n_muxes = 2;
	k.conf.muxes[0] = (client_mux){ PATH_HTTPS, "home" };
	k.conf.muxes[1] = (client_mux){ PATH_HTTP, "home" };
	k.saved.n_networks = 1;
	k.saved.networks[0] = (client_network){ u.gateway, u.local, PATH_HTTP, "plain" };
	kit_make(&k);
	kit_plug(&k, &u, 1);
	assert_int_equal(k.n_carriers, 1);
	assert_int_equal(k.last_mux, 1);
	assert_string_equal(client_core_known_hint(k.c, &u, 1), "plain");
	assert_string_equal(client_core_known_hint(k.c, &u, 0), "");
	assert_int_equal(opens_at(&k, 1, 1000), 250);
	kit_end(&k);
}

TEST(one_that_fails_is_opened_again_after_pauses_that_double_up_to_a_minute)
{
	static const uint64_t pauses_ms[] = {
		0, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000
	};
	kit k;

	start(&k);
	client_path *p = carrier(&k, PATH_HTTPS);
	client_paths_close(&k.c->paths, carrier(&k, PATH_HTTP));
	uint64_t at = opens_at(&k, 0, 1000);
	for (size_t i = 0; i < COUNT(pauses_ms); i++) {
		client_carriers_lost(&k.c->carriers, after(at), p, false);
		uint64_t next = opens_at(&k, at, at + 100000), least = pauses_ms[i] * 8 / 10;
		assert_in_range(next - at, least > 250 ? least : 250, pauses_ms[i] * 12 / 10 + 250);
		at = next;
	}
	kit_end(&k);
}

TEST(behind_a_captive_portal_the_pause_is_five_seconds_each_time)
{
	kit k;

	start(&k);
	client_path *p = carrier(&k, PATH_HTTPS);
	client_paths_close(&k.c->paths, carrier(&k, PATH_HTTP));
	uint64_t at = opens_at(&k, 0, 1000);
	for (int i = 0; i < 4; i++) {
		client_carriers_lost(&k.c->carriers, after(at), p, true);
		uint64_t next = opens_at(&k, at, at + 100000);
		assert_int_equal(next - at, 5000);
		at = next;
	}
	kit_end(&k);
}

TEST(one_that_is_up_is_closed_ten_seconds_after_a_better_path_works)
{
	kit k;

	start(&k);
	opens_at(&k, 0, 250);
	client_path *p = carrier(&k, PATH_HTTPS);
	client_paths_carrier_up(p, &mux_at);
	client_paths_heard(p, after(300).ms);
	client_paths_heard(k.c->paths.active, after(1000).ms); /* by UDP */
	client_carriers_tick(&k.c->carriers, after(1000));
	assert_int_equal(client_carriers_next_timer_ms(&k.c->carriers), after(11000).ms);
	client_carriers_tick(&k.c->carriers, after(10999));
	assert_int_equal(p->link, CLIENT_LINK_UP);
	client_carriers_tick(&k.c->carriers, after(11000));
	assert_int_equal(p->link, CLIENT_LINK_CLOSED);
	assert_int_equal(k.n_closed, 1);
	kit_end(&k);
}

TEST(one_that_is_being_opened_is_closed_at_once_when_a_better_path_works)
{
	kit k;

	start(&k);
	opens_at(&k, 0, 250);
	client_paths_heard(k.c->paths.active, after(300).ms);
	client_carriers_tick(&k.c->carriers, after(300));
	assert_int_equal(carrier(&k, PATH_HTTPS)->link, CLIENT_LINK_CLOSED);
	kit_end(&k);
}

TEST(one_whose_path_fails_is_closed_and_none_is_open_where_none_is_allowed)
{
	kit k;

	start(&k);
	opens_at(&k, 0, 250);
	client_path *p = carrier(&k, PATH_HTTPS);
	client_paths_carrier_up(p, &mux_at);
	client_paths_failed(p, after(300).ms);
	client_carriers_tick(&k.c->carriers, after(300));
	assert_int_equal(p->link, CLIENT_LINK_CLOSED);
	assert_int_equal(k.c->carriers.of[p->slot].open_gap_ms, 1000); /* that is a failure */
	client_carriers_allow(&k.c->carriers, false);
	unsigned before = k.n_carriers;
	assert_true(opens_at(&k, 301, 9000) == UINT64_MAX);
	assert_int_equal(k.n_carriers, before);
	kit_end(&k);
}

TEST(only_the_carrier_in_use_is_remembered_and_udp_ends_the_memory)
{
	kit k;
	const uplink u = cafe();

	start(&k);
	client_path *udp = k.c->paths.active, *p = carrier(&k, PATH_HTTPS);
	client_carriers_set_hint(&k.c->carriers, p, "connect-udp");
	client_carriers_remember(&k.c->carriers, p);
	assert_int_equal(k.c->networks.n, 0);
	client_paths_set_active(&k.c->paths, p);
	client_carriers_remember(&k.c->carriers, p);
	assert_string_equal(client_carriers_hint(&k.c->carriers, &u, 0), "connect-udp");
	client_carriers_remember(&k.c->carriers, udp);
	assert_int_equal(k.c->networks.n, 0);
	kit_end(&k);
}

TEST(a_change_of_the_network_ends_the_pauses_of_carriers_that_are_closed)
{
	kit k;

	start(&k);
	client_path *p = carrier(&k, PATH_HTTPS);
	client_paths_close(&k.c->paths, carrier(&k, PATH_HTTP));
	uint64_t at = opens_at(&k, 0, 1000);
	for (int i = 0; i < 6; i++) {
		client_carriers_lost(&k.c->carriers, after(at), p, false);
		at = opens_at(&k, at, at + 100000);
	}
	client_carriers_lost(&k.c->carriers, after(at), p, false);
	assert_true(opens_at(&k, at, at + 1000) == UINT64_MAX);
	client_carriers_restart(&k.c->carriers);
	client_carriers_tick(&k.c->carriers, after(at + 1000));
	assert_int_equal(opens_at(&k, at + 1000, at + 9000), at + 1250);
	client_paths_carrier_up(p, &mux_at);
	client_paths_heard(p, after(at + 1300).ms);
	client_paths_heard(k.c->paths.active, after(at + 1300).ms);
	client_carriers_tick(&k.c->carriers, after(at + 1300));
	uint64_t closed_ms = client_carriers_next_timer_ms(&k.c->carriers);
	client_carriers_restart(&k.c->carriers);
	assert_int_equal(client_carriers_next_timer_ms(&k.c->carriers), closed_ms);
	kit_end(&k);
}

TEST(one_that_is_opened_again_after_its_path_failed_is_waited_for)
{
	kit k;

	start(&k);
	opens_at(&k, 0, 250);
	client_path *p = carrier(&k, PATH_HTTPS);
	client_paths_carrier_up(p, &mux_at);
	client_paths_failed(p, after(300).ms);
	client_carriers_tick(&k.c->carriers, after(300));
	while (p->link == CLIENT_LINK_CLOSED)
		client_carriers_tick(
			&k.c->carriers,
			(core_time){ client_carriers_next_timer_ms(&k.c->carriers), 0 });
	assert_true(p->failed && p->link == CLIENT_LINK_OPENING);
	client_carriers_tick(&k.c->carriers, after(2000));
	assert_int_equal(p->link, CLIENT_LINK_OPENING);
	kit_end(&k);
}

TEST(through_another_network_a_carrier_that_failed_is_opened_without_its_pause)
{
	kit k;

	start(&k);
	client_path *p = carrier(&k, PATH_HTTPS);
	client_paths_close(&k.c->paths, carrier(&k, PATH_HTTP));
	uint64_t at = opens_at(&k, 0, 1000);
	for (int i = 0; i < 6; i++) {
		client_carriers_lost(&k.c->carriers, after(at), p, false);
		at = opens_at(&k, at, at + 100000);
	}
	client_carriers_lost(&k.c->carriers, after(at), p, false);
	assert_true(opens_at(&k, at, at + 1000) == UINT64_MAX);
	client_carriers_replan(&k.c->carriers, p);
	assert_int_equal(opens_at(&k, at + 1001, at + 9000), at + 1251);
	client_carriers_lost(&k.c->carriers, after(at + 1300), p, false); /* and the first pause */
	assert_in_range(opens_at(&k, at + 1300, at + 9000), at + 1550, at + 1301 + 250);
	kit_end(&k);
}

TEST(when_the_network_changed_a_carrier_that_failed_is_opened_without_its_pause)
{
	kit k;

	start(&k);
	client_path *p = carrier(&k, PATH_HTTPS);
	client_paths_close(&k.c->paths, carrier(&k, PATH_HTTP));
	uint64_t at = opens_at(&k, 0, 1000);
	for (int i = 0; i < 6; i++) {
		client_carriers_lost(&k.c->carriers, after(at), p, false);
		at = opens_at(&k, at, at + 100000);
	}
	client_carriers_lost(&k.c->carriers, after(at), p, false);
	assert_true(opens_at(&k, at, at + 1000) == UINT64_MAX);
	client_core_roam(k.c, after(at + 1000));
	assert_int_equal(opens_at(&k, at + 1000, at + 9000), at + 1250);
	kit_end(&k);
}

RUN(T(when_the_network_changed_a_carrier_that_failed_is_opened_without_its_pause),
    T(through_another_network_a_carrier_that_failed_is_opened_without_its_pause),
    T(one_that_is_opened_again_after_its_path_failed_is_waited_for),
    T(a_change_of_the_network_ends_the_pauses_of_carriers_that_are_closed),
    T(carriers_are_opened_one_after_the_other_while_nothing_answers),
    T(where_udp_was_found_dead_the_first_one_is_opened_at_once),
    T(none_is_opened_where_udp_answers_before_its_turn),
    T(what_worked_on_this_network_is_opened_at_once),
    T(one_that_fails_is_opened_again_after_pauses_that_double_up_to_a_minute),
    T(behind_a_captive_portal_the_pause_is_five_seconds_each_time),
    T(one_that_is_up_is_closed_ten_seconds_after_a_better_path_works),
    T(one_that_is_being_opened_is_closed_at_once_when_a_better_path_works),
    T(one_whose_path_fails_is_closed_and_none_is_open_where_none_is_allowed),
    T(only_the_carrier_in_use_is_remembered_and_udp_ends_the_memory))
