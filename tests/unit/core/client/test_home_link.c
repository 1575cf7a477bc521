/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static const uint8_t home_net = 50; /* 10.50.0.0/24, as home grants it */

/* What home grants about its network, once the machine has its uplinks: it has not looked for the home link yet. */
static void grant_networks(kit *k)
{
	reg_reply r = { .lifetime_s = 600, .home_lan = ip4(10, home_net, 0, 2) };

	assert_true(prefix_parse("10.50.0.0/24", &r.network4));
	client_binding_grant(&k->c->binding, after(0), &r);
}

static void forget_events(kit *k)
{
	client_event e;

	while (client_events_take(&k->c->events, &e))
		;
}

static client_path *start_on(kit *k, const uplink *u, size_t n)
{
	kit_start(k);
	client_path *p = kit_plug(k, u, n);
	grant_networks(k);
	dgramq_clear(&k->tx);
	client_requests_wipe(&k->c->requests);
	forget_events(k);
	return p;
}

static client_path *start(kit *k)
{
	const uplink u = uplink_at(2, "wan0", home_net);

	return start_on(k, &u, 1);
}

/* Requests that the home server got at its address on the home link; empties the queue. */
static unsigned requests(kit *k)
{
	const endpoint home_lan = { .addr = ip4(10, home_net, 0, 2), .port = 434 };
	unsigned n = 0;

	for (uint32_t i = 0; i < k->tx.n_runs; i++) {
		const dgram_run *r = &k->tx.runs[i];
		reg_request q;
		reg_scan s;
		assert_true(endpoint_equal(&r->route.to, &home_lan));
		assert_true(reg_scan_message(k->tx.bytes + r->at, r->seg, &s));
		assert_true(reg_request_open(&s, &k->c->credential.keys, &q));
		assert_true(q.home_link);
		assert_int_equal(q.lifetime_s, 0);
		n += r->n_segs;
	}
	dgramq_clear(&k->tx);
	return n;
}

static unsigned check(kit *k, uint64_t ms)
{
	client_home_link_check(&k->c->home_link, after(ms));
	return requests(k);
}

static unsigned tick(kit *k, uint64_t ms)
{
	client_home_link_tick(&k->c->home_link, after(ms));
	return requests(k);
}

static void answer(kit *k, const client_path *p, uint8_t code, uint16_t lifetime_s)
{
	const reg_reply r = { .code = code, .lifetime_s = lifetime_s };
	const client_request q = { .sent_ms = after(0).ms, .sent_us = client_time_us(after(0)) };

	client_home_link_answered(&k->c->home_link, after(40), p, &q, &r);
}

/* The one event that waits is of that kind and of that path. */
static bool is_event(kit *k, client_event_kind kind, const client_path *p)
{
	client_event e;

	return client_events_take(&k->c->events, &e) && e.kind == kind && e.path == p->name &&
	       !client_events_wait(&k->c->events);
}

static uint64_t timer(const kit *k)
{
	return client_home_link_next_timer_ms(&k->c->home_link);
}

static unsigned n_awaited(const kit *k)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CLIENT_REQUESTS; i++)
		n += k->c->requests.under_way[i].offer.request_id != 0;
	return n;
}

TEST(home_is_asked_where_an_address_of_its_network_is_given)
{
	kit k;
	const client_path *p = start(&k);

	assert_true(timer(&k) == NEVER);
	assert_false(client_home_link_is_checking(&k.c->home_link, p));
	assert_int_equal(check(&k, 0), 1);
	assert_true(client_home_link_is_checking(&k.c->home_link, p));
	assert_int_equal(check(&k, 1), 0); /* it is under way */
	kit_end(&k);
}

TEST(nobody_is_asked_in_another_network)
{
	kit k;
	const uplink u = cafe();
	const client_path *p = start_on(&k, &u, 1);

	assert_int_equal(check(&k, 0), 0);
	assert_false(client_home_link_is_checking(&k.c->home_link, p));
	assert_true(timer(&k) == NEVER);
	kit_end(&k);
}

TEST(nobody_is_asked_while_homes_address_there_is_not_known)
{
	kit k;

	start(&k);
	k.c->binding.home_lan = (ip_addr){ 0 };
	assert_int_equal(check(&k, 0), 0);
	assert_true(ip_parse("2001:db8::2", &k.c->binding.home_lan)); /* of the other family */
	assert_int_equal(check(&k, 0), 0);
	kit_end(&k);
}

TEST(a_home_network_of_ipv6_is_recognised_too)
{
	kit k;
	reg_reply r = { .lifetime_s = 600 };

	start(&k);
	client_path *p = k.c->paths.active;
	uplink u = p->up;
	assert_true(prefix_parse("2001:db8:50::/64", &r.network6));
	assert_true(ip_parse("2001:db8:50::2", &r.home_lan));
	client_binding_grant(&k.c->binding, after(0), &r);
	assert_true(ip_parse("2001:db8:50::77", &u.local.addr));
	client_paths_set_uplink(p, &u);
	client_home_link_check(&k.c->home_link, after(0));
	assert_true(client_home_link_is_checking(&k.c->home_link, p));
	kit_end(&k);
}

