/* SPDX-License-Identifier: MIT */
/* sim_register.c - getting registered, staying so, and being refused. */
#include "world.h"

TEST(registers_in_one_round_trip)
{
	world *w = world_new();

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 41));
	client_status s = world_status(w);
	assert_true(s.has_sa);
	assert_int_equal(s.lifetime_s, SIM_LIFETIME_S);
	assert_true(w->attracted);
	assert_true(w->tunnel.up);
	world_free(w);
}

TEST(registers_with_30_percent_loss_each_way)
{
	unsigned late = 0;

	for (unsigned i = 0; i < 30; i++) {
		world *w = world_new();
		w->seed = i;
		w->sites[1].loss_up = w->sites[1].loss_down = 300;
		world_plug(w, 1);
		late += !world_until(w, CLIENT_REGISTERED, 10000);
		assert_true(world_until(w, CLIENT_REGISTERED,
					600000)); /* one request of two gets its answer */
		w->sites[1].loss_up = w->sites[1].loss_down = 0;
		world_run(w, 5000);
		world_traffic(w, 1000, 100);
		world_run(w, 1000);
		world_traffic(w, 0, 0);
		world_run(w, 100);
		assert_int_equal(lost(&w->up) + lost(&w->down), 0);
		world_free(w);
	}
	assert_true(late < 10);
}

TEST(the_clock_of_the_clients_machine_does_not_matter)
{
	int64_t wrong[] = { -86400, 86400, 0 };

	for (size_t i = 0; i < COUNT(wrong); i++) {
		world *w = world_new();
		w->client_clock_s = wrong[i];
		world_plug(w, 1);
		assert_true(world_until(w, CLIENT_REGISTERED, 100));
		w->client_clock_s = -wrong[i]; /* it is set meanwhile */
		world_run(w, 1200 * 1000);     /* renewals too */
		assert_int_equal(w->state, CLIENT_REGISTERED);
		world_free(w);
	}
}

static void forget_time(world *w)
{
	w->saved_client.clock = (ident_clock){ 0 };
}

TEST(a_client_that_does_not_know_homes_time_asks_for_it_first)
{
	world *w = world_with(forget_time);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 150)); /* a round trip more */
	assert_int_equal(w->accepted, 1);
	assert_true(ident_is_set(&w->saved_client.clock));
	world_free(w);
}

static void be_late(world *w)
{
	w->saved_client.clock.home_ntp -= 3600ull << 32;
}

/* Its clock did not count while the machine was frozen: what it signs is old, and home is silent about recordings. */
TEST(a_client_whose_identifications_are_old_finds_back)
{
	world *w = world_with(be_late);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 3000));
	world_free(w);
}

static void home_that_answers_strangers(world *w)
{
	w->hconf.answers_strangers = true;
}

static void give_another_key(world *w)
{
	home_client_conf other = w->account;
	err e = { 0 };

	memset(other.key0, 0x11, KEY0_LEN);
	assert_true(home_core_client_put(w->home, &other, NULL, &e));
}

TEST(a_wrong_key_gets_no_answer_and_both_causes_are_named_within_seconds)
{
	world *w = world_new();
	err e = { 0 };

	give_another_key(w);
	world_plug(w, 1);
	world_run(w, 10000);
	assert_int_equal(w->state, CLIENT_REGISTERING);
	assert_non_null(strstr(w->reason, "not reachable"));
	assert_non_null(strstr(w->reason, "does not know this key"));
	assert_int_equal(w->sent_down, 0);
	assert_true(home_core_client_put(w->home, &w->account, NULL, &e));
	assert_true(world_until(w, CLIENT_REGISTERED, 60000));
	assert_string_equal(w->reason, "");
	world_free(w);
}

TEST(wrong_key_is_denied_with_a_reason_and_asked_on)
{
	world *w = world_new();

	world_free(w);
	w = world_with(home_that_answers_strangers);
	err e = { 0 };
	give_another_key(w);
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_DENIED, 5000));
	assert_non_null(strstr(w->reason, "authentication"));
	uint64_t asked = w->registrations;
	world_run(w, 120000);
	assert_true(w->registrations > asked + 2 && w->registrations < asked + 12);
	assert_true(home_core_client_put(w->home, &w->account, NULL, &e));
	assert_true(world_until(w, CLIENT_REGISTERED, 60000));
	world_free(w);
}

