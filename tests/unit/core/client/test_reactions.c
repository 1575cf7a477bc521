/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static client_path *path(const kit *k, unsigned slot)
{
	return &k->c->paths.slots[slot];
}

/* Two direct paths that answer, with an association and a grant; the first is in use. */
static void start(kit *k)
{
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	client_event e;

	kit_up(k);
	client_core_uplinks(k->c, after(0), u, 2);
	client_paths_heard(path(k, 0), after(0).ms);
	client_paths_heard(path(k, 1), after(0).ms);
	path(k, 0)->rtt_us = path(k, 1)->rtt_us = 40000;
	client_handover_up(&k->c->handover);
	client_handover_cancel(&k->c->handover);
	k->c->registration.state = CLIENT_REG_GRANTED;
	client_upgrade_cancel(&k->c->upgrade, path(k, 0));
	client_upgrade_cancel(&k->c->upgrade, path(k, 1));
	while (client_events_take(&k->c->events, &e))
		;
	dgramq_clear(&k->tx);
}

static void happens(kit *k, client_event_kind kind, const client_path *p, bool flag)
{
	client_events_put(&k->c->events,
			  (client_event){ .kind = kind, .path = p ? p->name : 0, .flag = flag });
	client_reactions_run(k->c, after(10));
}

static bool is_probed(const kit *k, const client_path *p)
{
	return k->c->upgrade.of[p->slot].next_ms != NEVER;
}