TEST(the_direct_path_alone_is_checked_for_all_paths_of_its_link)
{
	kit k;
	const uplink u[2] = { uplink_at(2, "wan0", home_net), uplink_at(3, "wan1", 1) };

	kit_prepare(&k);
	k.conf.relays[0].at = (endpoint){ .addr = ip4(203, 0, 113, 9), .port = 4500 };
	k.conf.n_relays = 1;
	kit_make(&k);
	kit_plug(&k, u, 2);
	grant_networks(&k);
	dgramq_clear(&k.tx);
	assert_int_equal(check(&k, 0), 1);
	unsigned n_checked = 0, n_other = 0;
	for (const client_path *p = NULL; (p = client_paths_next(&k.c->paths, p));)
		if (p->up.ifindex == 2)
			n_checked += client_home_link_is_checking(&k.c->home_link, p);
		else
			n_other += !client_home_link_is_checking(&k.c->home_link, p);
	assert_int_equal(n_checked, 2);
	assert_int_equal(n_other, 2);
	kit_end(&k);
}

TEST(home_is_asked_three_times_and_waited_for_a_second)
{
	kit k;
	const client_path *p = start(&k);

	assert_int_equal(check(&k, 0), 1);
	for (uint64_t ms = 1; ms < 1000; ms++) {
		assert_int_equal(tick(&k, ms), ms == 300 || ms == 600);
		assert_int_equal(timer(&k), after(ms < 300 ? 300 : ms < 600 ? 600 : 1000).ms);
		assert_false(client_events_wait(&k.c->events));
	}
	assert_int_equal(n_awaited(&k), 3);
	assert_int_equal(tick(&k, 1000), 0);
	assert_true(is_event(&k, CLIENT_EV_NOT_AT_HOME, p));
	assert_true(timer(&k) == NEVER);
	assert_false(client_home_link_is_checking(&k.c->home_link, p));
	assert_int_equal(n_awaited(&k), 0);
	kit_end(&k);
}

TEST(homes_consent_makes_the_link_home)
{
	kit k;
	const client_path *p = start(&k);

	assert_int_equal(check(&k, 0), 1);
	assert_int_equal(n_awaited(&k), 1);
	answer(&k, p, MIP_ACCEPTED, 0);
	assert_true(is_event(&k, CLIENT_EV_AT_HOME, p));
	assert_int_equal(n_awaited(&k), 0);
	assert_true(timer(&k) == NEVER);
	assert_int_equal(tick(&k, 1000), 0);
	assert_int_equal(check(&k, 2000), 1); /* when it has gone away and come again */
	kit_end(&k);
}

TEST(a_refusal_or_a_binding_makes_the_link_foreign_until_all_is_checked_again)
{
	static const struct {
		uint8_t code;
		uint16_t lifetime_s;
	} cases[] = { { MIP_HA_PROHIBITED, 0 }, { MIP_ACCEPTED, 600 } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		kit k;
		const client_path *p = start(&k);
		assert_int_equal(check(&k, 0), 1);
		answer(&k, p, cases[i].code, cases[i].lifetime_s);
		assert_true(is_event(&k, CLIENT_EV_NOT_AT_HOME, p));
		assert_int_equal(n_awaited(&k), 0);
		assert_true(timer(&k) == NEVER);
		assert_int_equal(check(&k, 1), 0);
		client_home_link_restart(&k.c->home_link);
		assert_int_equal(check(&k, 2), 1);
		kit_end(&k);
	}
}

TEST(a_check_that_begins_again_asks_three_times_again)
{
	kit k;

	start(&k);
	assert_int_equal(check(&k, 0), 1);
	assert_int_equal(tick(&k, 300) + tick(&k, 600), 2);
	client_home_link_restart(&k.c->home_link);
	assert_true(timer(&k) == NEVER);
	assert_int_equal(check(&k, 700), 1);
	assert_int_equal(tick(&k, 1000) + tick(&k, 1300), 2);
	kit_end(&k);
}

TEST(an_answer_that_is_not_awaited_changes_nothing)
{
	kit k;
	const client_path *p = start(&k);

	answer(&k, p, MIP_ACCEPTED, 0);
	assert_false(client_events_wait(&k.c->events));
	check(&k, 0);
	answer(&k, p, MIP_ACCEPTED, 600);
	assert_true(is_event(&k, CLIENT_EV_NOT_AT_HOME, p));
	answer(&k, p, MIP_ACCEPTED, 0); /* of an older request */
	assert_false(client_events_wait(&k.c->events));
	kit_end(&k);
}