TEST(expired_account_is_denied_with_the_reason)
{
	world *w = world_new();
	home_client_conf other = w->account;
	err e = { 0 };

	other.expires_unix_s = 1;
	assert_true(home_core_client_put(w->home, &other, NULL, &e));
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_DENIED, 1000));
	assert_non_null(strstr(w->reason, mip_notify_text(NOTIFY_EXPIRED)));
	world_free(w);
}

TEST(another_group_is_tried_when_home_wants_it)
{
	world *w = world_new();

	w->hconf.policy.groups[0] = DH_P256;
	w->hconf.policy.n_groups = 1;
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 200));
	world_free(w);
}

TEST(no_common_cipher_is_denied)
{
	world *w = world_new();

	w->hconf.policy.ciphers[0] = ESP_AES_256_GCM;
	w->hconf.policy.n_ciphers = 1;
	w->cconf.policy.ciphers[0] = ESP_AES_128_GCM;
	w->cconf.policy.n_ciphers = 1;
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_DENIED, 1000));
	assert_non_null(strstr(w->reason, mip_notify_text(NOTIFY_NO_PROPOSAL)));
	world_free(w);
}

TEST(firewall_that_passes_434_alone_is_passed)
{
	world *w = world_new();

	w->sites[1].only_434 = true;
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 3000));
	world_run(w, 2000);
	world_traffic(w, 2000, 100);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0); /* data goes there too */
	world_free(w);
}

TEST(stop_deregisters)
{
	world *w = world_new();

	world_up(w, 1);
	client_core_stop(w->client, world_client_time(w));
	world_collect(w);
	uint32_t pseudonym = w->saved_client.pseudonym;
	assert_true(world_until(w, CLIENT_STOPPED, 100));
	assert_false(w->attracted);
	assert_int_not_equal(w->saved_client.pseudonym, pseudonym);
	world_free(w);
}

TEST(stop_ends_without_an_answer_too)
{
	world *w = world_new();

	world_up(w, 1);
	w->sites[1].black = true;
	client_core_stop(w->client, world_client_time(w));
	world_collect(w);
	assert_true(world_until(w, CLIENT_STOPPED, 3000));
	world_free(w);
}

TEST(lost_state_of_the_client_is_no_obstacle)
{
	world *w = world_new();

	world_up(w, 1);
	w->saved_client.pseudonym = 0x12345678; /* not what home knows */
	err e = { 0 };
	client_core_free(w->client);
	w->sites[1].plugged = false;
	w->client = client_core_new(&w->cconf, &w->saved_client, &w->env, &w->log, &w->ctx,
				    &w->ctun, &e);
	w->state = CLIENT_SEARCHING;
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED,
				60000)); /* home does not say that it is unknown */
	world_free(w);
}

TEST(idle_client_sends_an_echo_now_and_then_behind_a_nat_and_nothing_else)
{
	world *w = world_new();

	world_up(w, 1);
	world_run(w, 60000);
	uint64_t up = w->sent_up, down = w->sent_down, ticks = w->client_ticks;
	world_run(w, 200000); /* no renewal within */
	assert_in_range(w->client_ticks - ticks, 9, 10);
	assert_in_range(w->sent_up - up, 9, 10);
	assert_in_range(w->sent_down - down, 9, 10);
	world_free(w);
}

TEST(idle_client_with_a_public_address_is_silent)
{
	world *w = world_new();

	world_up(w, 0);
	world_run(w, 60000);
	uint64_t before = w->sent_up, ticks = w->client_ticks;
	world_run(w, 200000);
	assert_int_equal(w->sent_up, before);
	assert_int_equal(w->client_ticks, ticks);
	world_free(w);
}

/* Numbered packets both ways for that long, none of which is lost. */
static void expect_traffic(world *w, uint64_t ms)
{
	world_account(w);
	world_traffic(w, 1000, 100);
	world_run(w, ms);
	world_traffic(w, 0, 0);
	world_run(w, 200);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
}

