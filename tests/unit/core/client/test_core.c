/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

#include <errno.h>

static client_path *path(const kit *k, unsigned slot)
{
	return &k->c->paths.slots[slot];
}

/* Two direct paths with an association and a grant; the first is in use and answers. */
static void start(kit *k)
{
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	client_event e;

	kit_up(k);
	client_core_uplinks(k->c, after(0), u, 2);
	client_paths_heard(path(k, 0), after(0).ms);
	client_handover_up(&k->c->handover);
	client_handover_cancel(&k->c->handover);
	k->c->registration.state = CLIENT_REG_GRANTED;
	k->c->registration.timer_ms = NEVER;
	while (client_events_take(&k->c->events, &e))
		;
	dgramq_clear(&k->tx);
}

TEST(a_path_on_which_the_system_cannot_send_fails_and_a_full_queue_is_no_failure)
{
	static const struct {
		int error;
		bool is_gone;
	} cases[] = { { ENETUNREACH, true },   { EHOSTUNREACH, true },  { ENETDOWN, true },
		      { ENODEV, true },        { EADDRNOTAVAIL, true }, { EHOSTDOWN, true },
		      { EAGAIN, false },       { ENOBUFS, false },      { EPERM, false },
		      { ECONNREFUSED, false }, { EMSGSIZE, false },     { EINPROGRESS, false } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		kit k;
		start(&k);
		client_core_send_failed(k.c, after(10), path(&k, 0)->sock, cases[i].error);
		assert_int_equal(path(&k, 0)->failed, cases[i].is_gone);
		assert_int_equal(k.c->paths.active == path(&k, 1), cases[i].is_gone);
		kit_end(&k);
	}
}

TEST(a_path_that_has_failed_already_does_not_fail_again)
{
	kit k;

	start(&k);
	client_core_send_failed(k.c, after(10), path(&k, 1)->sock, ENETDOWN);
	client_core_send_failed(k.c, after(11), path(&k, 1)->sock, ENETDOWN);
	assert_int_equal(path(&k, 1)->failures, 1);
	client_core_send_failed(k.c, after(12), 4711, ENETDOWN); /* of nobody */
	kit_end(&k);
}

TEST(roaming_forgives_failures_and_leaves_what_failed)
{
	kit k;

	start(&k);
	client_paths_failed(path(&k, 0), after(5).ms);
	client_paths_failed(path(&k, 1), after(5).ms);
	path(&k, 1)->failed = false;
	client_core_roam(k.c, after(10));
	assert_int_equal(path(&k, 0)->not_before_ms, 0);
	assert_int_equal(path(&k, 1)->failures, 0);
	assert_ptr_equal(k.c->paths.active, path(&k, 1));
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	assert_false(k.c->registration.everywhere);
	kit_end(&k);
}

TEST(roaming_at_home_registers_nowhere)
{
	kit k;

	start(&k);
	k.c->registration.state = CLIENT_REG_AT_HOME;
	k.c->registration.home_path = path(&k, 0)->name;
	client_core_roam(k.c, after(10));
	assert_int_equal(k.c->registration.state, CLIENT_REG_AT_HOME);
	assert_false(k.c->carriers.allowed);
	k.c->registration.state = CLIENT_REG_GRANTED;
	client_core_roam(k.c, after(20));
	assert_true(k.c->carriers.allowed);
	client_core_stop(k.c, after(30));
	assert_false(k.c->carriers.allowed);
	kit_end(&k);
}