TEST(a_better_path_that_answers_is_used)
{
	kit k;

	start(&k);
	happens(&k, CLIENT_EV_PATH_ANSWERED, path(&k, 1), true);
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	path(&k, 0)->up.metric = 10;
	happens(&k, CLIENT_EV_PATH_ANSWERED, path(&k, 1), false);
	assert_ptr_equal(k.c->paths.active, path(&k, 1));
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(what_worked_behind_a_wall_is_remembered_when_it_answers_first)
{
	kit k;
	client_path *p;

	start(&k);
	p = path(&k, 0);
	p->kind = PATH_HTTPS;
	happens(&k, CLIENT_EV_PATH_ANSWERED, p, false);
	assert_int_equal(k.c->networks.n, 0);
	happens(&k, CLIENT_EV_PATH_ANSWERED, p, true);
	assert_int_equal(k.c->networks.n, 1);
	assert_int_equal(k.saved.n_networks, 1);
	kit_end(&k);
}

TEST(a_path_in_use_that_fails_is_left_and_probed_again)
{
	kit k;

	start(&k);
	path(&k, 1)->up.metric = 10;
	happens(&k, CLIENT_EV_PATH_FAILED, path(&k, 0), false);
	assert_true(path(&k, 0)->failed);
	assert_ptr_equal(k.c->paths.active, path(&k, 1));
	assert_true(is_probed(&k, path(&k, 0)));
	kit_end(&k);
}

TEST(the_only_path_that_fails_is_registered_on_again_with_all)
{
	kit k;

	start(&k);
	client_paths_close(&k.c->paths, path(&k, 1));
	happens(&k, CLIENT_EV_PATH_FAILED, path(&k, 0), false);
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	assert_true(k.c->registration.everywhere);
	kit_end(&k);
}

TEST(a_standby_that_fails_changes_nothing_else)
{
	for (unsigned active = 0; active < 2; active++) {
		kit k;
		start(&k);
		client_path *p = path(&k, 1 - active);
		client_paths_set_active(&k.c->paths, path(&k, active));
		path(&k, active)->up.metric = 10;
		happens(&k, CLIENT_EV_PATH_FAILED, p, false);
		assert_true(p->failed);
		assert_ptr_equal(k.c->paths.active, path(&k, active));
		assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
		assert_false(is_probed(&k, p));
		kit_end(&k);
	}
}

TEST(at_home_a_path_that_fails_leads_nowhere_else)
{
	kit k;

	start(&k);
	k.c->registration.state = CLIENT_REG_AT_HOME;
	k.c->registration.home_path = 0;
	happens(&k, CLIENT_EV_PATH_FAILED, path(&k, 0), false);
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	assert_int_equal(k.c->registration.state, CLIENT_REG_AT_HOME);
	happens(&k, CLIENT_EV_PATH_REFUSED, path(&k, 0), false);
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	kit_end(&k);
}

TEST(a_path_in_use_whose_requests_are_not_answered_is_left_without_a_rest)
{
	kit k;

	start(&k);
	happens(&k, CLIENT_EV_PATH_SILENT, path(&k, 1), false);
	assert_false(path(&k, 1)->failed);
	happens(&k, CLIENT_EV_PATH_SILENT, path(&k, 0), false);
	assert_true(path(&k, 0)->failed && !path(&k, 0)->answering);
	assert_int_equal(path(&k, 0)->not_before_ms, 0);
	assert_ptr_equal(k.c->paths.active, path(&k, 1));
	assert_true(k.c->registration.everywhere);
	kit_end(&k);
}

TEST(the_only_path_whose_requests_are_not_answered_is_asked_on)
{
	kit k;

	start(&k);
	client_paths_close(&k.c->paths, path(&k, 1));
	happens(&k, CLIENT_EV_PATH_SILENT, path(&k, 0), false);
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	assert_int_equal(k.tx.n_runs, 1);
	kit_end(&k);
}

TEST(a_path_in_use_that_is_refused_is_left_and_probed_after_its_rest)
{
	kit k;

	start(&k);
	path(&k, 1)->up.metric = 10;
	happens(&k, CLIENT_EV_PATH_REFUSED, path(&k, 0), false);
	assert_true(path(&k, 0)->failed);
	assert_ptr_equal(k.c->paths.active, path(&k, 1));
	assert_int_equal(k.c->upgrade.of[0].next_ms, path(&k, 0)->not_before_ms);
	kit_end(&k);
}

TEST(a_path_that_is_refused_is_not_left_for_one_that_failed)
{
	kit k;

	start(&k);
	client_paths_silent(path(&k, 1));
	happens(&k, CLIENT_EV_PATH_REFUSED, path(&k, 0), false);
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	assert_true(k.c->registration.everywhere);
	assert_true(is_probed(&k, path(&k, 1)));
	kit_end(&k);
}

TEST(a_standby_that_is_refused_is_failed_and_all_paths_are_asked_next)
{
	kit k;

	start(&k);
	happens(&k, CLIENT_EV_PATH_REFUSED, path(&k, 1), false);
	assert_true(path(&k, 1)->failed);
	assert_true(k.c->registration.everywhere);
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	assert_false(is_probed(&k, path(&k, 1)));
	kit_end(&k);
}

/* All that is under way or planned on that path. */
static void occupy(kit *k, client_path *p)
{
	p->by_relay = true;
	client_admission_grant(&k->c->admission, p, after(9000).ms, &(reg_key3){ 0 });
	client_standby_repeat(&k->c->standby, after(500), p);
	k->c->upgrade.of[p->slot].next_ms = after(500).ms;
	client_mtu_start(&k->c->mtu, after(0), p);
	client_liveness_sent(&k->c->liveness, after(0), p);
}

TEST(nothing_goes_on_behind_a_carrier_that_is_closed)
{
	kit k;

	start(&k);
	occupy(&k, path(&k, 1));
	happens(&k, CLIENT_EV_CARRIER_CLOSED, path(&k, 1), false);
	assert_false(client_admission_was_granted(&k.c->admission, path(&k, 1)));
	assert_true(client_standby_next_timer_ms(&k.c->standby) == NEVER);
	assert_false(is_probed(&k, path(&k, 1)));
	assert_false(client_mtu_is_on(&k.c->mtu, path(&k, 1)));
	assert_true(k.c->liveness.of[1].waiting_ms == NEVER);
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	happens(&k, CLIENT_EV_CARRIER_CLOSED, path(&k, 0), false);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING); /* another is sought */
	kit_end(&k);
}

static unsigned n_echoes;
static void count_echoes(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	(void)k, (void)now, (void)p, (void)n;
	n_echoes += o->next_header == ESP_NEXT_CTL;
}

TEST(a_new_association_is_confirmed_at_once_and_the_first_lets_others_be_probed)
{
	for (int first = 0; first < 2; first++) {
		kit k;
		start(&k);
		path(&k, 0)->up.metric = 10;
		kit_associate(&k, after(5), 0x2000, 3600);
		k.c->handover.was_up = false;
		n_echoes = 0;
		happens(&k, CLIENT_EV_ASSOCIATION_NEW, NULL, first);
		kit_collect(&k, after(10), count_echoes);
		assert_int_equal(n_echoes, 1);
		assert_true(k.c->handover.was_up);
		assert_int_equal(is_probed(&k, path(&k, 1)), first);
		kit_end(&k);
	}
}