TEST(a_disk_that_takes_seconds_delays_a_registration_and_no_packet)
{
	world *w = world_new();

	world_up(w, 1);
	w->save_us = 4 * 1000000;
	uint64_t accepted = w->accepted;
	world_move(w, 1, 2); /* data moves the binding; the registration that follows is slow */
	world_run(w, 100);
	expect_traffic(w, 3000);
	assert_true(w->accepted == accepted && w->n_saves > 0);
	expect_traffic(w, 5000);
	assert_true(w->accepted > accepted);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(a_first_registration_with_a_slow_disk_takes_as_long_as_the_disk)
{
	world *w = world_new();

	w->save_us = 2 * 1000000;
	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 5000));
	w->save_us = 0;
	world_run(w, 10000); /* what was asked again meanwhile, and path MTU */
	expect_traffic(w, 1000);
	world_free(w);
}

TEST(a_disk_that_stands_still_stops_no_traffic_and_is_made_good_for_once_it_writes)
{
	world *w = world_new();

	world_up(w, 1);
	w->save_us = 3600ull * 1000000;
	world_move(w, 1, 2);
	world_run(w, 100);
	expect_traffic(w, 20000);
	assert_in_range(home_core_counters(w->home).in_progress, 0, 16);
	w->n_saves = 0; /* those are lost */
	w->save_us = 0;
	uint64_t accepted = w->accepted;
	world_run(w, 120000);
	assert_true(w->accepted > accepted);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	expect_traffic(w, 1000);
	world_free(w);
}

TEST(a_full_disk_denies_with_130_and_the_client_gets_in_once_there_is_room)
{
	world *w = world_new();

	w->save_fails = true;
	world_plug(w, 1);
	assert_false(world_until(w, CLIENT_REGISTERED, 10000));
	assert_false(w->attracted);
	w->save_fails = false;
	assert_true(world_until(w, CLIENT_REGISTERED, 60000));
	world_run(w, 3000);
	expect_traffic(w, 1000);
	world_free(w);
}

/* Written or not, the client's next request is good, and a recorded one is not. */
TEST(home_killed_while_a_registration_waits_for_the_disk)
{
	for (int is_written = 0; is_written < 2; is_written++) {
		world *w = world_new();
		world_up(w, 1);
		w->save_us = 1000000;
		world_move(w, 1, 2);
		for (int i = 0; i < 1000 && w->n_saves == 0; i++)
			world_run(w, 10);
		assert_true(w->n_saves > 0);
		if (is_written)
			w->saved_home = w->saves[0].state;
		w->save_us = 0;
		world_restart_home(w);
		world_run(w, 20000);
		assert_int_equal(w->state, CLIENT_REGISTERED);
		expect_traffic(w, 1000);
		world_free(w);
	}
}

TEST(stays_registered_for_a_day)
{
	world *w = world_new();

	world_up(w, 1);
	for (int i = 0; i < 24 * 6; i++) {
		world_run(w, 600 * 1000);
		assert_int_equal(w->state, CLIENT_REGISTERED);
	}
	/* Lifetimes of 600 s and 3,600 s, each renewed after 70 to 75 % of it. */
	assert_in_range(w->accepted, 24 * 6, 24 * 6 * 2);
	world_free(w);
}

RUN(T(registers_in_one_round_trip), T(registers_with_30_percent_loss_each_way),
    T(the_clock_of_the_clients_machine_does_not_matter),
    T(a_client_that_does_not_know_homes_time_asks_for_it_first),
    T(a_client_whose_identifications_are_old_finds_back),
    T(a_wrong_key_gets_no_answer_and_both_causes_are_named_within_seconds),
    T(wrong_key_is_denied_with_a_reason_and_asked_on), T(expired_account_is_denied_with_the_reason),
    T(another_group_is_tried_when_home_wants_it), T(no_common_cipher_is_denied),
    T(firewall_that_passes_434_alone_is_passed), T(stop_deregisters),
    T(stop_ends_without_an_answer_too), T(lost_state_of_the_client_is_no_obstacle),
    T(idle_client_sends_an_echo_now_and_then_behind_a_nat_and_nothing_else),
    T(idle_client_with_a_public_address_is_silent),
    T(a_disk_that_takes_seconds_delays_a_registration_and_no_packet),
    T(a_first_registration_with_a_slow_disk_takes_as_long_as_the_disk),
    T(a_disk_that_stands_still_stops_no_traffic_and_is_made_good_for_once_it_writes),
    T(a_full_disk_denies_with_130_and_the_client_gets_in_once_there_is_room),
    T(home_killed_while_a_registration_waits_for_the_disk), T(stays_registered_for_a_day))
