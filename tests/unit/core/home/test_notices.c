/* SPDX-License-Identifier: MIT */
/* Who is told that home was restarted: where, when, and how often. */
#include "home_kit.h"
#include "core/reg/notice.h"

static void start_again(kit *k)
{
	const home_env env = { k, kit_attract, kit_request_comes, kit_remember };
	err e = { 0 };

	home_core_free(k->h);
	dgramq_clear(&k->tx);
	k->h = home_core_new(&k->conf, &env, &k->log, &k->tx, &k->tun, &e);
	assert_non_null(k->h);
}

/* Home is killed, and started with what was on its disk. */
static void restart(kit *k, const away *a)
{
	err e = { 0 };
	const home_client_state durable = k->saved;

	start_again(k);
	assert_true(home_core_client_put(k->h, &a->conf, &durable, &e));
}

static unsigned notices(const kit *k)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < k->tx.n_runs; i++)
		n += k->tx.runs[i].n_segs;
	return n;
}

/* The one that is queued goes there, and is the client's. */
static void assert_told(kit *k, const away *a, const endpoint *at)
{
	uint64_t id = 0;

	assert_int_equal(notices(k), 1);
	const dgram_run *r = &k->tx.runs[0];
	assert_true(endpoint_equal(&r->route.to, at));
	assert_true(ip_equal(&r->route.from, &a->local));
	assert_true(reg_notice_open(&a->keys, (wire_bytes){ k->tx.bytes + r->at, r->len }, &id));
	assert_true(id == a->last_id);
	dgramq_clear(&k->tx);
}

TEST(a_client_that_was_registered_is_told_at_once_where_it_was)
{
	SCENE_REGISTERED(k, a);

	restart(&k, &a);
	assert_int_equal(home_core_next_timer_ms(k.h), 0);
	kit_pass(&k, 1);
	assert_told(&k, &a, &a.from);
	END(k, a);
}

TEST(it_is_told_three_times_in_all)
{
	SCENE_REGISTERED(k, a);

	restart(&k, &a);
	for (uint64_t ms = 0; ms <= 60000; ms += 500) {
		dgramq_clear(&k.tx);
		kit_pass(&k, ms ? 500 : 1);
		assert_int_equal(notices(&k), ms == 0 || ms == 2000 || ms == 6000);
	}
	END(k, a);
}

TEST(and_no_more_when_it_has_registered)
{
	SCENE_REGISTERED(k, a);

	restart(&k, &a);
	kit_pass(&k, 1);
	away_register(&a);
	dgramq_clear(&k.tx);
	for (int i = 0; i < 20; i++)
		kit_pass(&k, 500);
	assert_int_equal(notices(&k), 0);
	END(k, a);
}

TEST(who_left_is_not_told)
{
	SCENE_REGISTERED(k, a);

	away_prepare(&a);
	a.q.lifetime_s = 0;
	a.q.sa.present = false;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	restart(&k, &a);
	kit_pass(&k, 1);
	assert_int_equal(notices(&k), 0);
	END(k, a);
}

TEST(nor_is_one_whose_registration_would_be_over)
{
	SCENE_REGISTERED(k, a);

	kit_pass(&k, 299000);
	restart(&k, &a);
	kit_pass(&k, 500);
	assert_int_equal(notices(&k), 1);
	kit_pass(&k, 1000);
	restart(&k, &a);
	kit_pass(&k, 1);
	assert_int_equal(notices(&k), 0);
	END(k, a);
}

/* A NAT gave it another port. */
static void move(away *a, uint16_t port)
{
	a->from.port = port;
	away_echo(a, a->out, 0);
}

TEST(moves_are_written_together_some_seconds_later)
{
	SCENE_REGISTERED(k, a);

	for (uint16_t i = 1; i <= 40; i++) {
		move(&a, 5000 + i);
		kit_pass(&k, 100);
	}
	assert_int_equal(k.remembered, 0);
	kit_pass(&k, 1000);
	assert_int_equal(k.remembered, 1);
	kit_pass(&k, 60000);
	assert_int_equal(k.remembered, 1);
	restart(&k, &a);
	kit_pass(&k, 1);
	assert_told(&k, &a, &a.from);
	END(k, a);
}

TEST(a_crash_before_that_tells_the_place_before)
{
	SCENE_REGISTERED(k, a);
	const endpoint before = a.from;

	move(&a, 5001);
	kit_pass(&k, 4000);
	restart(&k, &a);
	kit_pass(&k, 1);
	assert_told(&k, &a, &before);
	END(k, a);
}

/* Else an older identification would follow the newer one to the disk, and a recorded request be accepted again. */
TEST(no_place_is_written_while_a_registration_of_the_client_is)
{
	SCENE_REGISTERED(k, a);

	move(&a, 5001);
	k.hold = true;
	away_prepare(&a);
	away_build(&a);
	away_send(&a);
	assert_int_equal(k.n_requests, 1);
	for (int i = 0; i < 9; i++)
		kit_pass(&k, 500);
	kit_pass(&k, 499);
	assert_int_equal(k.remembered, 0);
	kit_complete_all(&k);
	kit_pass(&k, 2000);
	assert_int_equal(k.remembered, 1);
	assert_true(k.saved.last_id == a.last_id);
	END(k, a);
}

