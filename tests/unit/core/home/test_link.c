/* SPDX-License-Identifier: MIT */
/* What home and a relay tell each other on their own association. */
#include "relayed_kit.h"

TEST(a_relay_hears_all_clients_and_every_change)
{
	RELAYED(k, r, a);
	kit_add(&k, 2);
	meet(&r[0]);
	assert_true(home_core_relay(k.h, 0).linked && home_core_relay(k.h, 0).has_all_clients);
	assert_int_equal(r[0].entries, 2);
	uint8_t key3[KEY3_LEN];
	r[0].entries = 0;
	assert_int_equal(ask_by(&r[1], &a, &r[1].key2, &s, copy), MIP_ACCEPTED);
	sync_up(&r[0]);
	assert_int_equal(r[0].entries, 1); /* its pseudonym, at once */
	assert_true(r[0].last.spis[1] == a.r.next_pseudonym);
	assert_true(r[0].last.last_id == a.q.identification);
	assert_true(reg_derive_key3(a.conf.key0, "dmz10", key3));
	assert_memory_equal(r[0].last.key3, key3, KEY3_LEN);
	kit_add(&k, 3);
	sync_up(&r[0]);
	assert_int_equal(r[0].entries, 2);
	assert_true(home_core_client_remove(k.h, a.conf.id));
	sync_up(&r[0]);
	assert_int_equal(r[0].removed, 1);
	END_RELAYED(k, r, a);
}

TEST(what_is_not_acknowledged_is_sent_again)
{
	RELAYED(k, r, a);
	assert_true(hello(&r[0]));
	ping(&r[0]);
	home_core_tick(k.h, k.now);
	assert_int_equal(hear(&r[0], false), 1); /* it got lost */
	r[0].version = 0;
	r[0].entries = 0;
	kit_pass(&k, 100);
	assert_int_equal(hear(&r[0], true), 0);
	kit_pass(&k, 150);
	assert_int_equal(hear(&r[0], true), 1);
	assert_int_equal(r[0].entries, 1);
	assert_true(home_core_relay(k.h, 0).has_all_clients);
	END_RELAYED(k, r, a);
}

TEST(a_relay_that_was_restarted_hears_all_anew)
{
	RELAYED(k, r, a);
	kit_add(&k, 2);
	meet(&r[0]);
	meet(&r[0]);
	assert_int_equal(r[0].entries, 2);
	assert_int_equal(r[0].removed, 0);
	END_RELAYED(k, r, a);
}

TEST(a_replayed_hello_disturbs_nothing)
{
	RELAYED(k, r, a);
	meet(&r[0]);
	for (int i = 0; i < 5; i++)
		from_relay(&r[0], 434, r[0].hello, LINK_HELLO_LEN);
	dgramq_clear(&k.tx);
	r[0].entries = 0;
	kit_add(&k, 4);
	sync_up(&r[0]); /* under the association as before */
	assert_int_equal(r[0].entries, 1);
	END_RELAYED(k, r, a);
}

/* Nor does it while a relay is about to begin again, however often. */
TEST(a_replayed_hello_does_not_get_before_a_true_one)
{
	RELAYED(k, r, a);
	uint8_t old[LINK_HELLO_LEN];
	meet(&r[0]);
	memcpy(old, r[0].hello, sizeof old);
	kit_pass(&k, 5000);
	assert_true(hello(&r[0]));
	for (int i = 0; i < 3; i++)
		from_relay(&r[0], 434, old, sizeof old);
	dgramq_clear(&k.tx);
	r[0].version = r[0].entries = 0;
	ping(&r[0]);
	sync_up(&r[0]);
	assert_int_equal(r[0].entries, 1);
	END_RELAYED(k, r, a);
}

