/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static const uplink *wan(unsigned n)
{
	static uplink u[2];

	u[0] = cafe();
	u[1] = uplink_at(3, "wan1", 2);
	return u + n;
}

static client_path *path(const kit *k, unsigned slot)
{
	return &k->c->paths.slots[slot];
}

static void forget_events(kit *k)
{
	client_event e;

	while (client_events_take(&k->c->events, &e))
		;
}

static void use(kit *k, unsigned slot)
{
	client_paths_set_active(&k->c->paths, path(k, slot));
	client_choice_used(&k->c->choice, after(0));
}

/* Two direct paths with an association; the given one is in use, answers, and is granted. */
static client_path *start(kit *k, unsigned active)
{
	kit_up(k);
	client_core_uplinks(k->c, after(0), wan(0), 2);
	client_paths_heard(path(k, active), after(0).ms);
	use(k, active);
	client_handover_up(&k->c->handover);
	client_handover_cancel(&k->c->handover);
	k->c->registration.state = CLIENT_REG_GRANTED;
	forget_events(k);
	dgramq_clear(&k->tx);
	return path(k, active);
}

static bool is_event(kit *k, client_event_kind kind, const client_path *p, bool flag)
{
	client_event e;

	return client_events_take(&k->c->events, &e) && e.kind == kind && e.path == p->name &&
	       e.flag == flag;
}

/* --- something was heard --- */

TEST(what_is_heard_on_the_active_path_is_remembered_of_its_agent)
{
	kit k;
	client_path *p = start(&k, 0);

	k.c->agents.last_used = CLIENT_AGENTS;
	k.c->agents.last_home = (endpoint){ 0 };
	client_roam_heard(k.c, after(10), p);
	assert_int_equal(k.c->agents.last_used, p->agent);
	assert_int_equal(k.c->agents.last_home.addr.len, 0); /* no news */
	client_paths_doubt(p);
	client_roam_heard(k.c, after(20), p);
	assert_true(endpoint_equal(&k.c->agents.last_home, &p->remote));
	kit_end(&k);
}

TEST(what_is_heard_on_another_path_is_not)
{
	for (unsigned active = 0; active < 2; active++) {
		kit k;
		start(&k, active);
		client_path *other = path(&k, 1 - active);
		k.c->agents.last_used = CLIENT_AGENTS;
		k.c->agents.last_home = (endpoint){ 0 };
		client_handover_begin(&k.c->handover, after(5));
		client_paths_doubt(other);
		client_roam_heard(k.c, after(10), other);
		assert_int_equal(k.c->agents.last_used, CLIENT_AGENTS);
		assert_int_equal(k.c->agents.last_home.addr.len, 0);
		assert_true(k.c->handover.moving_ms != NEVER);
		kit_end(&k);
	}
}

TEST(a_relay_or_a_carrier_is_not_taken_for_homes_address)
{
	kit k;
	client_path *p = start(&k, 0);

	k.c->agents.last_home = (endpoint){ 0 };
	p->kind = PATH_HTTPS;
	client_paths_doubt(p);
	client_roam_heard(k.c, after(10), p);
	assert_int_equal(k.c->agents.last_home.addr.len, 0);
	kit_end(&k);
}

TEST(only_news_and_successors_are_events)
{
	kit k;
	client_path *p = start(&k, 0), *other = path(&k, 1);

	client_roam_heard(k.c, after(10), p);
	assert_false(client_events_wait(&k.c->events));
	client_roam_heard(k.c, after(10), other);
	assert_true(is_event(&k, CLIENT_EV_PATH_ANSWERED, other, true));
	client_roam_heard(k.c, after(11), other);
	assert_false(client_events_wait(&k.c->events));
	client_paths_silent(p);
	client_roam_heard(k.c, after(12), other);
	assert_true(is_event(&k, CLIENT_EV_PATH_ANSWERED, other, false));
	kit_end(&k);
}

TEST(the_first_packet_on_the_active_path_ends_a_move)
{
	kit k;
	client_path *p = start(&k, 0);

	client_handover_begin(&k.c->handover, after(5));
	client_liveness_sent(&k.c->liveness, after(6), p);
	client_roam_heard(k.c, after(45), p);
	assert_true(k.c->handover.moving_ms == NEVER);
	assert_true(k.c->liveness.of[p->slot].waiting_ms == NEVER);
	kit_end(&k);
}