TEST(a_request_is_repeated_at_once_where_home_needs_another)
{
	kit k;
	const client_path *p = start(&k);

	check(&k, 0);
	assert_int_equal(tick(&k, 50), 0);
	client_home_link_repeat(&k.c->home_link, after(50), p);
	assert_int_equal(timer(&k), after(50).ms);
	assert_int_equal(tick(&k, 50), 1);
	assert_int_equal(timer(&k), after(350).ms);
	kit_end(&k);
}

TEST(a_link_that_was_home_is_asked_again_at_growing_gaps_beside_the_registration)
{
	kit k;
	const client_path *p = start(&k);
	uint64_t asked_ms = 0, gap_ms = 2000;

	client_home_link_lost(&k.c->home_link, after(0), p);
	for (unsigned i = 0; i < 8; i++) {
		uint64_t at = timer(&k) - after(0).ms;
		assert_in_range(at - asked_ms, gap_ms * 8 / 10, gap_ms * 12 / 10);
		assert_int_equal(tick(&k, at - 1), 0);
		assert_int_equal(tick(&k, at), 1);
		assert_false(client_home_link_is_checking(&k.c->home_link, p));
		assert_int_equal(tick(&k, at + 300) + tick(&k, at + 600) + tick(&k, at + 1000), 2);
		assert_false(client_events_wait(&k.c->events)); /* it is known */
		asked_ms = at + 1000;
		gap_ms = gap_ms * 2 < 60000 ? gap_ms * 2 : 60000;
	}
	uint64_t at = timer(&k) - after(0).ms;
	assert_int_equal(tick(&k, at), 1);
	answer(&k, p, MIP_ACCEPTED, 0);
	assert_true(is_event(&k, CLIENT_EV_AT_HOME, p));
	assert_true(timer(&k) == NEVER);
	kit_end(&k);
}

TEST(what_is_found_out_anew_is_asked_at_once_also_where_it_was_home)
{
	kit k;
	const client_path *p = start(&k);

	client_home_link_lost(&k.c->home_link, after(0), p);
	assert_int_equal(check(&k, 10), 0);
	client_home_link_restart(&k.c->home_link);
	assert_true(timer(&k) == NEVER);
	assert_int_equal(check(&k, 20), 1);
	client_home_link_reset(&k.c->home_link, p->slot); /* another path is there */
	assert_int_equal(check(&k, 30), 1);
	assert_true(client_home_link_is_checking(&k.c->home_link, p));
	kit_end(&k);
}

TEST(the_time_of_homes_consent_is_kept)
{
	kit k;
	const client_path *p = start(&k);

	check(&k, 0);
	answer(&k, p, MIP_ACCEPTED, 0);
	assert_in_range(k.c->home_link.of[p->slot].rtt_us, 39900, 40100);
	kit_end(&k);
}

TEST(nobody_is_asked_by_who_is_never_to_be_at_home)
{
	kit k;

	start(&k);
	k.conf.never_at_home = true;
	assert_int_equal(check(&k, 0), 0);
	kit_end(&k);
}

TEST(the_next_timer_is_that_of_the_first_link)
{
	kit k;
	uplink u[2] = { uplink_at(2, "wan0", home_net), uplink_at(3, "wan1", home_net) };

	u[1].local.addr = ip4(10, home_net, 0, 11);
	start_on(&k, u, 2);
	assert_int_equal(check(&k, 0), 2);
	const client_path *a = client_paths_next(&k.c->paths, NULL);
	const client_path *b = client_paths_next(&k.c->paths, a);
	client_home_link_repeat(&k.c->home_link, after(100), b);
	assert_int_equal(timer(&k), after(100).ms);
	client_home_link_repeat(&k.c->home_link, after(50), a);
	assert_int_equal(timer(&k), after(50).ms);
	client_home_link_reset(&k.c->home_link, a->slot); /* another path is there */
	assert_int_equal(timer(&k), after(100).ms);
	assert_false(client_home_link_is_checking(&k.c->home_link, a));
	kit_end(&k);
}

RUN(T(home_is_asked_where_an_address_of_its_network_is_given),
    T(nobody_is_asked_in_another_network),
    T(nobody_is_asked_while_homes_address_there_is_not_known),
    T(a_home_network_of_ipv6_is_recognised_too),
    T(the_direct_path_alone_is_checked_for_all_paths_of_its_link),
    T(home_is_asked_three_times_and_waited_for_a_second), T(homes_consent_makes_the_link_home),
    T(a_refusal_or_a_binding_makes_the_link_foreign_until_all_is_checked_again),
    T(a_check_that_begins_again_asks_three_times_again),
    T(an_answer_that_is_not_awaited_changes_nothing),
    T(a_request_is_repeated_at_once_where_home_needs_another),
    T(a_link_that_was_home_is_asked_again_at_growing_gaps_beside_the_registration),
    T(what_is_found_out_anew_is_asked_at_once_also_where_it_was_home),
    T(the_time_of_homes_consent_is_kept), T(nobody_is_asked_by_who_is_never_to_be_at_home),
    T(the_next_timer_is_that_of_the_first_link))