/* Of several that somebody has recorded, either. */
TEST(different_replayed_hellos_do_not_get_before_a_true_one)
{
	RELAYED(k, r, a);
	uint8_t old[3][LINK_HELLO_LEN];

	for (int i = 0; i < 3; i++) {
		meet(&r[0]);
		memcpy(old[i], r[0].hello, LINK_HELLO_LEN);
		kit_pass(&k, 1000);
	}
	assert_true(hello(&r[0]));
	for (int i = 0; i < 3; i++)
		from_relay(&r[0], 434, old[i], LINK_HELLO_LEN);
	dgramq_clear(&k.tx);
	r[0].version = r[0].entries = 0;
	ping(&r[0]);
	sync_up(&r[0]);
	assert_int_equal(r[0].entries, 1);
	END_RELAYED(k, r, a);
}

/* A round trip longer than a relay's patience: it has said the same once more when the answer comes. */
TEST(a_hello_that_is_said_again_is_answered_with_the_same_welcome)
{
	RELAYED(k, r, a);
	assert_true(hello(&r[0]));
	kit_pass(&k, 1000);
	from_relay(&r[0], 434, r[0].hello, LINK_HELLO_LEN);
	assert_int_equal(k.tx.n_runs, 1);
	dgramq_clear(&k.tx);
	ping(&r[0]);
	sync_up(&r[0]);
	assert_int_equal(r[0].entries, 1);
	assert_true(home_core_relay(k.h, 0).linked);
	END_RELAYED(k, r, a);
}

/* What is too short for an SPI is not looked into for one. */
TEST(short_datagrams_of_a_relay_itself_are_survived)
{
	RELAYED(k, r, a);
	meet(&r[0]);
	for (size_t n = 0; n < 8; n++) {
		uint8_t *exact = malloc(n ? n : 1);
		memset(exact, 0xff, n);
		from_relay(&r[0], 434, exact, n);
		free(exact);
	}
	assert_true(home_core_relay(k.h, 0).linked);
	END_RELAYED(k, r, a);
}

TEST(a_wrong_key2_is_refused_and_said_once)
{
	RELAYED(k, r, a);
	uint8_t auth[LINK_AUTH_LEN];
	key2_set right = r[0].key2;
	r[0].key2 = r[1].key2;
	k.lines[0] = 0;
	for (int i = 0; i < 5; i++) {
		assert_false(hello(&r[0]));
		if (i < 3) /* then the answers are limited */
			assert_true(link_refused_get(k.tx.bytes, k.tx.runs[0].len, auth));
	}
	const char *said = strstr(k.lines, "under another KEY2");
	assert_non_null(said);
	assert_null(strstr(said + 1, "under another KEY2"));
	assert_int_equal(home_core_relay(k.h, 0).refused, 5);
	r[0].key2 = right;
	meet(&r[0]);
	assert_true(home_core_relay(k.h, 0).linked);
	END_RELAYED(k, r, a);
}

TEST(a_silent_relay_is_given_up_and_comes_back)
{
	RELAYED(k, r, a);
	meet(&r[0]);
	kit_pass(&k, 10001);
	assert_false(home_core_relay(k.h, 0).linked);
	kit_add(&k, 5); /* no relay is notified */
	assert_true(home_core_client_remove(k.h, kit_client_conf(5).id));
	meet(&r[0]);
	assert_int_equal(r[0].entries, 1);
	assert_true(home_core_relay(k.h, 0).linked);
	END_RELAYED(k, r, a);
}

TEST(thousands_of_clients_are_sent_in_hundreds_of_messages)
{
	RELAYED(k, r, a);
	enum { MANY = 5000 };
	err e;
	for (uint32_t i = 0; i < MANY; i++) {
		home_client_conf c = { .spi = 0x60000000u + i };
		c.home4 = ip4(192, 168, (uint8_t)(100 + i / 250), (uint8_t)(1 + i % 250));
		memcpy(c.id, &i, sizeof i);
		c.id[15] = 1;
		snprintf(c.nai, sizeof c.nai, "many%u@example.net", i);
		assert_true(home_core_client_put(k.h, &c, NULL, &e));
	}
	meet(&r[0]);
	assert_true(home_core_relay(k.h, 0).has_all_clients);
	assert_int_equal(r[0].entries, MANY + 1);
	assert_true(r[0].messages <= (MANY + 1) / LINK_ENTRIES_MAX + 2);
	END_RELAYED(k, r, a);
}