/* --- who succeeds the active path --- */

static void prefer(client_path *p)
{
	p->up.metric = 0;
}

/* The active path has the worse metric. */
static client_path *start_with_better(kit *k)
{
	start(k, 0)->up.metric = 10;
	prefer(path(k, 1));
	return path(k, 1);
}

TEST(a_better_path_that_answers_is_the_successor_once_its_rest_is_over)
{
	kit k;
	client_path *p = start_with_better(&k);

	assert_true(client_roam_is_successor(k.c, after(10), p));
	assert_false(client_roam_is_successor(k.c, after(10), path(&k, 0)));
	p->not_before_ms = after(5000).ms;
	assert_false(client_roam_is_successor(k.c, after(4999), p));
	assert_true(client_roam_is_successor(k.c, after(5000), p));
	p->up.metric = 11;
	assert_false(client_roam_is_successor(k.c, after(5000), p));
	kit_end(&k);
}

TEST(any_path_that_answers_succeeds_one_that_failed_or_is_silent)
{
	kit k;
	client_path *p = start(&k, 0), *other = path(&k, 1);

	other->up.metric = 11;
	other->not_before_ms = NEVER;
	p->rtt_us = 40000;
	assert_false(client_roam_is_successor(k.c, after(249), other));
	client_paths_doubt(p);
	assert_false(client_roam_is_successor(k.c, after(249), other));
	assert_true(client_roam_is_successor(k.c, after(250), other));
	client_paths_silent(p);
	assert_true(client_roam_is_successor(k.c, after(10), other));
	kit_end(&k);
}

TEST(nothing_succeeds_where_nothing_is_active_or_can_be_sent)
{
	kit k;
	client_path *p = start_with_better(&k);
	client_registration *r = &k.c->registration;

	r->state = CLIENT_REG_AT_HOME;
	assert_false(client_roam_is_successor(k.c, after(10), p));
	r->state = CLIENT_REG_LEAVING;
	assert_false(client_roam_is_successor(k.c, after(10), p));
	r->state = CLIENT_REG_GRANTED;
	p->up.has_default = false;
	assert_false(client_roam_is_successor(k.c, after(10), p));
	p->up.has_default = true;
	p->by_relay = true; /* that has not admitted us */
	assert_false(client_roam_is_successor(k.c, after(10), p));
	p->by_relay = false;
	assert_true(client_roam_is_successor(k.c, after(10), p));
	client_paths_set_active(&k.c->paths, NULL);
	assert_false(client_roam_is_successor(k.c, after(10), p));
	use(&k, 0);
	client_associations_drop_all(&k.c->associations);
	assert_false(client_roam_is_successor(k.c, after(10), p));
	kit_end(&k);
}

/* --- moving --- */

static uint8_t flags;
static unsigned n_echoes;
static const client_path *last_path;

static void note_echo(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	wire_rd r = wire_reader(o->inner, o->len);
	ctl_msg m;

	(void)k, (void)now, (void)n;
	if (o->next_header != ESP_NEXT_CTL || !ctl_get(&r, &m) || m.size > 200)
		return;
	n_echoes++;
	flags = m.flags;
	last_path = p;
}

TEST(a_path_that_is_used_now_moves_the_binding_by_an_echo_and_ends_what_it_was_a_standby_for)
{
	kit k;
	client_path *p;

	start(&k, 0);
	p = path(&k, 1);
	client_standby_repeat(&k.c->standby, after(10), p);
	k.c->upgrade.of[p->slot].next_ms = after(10).ms;
	client_liveness_sent(&k.c->liveness, after(10), p);
	client_handover_outage(&k.c->handover, after(5));
	n_echoes = 0;
	client_roam_use(k.c, after(20), p);
	kit_collect(&k, after(20), note_echo);
	assert_true(n_echoes == 1 && flags == 0 && last_path == p);
	assert_ptr_equal(k.c->paths.active, p);
	assert_int_equal(k.c->handover.n, 1);
	assert_int_equal(k.c->choice.used_ms, after(20).ms);
	assert_true(client_standby_next_timer_ms(&k.c->standby) == NEVER);
	assert_true(k.c->upgrade.of[p->slot].next_ms == NEVER);
	assert_true(k.c->liveness.of[p->slot].waiting_ms == NEVER);
	assert_int_equal(k.c->liveness.of[p->slot].proven_ms, after(20).ms);
	assert_true(k.c->handover.outage_ms == NEVER);
	assert_true(client_mtu_is_on(&k.c->mtu, p));
	client_roam_use(k.c, after(30), p); /* the same */
	assert_int_equal(k.c->handover.n, 1);
	kit_end(&k);
}