static void send_under_old_association(kit *k, away *a)
{
	dgramq_clear(&k->tx);
	away_esp(a, a->out, "....", 4, ESP_NEXT_IPV4);
}

TEST(a_client_that_sends_is_told_at_once_and_nobody_else)
{
	SCENE_REGISTERED(k, a);

	restart(&k, &a);
	kit_pass(&k, 1);
	kit_pass(&k, 10);
	k.conf.answers_strangers = false;
	send_under_old_association(&k, &a);
	assert_told(&k, &a, &a.from);
	send_under_old_association(&k, &a);
	assert_int_equal(notices(&k), 0); /* once a second */
	kit_pass(&k, 1000);
	away other = a;
	other.from.port++;
	send_under_old_association(&k, &other);
	assert_int_equal(notices(&k), 0);
	other.from = a.from;
	other.from.addr = ip4(198, 51, 100, 77);
	send_under_old_association(&k, &other);
	assert_int_equal(notices(&k), 0);
	send_under_old_association(&k, &a);
	assert_told(&k, &a, &a.from);
	END(k, a);
}

/* Somebody who knows its address and port may forge them; that is worth so many packets to it, and no more. */
TEST(packets_in_its_name_get_it_a_bounded_number_of_notices)
{
	SCENE_REGISTERED(k, a);
	unsigned n = 0;

	k.conf.answers_strangers = false;
	restart(&k, &a);
	for (int i = 0; i < 5000; i++) {
		dgramq_clear(&k.tx);
		kit_pass(&k, 20);
		away_esp(&a, a.out, "....", 4, ESP_NEXT_IPV4);
		n += notices(&k);
	}
	assert_in_range(n, 10, 3 + 16);
	END(k, a);
}

TEST(a_client_of_a_relay_is_told_by_that_relay_if_it_is_still_there)
{
	SCENE(k, a);
	err e = { 0 };
	const home_place place = { .to = { .addr = ip4(192, 168, 60, 10), .port = 2345 },
				   .from = ip4(192, 168, 50, 2),
				   .sock = DGRAM_RELAY,
				   .until_s = (uint32_t)(k.now.ntp >> 32) + 100 };
	const home_client_state s = { .last_id = 7, .place = place };

	for (int there = 1; there >= 0; there--) {
		k.conf.n_relays = 2;
		k.conf.relays[0] =
			(home_relay_conf){ .name = "a", .address = ip4(192, 168, 60, 9) };
		k.conf.relays[1] =
			(home_relay_conf){ .name = "b",
					   .address = ip4(192, 168, 60, there ? 10 : 11) };
		start_again(&k);
		assert_true(home_core_client_put(k.h, &a.conf, &s, &e));
		kit_pass(&k, 1);
		assert_int_equal(notices(&k), there);
		if (!there)
			continue;
		assert_int_equal(k.tx.runs[0].route.sock, DGRAM_RELAY + 1);
		assert_int_equal(k.tx.runs[0].route.from_port, MIP_ESP_PORT);
		assert_int_equal(k.tx.runs[0].route.to.port, 2345);
	}
	END(k, a);
}

enum { CROWD = 1000 };

static void put_crowd(kit *k, uint32_t n)
{
	err e = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		home_client_conf c = { .spi = 0x30000000u + i, .nai = "x@example.net" };
		home_client_state s = { .last_id = i + 1 };
		uint8_t address[4] = { 10, 9, (uint8_t)(i >> 8), (uint8_t)i };

		c.home4 = ip_from_bytes(address, 4);
		store_be32(c.id, i + 1);
		s.place = (home_place){ .to = { .addr = c.home4, .port = 4500 },
					.until_s = (uint32_t)(k->now.ntp >> 32) + 1000 };
		assert_true(home_core_client_put(k->h, &c, &s, &e));
	}
}

TEST(a_thousand_are_told_within_five_seconds_and_a_hundred_in_the_first)
{
	kit k;
	unsigned n = 0;

	kit_open(&k);
	prefix_parse("10.9.0.0/16", &k.conf.network4);
	put_crowd(&k, CROWD);
	for (int ms = 0; ms < 5000; ms += 10) {
		unsigned before = n;
		dgramq_clear(&k.tx);
		kit_pass(&k, ms ? 10 : 1);
		n += notices(&k);
		if (ms < 2000) /* from then on some hear it once more */
			assert_true(n - before <= 3);
		if (ms == 990)
			assert_in_range(n, 100, 130);
	}
	assert_true(home_core_counters(k.h).notices_sent >= CROWD);
	kit_close(&k);
}

RUN(T(a_client_that_was_registered_is_told_at_once_where_it_was), T(it_is_told_three_times_in_all),
    T(and_no_more_when_it_has_registered), T(who_left_is_not_told),
    T(nor_is_one_whose_registration_would_be_over),
    T(moves_are_written_together_some_seconds_later), T(a_crash_before_that_tells_the_place_before),
    T(no_place_is_written_while_a_registration_of_the_client_is),
    T(a_client_that_sends_is_told_at_once_and_nobody_else),
    T(packets_in_its_name_get_it_a_bounded_number_of_notices),
    T(a_client_of_a_relay_is_told_by_that_relay_if_it_is_still_there),
    T(a_thousand_are_told_within_five_seconds_and_a_hundred_in_the_first))