static void redirect_link_packet(unsigned i, bool larval)
{
	kit k;
	away a;
	relayed r = { .k = &k, .i = i };
	uint8_t packet[256];
	const ip_addr src = ip4(1, 2, 3, 4), dst = ip4(192, 168, 50, 9);

	kit_open(&k);
	for (unsigned n = 0; n < HOME_RELAYS; n++)
		fill_relay(&k.conf.relays[n], (uint8_t)(10 + n));
	k.conf.n_relays = HOME_RELAYS;
	assert_true(home_core_relays_changed(k.h));
	kit_add(&k, 1);
	away_open(&a, &k, 1);
	assert_true(key2_set_derive(k.conf.relays[i].key2, &r.key2));
	if (larval)
		assert_true(hello(&r));
	else
		meet(&r);
	make_ip4(packet + ESP_PAYLOAD_AT, 100, &src, &dst, false);
	size_t len = esp_seal(r.sa->out, packet, 100, ESP_NEXT_IPV4);
	kit_deliver(&k, &a, packet, len);
	assert_int_equal(home_core_counters(k.h).inbound.unknown_spi, 1);
	away_close(&a);
	sa_pair_free(r.sa);
	kit_close(&k);
}

TEST(a_packet_of_a_relays_link_that_comes_from_elsewhere_is_nobodys)
{
	for (unsigned i = 0; i < HOME_RELAYS; i++) {
		redirect_link_packet(i, true);
		redirect_link_packet(i, false);
	}
}

TEST(an_association_goes_on_while_a_hello_offers_another)
{
	RELAYED(k, r, a);
	meet(&r[0]);
	for (int i = 0; i < 3; i++) {
		sa_pair *used = r[0].sa;
		r[0].sa = NULL;
		kit_pass(&k, 1000);
		assert_true(hello(&r[0]));
		sa_pair *offered = r[0].sa;
		r[0].sa = used;
		r[0].entries = 0;
		kit_add(&k, (uint8_t)(2 + i));
		sync_up(&r[0]);
		assert_int_equal(r[0].entries, 1);
		sa_pair_free(used);
		r[0].sa = offered;
		r[0].version = 0;
		ping(&r[0]);
		sync_up(&r[0]);
	}
	END_RELAYED(k, r, a);
}

TEST(a_relay_knows_every_name_of_a_client_that_is_good)
{
	RELAYED(k, r, a);
	meet(&r[0]);
	away_register(&a);
	const uint32_t former = a.spi;
	away_register(&a);
	sync_up(&r[0]);
	assert_int_equal(r[0].last.spis[0], a.conf.spi);
	assert_int_equal(r[0].last.spis[1], a.spi);
	assert_int_equal(r[0].last.spis[2], former);
	END_RELAYED(k, r, a);
}

TEST(a_relay_of_a_home_without_clients_hears_that_there_are_none)
{
	RELAYED(k, r, a);
	assert_true(home_core_client_remove(k.h, a.conf.id));
	meet(&r[0]);
	assert_int_equal(r[0].messages, 1);
	assert_int_equal(r[0].entries, 0);
	assert_true(home_core_relay(k.h, 0).has_all_clients);
	END_RELAYED(k, r, a);
}