TEST(a_worn_or_unconfirmed_association_is_renewed)
{
	static const client_event_kind kinds[] = { CLIENT_EV_ASSOCIATION_WORN,
						   CLIENT_EV_ASSOCIATION_UNCONFIRMED };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		kit k;
		start(&k);
		happens(&k, kinds[i], NULL, false);
		assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
		assert_int_equal(k.tx.n_runs, 1);
		kit_end(&k);
	}
}

TEST(without_an_association_or_a_registration_packets_are_held)
{
	static const client_event_kind kinds[] = { CLIENT_EV_ASSOCIATIONS_LOST, CLIENT_EV_EXPIRED };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		kit k;
		start(&k);
		assert_true(client_core_wants_packets(k.c, after(10)));
		happens(&k, kinds[i], NULL, false);
		assert_false(client_core_wants_packets(k.c, after(10)));
		kit_end(&k);
	}
}

TEST(an_agent_that_restarted_has_lost_its_own_paths_alone)
{
	kit k;

	start(&k);
	for (unsigned i = 0; i < 2; i++) {
		path(&k, i)->by_relay = true;
		client_admission_grant(&k.c->admission, path(&k, i), NEVER, &(reg_key3){ 0 });
	}
	path(&k, 1)->agent = 1;
	client_events_put(&k.c->events,
			  (client_event){ .kind = CLIENT_EV_AGENT_RESTARTED, .agent = 1 });
	client_reactions_run(k.c, after(10));
	assert_true(client_admission_was_granted(&k.c->admission, path(&k, 0)));
	assert_false(client_admission_was_granted(&k.c->admission, path(&k, 1)));
	kit_end(&k);
}

TEST(at_home_the_home_path_is_active_and_nothing_is_held_or_awaited)
{
	kit k;

	start(&k);
	client_handover_outage(&k.c->handover, after(5));
	client_liveness_sent(&k.c->liveness, after(5), path(&k, 1));
	k.c->choice.spare_ms = after(500).ms;
	happens(&k, CLIENT_EV_AT_HOME, path(&k, 1), false);
	assert_int_equal(k.c->registration.state, CLIENT_REG_AT_HOME);
	assert_int_equal(k.c->registration.home_path, path(&k, 1)->name);
	assert_ptr_equal(k.c->paths.active, path(&k, 1));
	assert_true(k.c->handover.outage_ms == NEVER && k.c->handover.moving_ms == NEVER);
	assert_true(client_choice_next_timer_ms(&k.c->choice) == NEVER);
	assert_true(k.c->liveness.of[1].waiting_ms == NEVER);
	kit_end(&k);
}