TEST(a_path_by_a_relay_that_has_not_admitted_us_is_an_outage_until_it_does)
{
	kit k;
	client_path *p;

	start(&k, 0);
	p = path(&k, 1);
	p->by_relay = true;
	client_mtu_stop(&k.c->mtu, p);
	client_roam_use(k.c, after(20), p);
	assert_int_equal(k.c->handover.outage_ms, after(20).ms);
	assert_false(client_mtu_is_on(&k.c->mtu, p));
	client_roam_admitted(k.c, after(30), p);
	assert_int_equal(k.c->handover.outage_ms, after(20).ms);
	client_admission_grant(&k.c->admission, p, after(1000).ms, &(reg_key3){ 0 });
	client_roam_admitted(k.c, after(40), path(&k, 0));
	assert_int_equal(k.c->handover.outage_ms, after(20).ms);
	client_roam_admitted(k.c, after(40), p);
	assert_true(k.c->handover.outage_ms == NEVER);
	assert_true(client_mtu_is_on(&k.c->mtu, p));
	kit_end(&k);
}

TEST(an_active_path_that_failed_is_left_for_the_soundest_and_one_that_works_is_kept)
{
	kit k;
	client_path *p = start_with_better(&k);

	client_roam_choose(k.c, after(10));
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	client_paths_silent(path(&k, 0));
	k.c->registration.state = CLIENT_REG_LEAVING;
	client_roam_choose(k.c, after(20));
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	k.c->registration.state = CLIENT_REG_GRANTED;
	client_roam_choose(k.c, after(30));
	assert_ptr_equal(k.c->paths.active, p);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(on_the_home_link_no_path_is_chosen_until_it_is_gone)
{
	kit k;

	start(&k, 0);
	k.c->registration.state = CLIENT_REG_AT_HOME;
	k.c->registration.home_path = path(&k, 0)->name;
	client_paths_set_active(&k.c->paths, NULL);
	client_roam_choose(k.c, after(10));
	assert_null(k.c->paths.active);
	client_paths_close(&k.c->paths, path(&k, 0));
	client_roam_choose(k.c, after(20));
	assert_ptr_equal(k.c->paths.active, path(&k, 1));
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(away_from_the_home_link_but_nowhere_yet_is_away)
{
	kit k;

	start(&k, 0);
	k.c->registration.state = CLIENT_REG_AT_HOME;
	k.c->registration.home_path = path(&k, 0)->name;
	client_core_uplinks(k.c, after(10), NULL, 0);
	assert_null(k.c->paths.active);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(a_lost_path_is_an_outage_and_the_next_one_is_used)
{
	kit k;

	start(&k, 0);
	client_associations_drop_all(&k.c->associations);
	client_roam_lost_active(k.c, after(10));
	assert_int_equal(k.c->handover.outage_ms, after(10).ms);
	assert_int_equal(k.c->handover.moving_ms, after(10).ms);
	assert_non_null(k.c->paths.active);
	kit_end(&k);
}

/* --- changes of uplinks --- */

TEST(a_route_that_comes_back_begins_again_on_the_active_path_alone)
{
	for (unsigned changed = 0; changed < 2; changed++) {
		for (unsigned active = 0; active < 2; active++) {
			kit k;
			uplink u[2] = { *wan(0), *wan(1) };
			start(&k, active);
			u[changed].has_default = false;
			client_core_uplinks(k.c, after(10), u, 2);
			use(&k, active);
			k.c->registration.state = CLIENT_REG_GRANTED;
			u[changed].has_default = true;
			client_core_uplinks(k.c, after(20), u, 2);
			assert_int_equal(k.c->registration.state, changed == active
									  ? CLIENT_REG_REQUESTING
									  : CLIENT_REG_GRANTED);
			assert_ptr_equal(k.c->paths.active, path(&k, active));
			kit_end(&k);
		}
	}
}

TEST(another_mtu_of_the_link_is_searched_where_a_search_is_on)
{
	kit k;
	uplink u[2] = { *wan(0), *wan(1) };

	start(&k, 0);
	client_mtu_start(&k.c->mtu, after(0), path(&k, 0));
	client_mtu_stop(&k.c->mtu, path(&k, 1));
	u[0].mtu = u[1].mtu = 1400;
	client_core_uplinks(k.c, after(10), u, 2);
	assert_int_equal(k.c->mtu.of[0].search.link_max, 1400 - 28);
	assert_false(client_mtu_is_on(&k.c->mtu, path(&k, 1)));
	kit_end(&k);
}

TEST(after_the_end_changes_of_uplinks_open_nothing)
{
	kit k;
	unsigned n;

	kit_start(&k);
	client_core_stop(k.c, after(0));
	n = k.n_socks;
	client_core_uplinks(k.c, after(10), wan(0), 2);
	assert_int_equal(k.n_socks, n);
	assert_null(k.c->paths.active);
	kit_end(&k);
}

/* --- a relay that lost us --- */

TEST(a_relay_in_use_that_lost_us_is_registered_with_again)
{
	kit k;
	client_path *p = start(&k, 0);

	p->by_relay = true;
	client_roam_forgotten(k.c, after(10), p); /* it was never admitted */
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	client_admission_grant(&k.c->admission, p, after(5).ms, &(reg_key3){ 0 }); /* is over */
	client_roam_forgotten(k.c, after(10), p);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	assert_int_equal(k.c->handover.outage_ms, after(10).ms);
	assert_false(client_admission_was_granted(&k.c->admission, p));
	kit_end(&k);
}

TEST(a_standby_relay_that_lost_us_is_asked_again_and_nothing_else_changes)
{
	kit k;
	client_path *p;

	start(&k, 0);
	p = path(&k, 1);
	p->by_relay = true;
	client_admission_grant(&k.c->admission, p, after(1000).ms, &(reg_key3){ 0 });
	client_roam_forgotten(k.c, after(2000), p);
	assert_int_equal(client_standby_next_timer_ms(&k.c->standby), after(2000).ms);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	assert_true(k.c->handover.outage_ms == NEVER);
	kit_end(&k);
}

TEST(a_move_is_counted_in_either_direction)
{
	kit k;

	start(&k, 0);
	for (unsigned n = 1; n <= 4; n++) {
		client_roam_use(k.c, after(10 * n), path(&k, n % 2));
		assert_int_equal(k.c->handover.n, n);
		client_roam_use(k.c, after(10 * n + 5), path(&k, n % 2)); /* the same once more */
		assert_int_equal(k.c->handover.n, n);
	}
	kit_end(&k);
}

RUN(T(a_move_is_counted_in_either_direction),
    T(what_is_heard_on_the_active_path_is_remembered_of_its_agent),
    T(what_is_heard_on_another_path_is_not), T(a_relay_or_a_carrier_is_not_taken_for_homes_address),
    T(only_news_and_successors_are_events), T(the_first_packet_on_the_active_path_ends_a_move),
    T(a_better_path_that_answers_is_the_successor_once_its_rest_is_over),
    T(any_path_that_answers_succeeds_one_that_failed_or_is_silent),
    T(nothing_succeeds_where_nothing_is_active_or_can_be_sent),
    T(a_path_that_is_used_now_moves_the_binding_by_an_echo_and_ends_what_it_was_a_standby_for),
    T(a_path_by_a_relay_that_has_not_admitted_us_is_an_outage_until_it_does),
    T(an_active_path_that_failed_is_left_for_the_soundest_and_one_that_works_is_kept),
    T(on_the_home_link_no_path_is_chosen_until_it_is_gone),
    T(away_from_the_home_link_but_nowhere_yet_is_away),
    T(a_lost_path_is_an_outage_and_the_next_one_is_used),
    T(a_route_that_comes_back_begins_again_on_the_active_path_alone),
    T(another_mtu_of_the_link_is_searched_where_a_search_is_on),
    T(after_the_end_changes_of_uplinks_open_nothing),
    T(a_relay_in_use_that_lost_us_is_registered_with_again),
    T(a_standby_relay_that_lost_us_is_asked_again_and_nothing_else_changes))