TEST(home_has_something_to_do_at_once_when_a_client_changes_or_a_window_opens)
{
	RELAYED(k, r, a);
	enum { MANY = 2000 };
	for (uint32_t i = 0; i < MANY; i++) {
		home_client_conf c = { .spi = 0x60000000u + i, .id = { 1 } };
		c.home4 = ip4(192, 168, (uint8_t)(100 + i / 250), (uint8_t)(1 + i % 250));
		memcpy(c.id + 1, &i, sizeof i);
		assert_true(home_core_client_put(k.h, &c, NULL, NULL));
	}
	assert_true(hello(&r[0]));
	ping(&r[0]);
	assert_int_equal(home_core_next_timer_ms(k.h), 0);
	home_core_tick(k.h, k.now);
	assert_true(home_core_next_timer_ms(k.h) > k.now.ms); /* it waits for acknowledgements */
	hear(&r[0], true);
	assert_int_equal(home_core_next_timer_ms(k.h), 0);
	sync_up(&r[0]);
	assert_true(home_core_next_timer_ms(k.h) > k.now.ms);
	away_register(&a);
	assert_int_equal(home_core_next_timer_ms(k.h), 0);
	sync_up(&r[0]);
	assert_true(home_core_client_remove(k.h, a.conf.id));
	assert_int_equal(home_core_next_timer_ms(k.h), 0);
	sync_up(&r[0]);
	kit_add(&k, 2);
	assert_int_equal(home_core_next_timer_ms(k.h), 0);
	END_RELAYED(k, r, a);
}

TEST(what_finds_no_room_in_the_queue_is_sent_when_there_is)
{
	RELAYED(k, r, a);
	static const uint8_t octets[1400];
	const dgram_route elsewhere = { .to = { .addr = ip4(198, 51, 100, 1), .port = 1 } };
	assert_true(hello(&r[0]));
	ping(&r[0]);
	while (dgramq_put(&k.tx, &elsewhere, octets, sizeof octets))
		;
	home_core_tick(k.h, k.now);
	assert_int_equal(home_core_next_timer_ms(k.h), 0);
	dgramq_clear(&k.tx);
	sync_up(&r[0]);
	assert_int_equal(r[0].entries, 1);
	END_RELAYED(k, r, a);
}

/* From one of a relay's other ports comes what it forwards. */
TEST(hellos_are_heard_from_a_relays_own_port_alone)
{
	RELAYED(k, r, a);
	const uint16_t ports[] = { 1, 433, 435, 65535 };
	assert_true(reg_link_make_offer(&r[0].offer, &r[0].key2, 0x42000000, 0, k.now.ntp));
	for (size_t i = 0; i < COUNT(ports); i++) {
		from_relay(&r[0], ports[i], r[0].offer.hello, LINK_HELLO_LEN);
		assert_int_equal(k.tx.n_runs, 0);
	}
	END_RELAYED(k, r, a);
}

TEST(homes_own_welcome_sent_back_to_it_is_nothing)
{
	RELAYED(k, r, a);
	uint8_t welcome[LINK_HELLO_LEN];
	assert_true(reg_link_make_offer(&r[0].offer, &r[0].key2, 0x42000000, 0, k.now.ntp));
	from_relay(&r[0], 434, r[0].offer.hello, LINK_HELLO_LEN);
	assert_int_equal(k.tx.n_runs, 1);
	memcpy(welcome, k.tx.bytes, sizeof welcome);
	dgramq_clear(&k.tx);
	from_relay(&r[0], 434, welcome, sizeof welcome);
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(home_core_relay(k.h, 0).refused, 0);
	END_RELAYED(k, r, a);
}

/* And a wrong key is reported again once it was right meanwhile. */
TEST(hellos_under_a_wrong_key_are_refused_three_times_at_once_and_once_a_second)
{
	RELAYED(k, r, a);
	const key2_set right = r[0].key2;
	unsigned reports = 0;
	k.lines[0] = 0;
	for (int round = 0; round < 2; round++) {
		r[0].key2 = r[1].key2;
		for (int i = 0; i < 6; i++) {
			assert_false(hello(&r[0]));
			assert_int_equal(k.tx.n_runs, round ? i < 1 : i < 3);
		}
		r[0].key2 = right;
		meet(&r[0]);
		kit_pass(&k, 1000);
	}
	for (const char *p = k.lines; (p = strstr(p, "under another KEY2")); p++)
		reports++;
	assert_int_equal(reports, 2);
	END_RELAYED(k, r, a);
}