TEST(a_look_alike_of_the_home_link_is_registered_on_if_it_is_in_use)
{
	kit k;

	start(&k);
	happens(&k, CLIENT_EV_NOT_AT_HOME, path(&k, 1), false);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	happens(&k, CLIENT_EV_NOT_AT_HOME, path(&k, 0), false);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(a_grant_over_the_path_in_use_is_kept_and_one_over_another_is_asked_for_again)
{
	kit k;

	start(&k);
	k.c->registration.timer_ms = after(400000).ms;
	happens(&k, CLIENT_EV_GRANTED, path(&k, 0), false);
	assert_int_equal(k.c->registration.timer_ms, after(400000).ms);
	assert_true(endpoint_equal(&k.c->agents.last_home, &path(&k, 0)->remote));
	happens(&k, CLIENT_EV_GRANTED, path(&k, 1), false);
	assert_ptr_equal(k.c->paths.active, path(&k, 0));
	assert_int_equal(k.c->registration.timer_ms, after(310).ms);
	kit_end(&k);
}

TEST(a_grant_over_another_path_moves_there_where_nothing_works_yet)
{
	for (int i = 0; i < 3; i++) {
		kit k;
		start(&k);
		if (i == 0)
			client_paths_silent(path(&k, 0));
		else if (i == 1)
			k.c->handover.was_up = false;
		else
			client_paths_set_active(&k.c->paths, NULL);
		k.c->registration.timer_ms = after(400000).ms;
		happens(&k, CLIENT_EV_GRANTED, path(&k, 1), false);
		assert_ptr_equal(k.c->paths.active, path(&k, 1));
		assert_int_equal(k.c->registration.timer_ms, after(400000).ms);
		kit_end(&k);
	}
}

TEST(a_grant_by_a_relay_or_a_carrier_is_not_homes_address)
{
	kit k;

	start(&k);
	k.c->agents.last_home = (endpoint){ 0 };
	path(&k, 0)->kind = PATH_RELAY;
	happens(&k, CLIENT_EV_GRANTED, path(&k, 0), false);
	assert_int_equal(k.c->agents.last_home.addr.len, 0);
	kit_end(&k);
}

TEST(an_event_about_a_path_that_is_gone_does_nothing)
{
	static const client_event_kind kinds[] = { CLIENT_EV_PATH_ANSWERED,  CLIENT_EV_PATH_FAILED,
						   CLIENT_EV_PATH_SILENT,    CLIENT_EV_PATH_REFUSED,
						   CLIENT_EV_CARRIER_CLOSED, CLIENT_EV_AT_HOME,
						   CLIENT_EV_NOT_AT_HOME,    CLIENT_EV_GRANTED };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		const client_path gone = { .name = 4711 };
		kit k;
		start(&k);
		client_paths_set_active(&k.c->paths, NULL);
		happens(&k, kinds[i], &gone, true);
		assert_null(k.c->paths.active);
		assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
		kit_end(&k);
	}
}

TEST(whatever_is_to_survive_the_process_is_saved_together)
{
	const uplink u = cafe();
	kit k;

	start(&k);
	client_networks_put(&k.c->networks, &u, PATH_HTTP, (char[CLIENT_HINT]){ "plain" });
	client_credential_set_pseudonym(&k.c->credential, UINT64_MAX, 0x3badcafe);
	k.n_saves = 0;
	happens(&k, CLIENT_EV_SAVE, NULL, false);
	assert_int_equal(k.n_saves, 1);
	assert_int_equal(k.saved.pseudonym, 0x3badcafe);
	assert_int_equal(k.saved.n_networks, 1);
	kit_end(&k);
}

TEST(the_end_closes_all_paths)
{
	kit k;

	start(&k);
	happens(&k, CLIENT_EV_STOPPED, NULL, false);
	assert_null(client_paths_next(&k.c->paths, NULL));
	assert_int_equal(k.n_closed, 2);
	kit_end(&k);
}

RUN(T(a_better_path_that_answers_is_used),
    T(what_worked_behind_a_wall_is_remembered_when_it_answers_first),
    T(a_path_in_use_that_fails_is_left_and_probed_again),
    T(the_only_path_that_fails_is_registered_on_again_with_all),
    T(a_standby_that_fails_changes_nothing_else), T(at_home_a_path_that_fails_leads_nowhere_else),
    T(a_path_in_use_whose_requests_are_not_answered_is_left_without_a_rest),
    T(the_only_path_whose_requests_are_not_answered_is_asked_on),
    T(a_path_in_use_that_is_refused_is_left_and_probed_after_its_rest),
    T(a_path_that_is_refused_is_not_left_for_one_that_failed),
    T(a_standby_that_is_refused_is_failed_and_all_paths_are_asked_next),
    T(nothing_goes_on_behind_a_carrier_that_is_closed),
    T(a_new_association_is_confirmed_at_once_and_the_first_lets_others_be_probed),
    T(a_worn_or_unconfirmed_association_is_renewed),
    T(without_an_association_or_a_registration_packets_are_held),
    T(an_agent_that_restarted_has_lost_its_own_paths_alone),
    T(at_home_the_home_path_is_active_and_nothing_is_held_or_awaited),
    T(a_look_alike_of_the_home_link_is_registered_on_if_it_is_in_use),
    T(a_grant_over_the_path_in_use_is_kept_and_one_over_another_is_asked_for_again),
    T(a_grant_over_another_path_moves_there_where_nothing_works_yet),
    T(a_grant_by_a_relay_or_a_carrier_is_not_homes_address),
    T(an_event_about_a_path_that_is_gone_does_nothing),
    T(whatever_is_to_survive_the_process_is_saved_together), T(the_end_closes_all_paths))