TEST(other_addresses_of_home_are_registered_at_and_the_same_are_no_news)
{
	const endpoint same = { .addr = ip4(203, 0, 113, 2), .port = 4500 };
	const endpoint other = { .addr = ip4(203, 0, 113, 3), .port = 4500 };
	kit k;

	start(&k);
	client_core_homes(k.c, after(10), &same, 1);
	client_core_homes(k.c, after(10), NULL, 0);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	client_core_homes(k.c, after(10), &other, 1);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(a_tick_that_comes_late_takes_the_uplink_without_a_route)
{
	uplink u = cafe();
	kit k;

	kit_start(&k);
	u.has_default = false;
	client_core_uplinks(k.c, after(0), &u, 1);
	assert_null(k.c->paths.active);
	assert_int_equal(client_core_next_timer_ms(k.c), after(300).ms);
	client_core_tick(k.c, after(299));
	assert_null(k.c->paths.active);
	client_core_tick(k.c, after(307));
	assert_non_null(k.c->paths.active);
	kit_end(&k);
}

/* --- what one module found out is handled before the next one acts on it --- */

TEST(a_relay_that_ends_at_a_tick_is_sent_nothing_at_that_tick)
{
	const agent_adv a = {
		.router_lifetime_s = 30, .flags = AGENT_F, .port = 4500, .name = "r1"
	};
	const ip_addr at = ip4(10, 1, 0, 77);
	kit k;

	start(&k);
	client_core_agent(k.c, after(0), 2, &at, &a);
	client_path *p = client_paths_next(&k.c->paths, path(&k, 1));
	assert_true(p && p->by_relay);
	client_standby_reset(&k.c->standby, p->slot);
	client_standby_repeat(&k.c->standby, after(30000), p);
	dgramq_clear(&k.tx);
	client_core_tick(k.c, after(30000));
	for (uint32_t i = 0; i < k.tx.n_runs; i++)
		assert_false(ip_equal(&k.tx.runs[i].route.to.addr, &at));
	kit_end(&k);
}

static unsigned n_echoes;
static void count_echoes(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	(void)now, (void)n;
	n_echoes += o->next_header == ESP_NEXT_CTL && p == path(k, 0);
}

TEST(a_path_that_is_left_at_a_tick_is_searched_no_more_at_that_tick)
{
	kit k;

	start(&k);
	client_registration *r = &k.c->registration;
	client_mtu_path *m = &k.c->mtu.of[0];
	client_mtu_start(&k.c->mtu, after(0), path(&k, 0));
	m->search.good = 1400;
	m->search.retry_ms = NEVER;
	m->send_ms = after(1000).ms;
	r->state = CLIENT_REG_REQUESTING;
	r->round = 3;
	r->began_ms = after(500).ms;
	r->timer_ms = after(1000).ms;
	n_echoes = 0;
	client_core_tick(k.c, after(1000));
	kit_collect(&k, after(1000), count_echoes);
	assert_ptr_equal(k.c->paths.active, path(&k, 1));
	assert_int_equal(n_echoes, 0);
	kit_end(&k);
}

/* --- carriers --- */

static const endpoint mux_at = { .addr = { 4, { 203, 0, 113, 20 } }, .port = 443 };

/* A direct path, and a carrier that is being opened. */
static client_path *start_opening(kit *k)
{
	const uplink u = cafe();

	kit_prepare(k);
	k->conf.n_muxes = 1;
	k->conf.muxes[0] = (client_mux){ PATH_HTTPS, "home" };
	kit_make(k);
	client_path *p = client_paths_next(&k->c->paths, kit_plug(k, &u, 1));
	client_core_tick(k->c, after(250));
	assert_int_equal(p->link, CLIENT_LINK_OPENING);
	dgramq_clear(&k->tx);
	return p;
}

TEST(a_carrier_that_comes_up_is_used_where_nothing_answers_and_is_a_standby_else)
{
	kit k;
	client_path *p = start_opening(&k);

	client_core_carrier_up(k.c, after(300), p->sock, &mux_at);
	assert_ptr_equal(k.c->paths.active, p);
	assert_true(k.tx.n_runs > 0);
	kit_end(&k);
	p = start_opening(&k);
	client_paths_heard(k.c->paths.active, after(280).ms);
	client_core_carrier_up(k.c, after(300), p->sock, &mux_at);
	assert_ptr_not_equal(k.c->paths.active, p);
	assert_int_equal(k.c->slow_timer_ms, client_carriers_next_timer_ms(&k.c->carriers));
	kit_end(&k);
}

TEST(a_carrier_comes_up_once_and_only_if_it_was_being_opened)
{
	const endpoint other = { .addr = ip4(203, 0, 113, 21), .port = 443 };
	kit k;
	client_path *p = start_opening(&k);

	client_core_carrier_up(k.c, after(300), p->sock, &mux_at);
	client_core_carrier_up(k.c, after(310), p->sock, &other);
	assert_true(endpoint_equal(&p->remote, &mux_at));
	client_core_carrier_up(k.c, after(310), 4711, &other);
	kit_end(&k);
}

TEST(a_carrier_that_goes_down_is_opened_again_and_another_path_is_used_meanwhile)
{
	kit k;
	client_path *p = start_opening(&k), *direct = k.c->paths.active;

	client_core_carrier_up(k.c, after(300), p->sock, &mux_at);
	client_core_carrier_down(k.c, after(400), direct->sock, false); /* is none */
	assert_ptr_equal(k.c->paths.active, p);
	client_core_carrier_down(k.c, after(400), p->sock, false);
	assert_int_equal(p->link, CLIENT_LINK_CLOSED);
	assert_ptr_equal(k.c->paths.active, direct);
	assert_int_equal(k.c->slow_timer_ms, client_carriers_next_timer_ms(&k.c->carriers));
	assert_true(client_core_next_timer_ms(k.c) < NEVER);
	kit_end(&k);
}

TEST(a_carrier_that_goes_down_changes_what_status_shows_at_once)
{
	kit k;
	client_path *p = start_opening(&k);

	client_core_carrier_up(k.c, after(300), p->sock, &mux_at);
	client_paths_close(&k.c->paths, path(&k, 0));
	assert_int_equal(k.state, CLIENT_REGISTERING);
	client_core_carrier_down(k.c, after(400), p->sock, false);
	assert_int_equal(k.state, CLIENT_SEARCHING);
	kit_end(&k);
}

RUN(T(a_path_on_which_the_system_cannot_send_fails_and_a_full_queue_is_no_failure),
    T(a_path_that_has_failed_already_does_not_fail_again),
    T(roaming_forgives_failures_and_leaves_what_failed), T(roaming_at_home_registers_nowhere),
    T(other_addresses_of_home_are_registered_at_and_the_same_are_no_news),
    T(a_tick_that_comes_late_takes_the_uplink_without_a_route),
    T(a_relay_that_ends_at_a_tick_is_sent_nothing_at_that_tick),
    T(a_path_that_is_left_at_a_tick_is_searched_no_more_at_that_tick),
    T(a_carrier_that_comes_up_is_used_where_nothing_answers_and_is_a_standby_else),
    T(a_carrier_comes_up_once_and_only_if_it_was_being_opened),
    T(a_carrier_that_goes_down_is_opened_again_and_another_path_is_used_meanwhile),
    T(a_carrier_that_goes_down_changes_what_status_shows_at_once))