/* Pings that home answers; it answers no pong, or the two would never end. */
TEST(a_relay_that_is_heard_keeps_its_link_and_ten_seconds_of_silence_end_it)
{
	RELAYED(k, r, a);
	uint8_t body[32];
	wire_wr w = wire_writer(body, sizeof body);
	meet(&r[0]);
	for (int i = 0; i < 5; i++) {
		kit_pass(&k, 9999);
		assert_true(home_core_relay(k.h, 0).linked);
		dgramq_clear(&k.tx);
		ping(&r[0]);
		assert_int_equal(k.tx.n_runs, 1);
	}
	dgramq_clear(&k.tx);
	link_ping_put(&w, &(link_ping){ LINK_PONG, 7 });
	send_ctl(&r[0], body, wire_len(&w));
	assert_int_equal(k.tx.n_runs, 0);
	home_core_tick(k.h, k.now);
	assert_true(home_core_next_timer_ms(k.h) == k.now.ms + 10000);
	kit_pass(&k, 10000);
	assert_false(home_core_relay(k.h, 0).linked);
	assert_false(home_core_relay(k.h, 0).has_all_clients);
	assert_true(home_core_next_timer_ms(k.h) == UINT64_MAX);
	ping(&r[0]); /* on what it had */
	assert_false(home_core_relay(k.h, 0).linked);
	END_RELAYED(k, r, a);
}

TEST(the_log_says_once_that_a_link_is_up_and_what_stands_by)
{
	RELAYED(k, r, a);
	unsigned up = 0;
	meet(&r[0]);
	kit_pass(&k, 1000);
	meet(&r[0]);
	for (const char *p = k.lines; (p = strstr(p, "link up")); p++)
		up++;
	assert_int_equal(up, 1);
	away_register(&a);
	away_prepare(&a);
	a.q.standby = true;
	a.q.sa.present = false;
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), MIP_ACCEPTED);
	assert_non_null(strstr(k.lines, "client1@example.net standby at"));
	END_RELAYED(k, r, a);
}

RUN(T(a_relay_hears_all_clients_and_every_change), T(what_is_not_acknowledged_is_sent_again),
    T(a_relay_that_was_restarted_hears_all_anew), T(a_replayed_hello_disturbs_nothing),
    T(a_replayed_hello_does_not_get_before_a_true_one),
    T(different_replayed_hellos_do_not_get_before_a_true_one),
    T(a_hello_that_is_said_again_is_answered_with_the_same_welcome),
    T(short_datagrams_of_a_relay_itself_are_survived), T(a_wrong_key2_is_refused_and_said_once),
    T(a_silent_relay_is_given_up_and_comes_back),
    T(thousands_of_clients_are_sent_in_hundreds_of_messages),
    T(a_packet_of_a_relays_link_that_comes_from_elsewhere_is_nobodys),
    T(an_association_goes_on_while_a_hello_offers_another),
    T(a_relay_knows_every_name_of_a_client_that_is_good),
    T(a_relay_of_a_home_without_clients_hears_that_there_are_none),
    T(home_has_something_to_do_at_once_when_a_client_changes_or_a_window_opens),
    T(what_finds_no_room_in_the_queue_is_sent_when_there_is),
    T(hellos_are_heard_from_a_relays_own_port_alone),
    T(homes_own_welcome_sent_back_to_it_is_nothing),
    T(hellos_under_a_wrong_key_are_refused_three_times_at_once_and_once_a_second),
    T(a_relay_that_is_heard_keeps_its_link_and_ten_seconds_of_silence_end_it),
    T(the_log_says_once_that_a_link_is_up_and_what_stands_by))
