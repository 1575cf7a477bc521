/* SPDX-License-Identifier: MIT */
/* Registrations by relays, and what home sends to relays. */
#include "relayed_kit.h"

enum { RELAY_SPI = 0x33000001 };

static void send_ctl(relayed *r, const uint8_t *body, size_t n)
{
	dgramq q;
	const dgram_route to = { 0 };

	assert_true(dgramq_init(&q));
	uint8_t *at = reg_link_reserve(&q, n);
	memcpy(at, body, n);
	assert_true(reg_link_commit(&q, &to, r->sa, 0, at, n));
	from_relay(r, 434, q.bytes + q.runs[0].at, q.runs[0].len);
	dgramq_free(&q);
}

static void ack(relayed *r)
{
	uint8_t body[16];
	wire_wr w = wire_writer(body, sizeof body);

	link_ack_put(&w, r->version);
	send_ctl(r, body, wire_len(&w));
}

static bool take_admit(relayed *r, wire_bytes body)
{
	wire_rd rd = wire_reader(body.p, body.n);
	link_admit m;

	if (!link_admit_get(&rd, &m))
		return false;
	r->messages++;
	for (unsigned i = 0; i < m.count; i++) {
		assert_true(link_entry_get(&rd, &r->last));
		r->entries++;
		r->removed += (r->last.flags & LINK_ENTRY_REMOVED) != 0;
	}
	assert_true(m.from <= r->version);
	r->version = m.to;
	r->all = m.flags & LINK_COMPLETE;
	return true;
}

/* Reads what home queued for this relay itself; acknowledges if wanted. */
static unsigned hear(relayed *r, bool acknowledge)
{
	static uint8_t copy[DGRAMQ_BYTES];
	dgramq *q = &r->k->tx;
	dgram_run runs[DGRAMQ_RUNS];
	unsigned n_runs = q->n_runs, heard = 0;

	memcpy(copy, q->bytes, q->used);
	memcpy(runs, q->runs, sizeof runs);
	dgramq_clear(q);
	for (unsigned i = 0; i < n_runs; i++)
		for (uint32_t at = 0; at < runs[i].len; at += runs[i].seg) {
			uint32_t left = runs[i].len - at;
			wire_bytes body;
			if (runs[i].route.sock != DGRAM_RELAY + r->i ||
			    !reg_link_open(r->sa, 0, copy + runs[i].at + at,
					   left < runs[i].seg ? left : runs[i].seg, &body))
				continue;
			heard += take_admit(r, body);
			if (acknowledge)
				ack(r);
		}
	return heard;
}

static bool hello(relayed *r)
{
	uint8_t out[LINK_HELLO_LEN];
	link_hello m;
	static uint32_t spi = 0x41000000;

	assert_true(reg_link_make_offer(&r->offer, ++spi));
	size_t n = reg_link_build_hello(&r->key2, &r->offer, r->k->now.ntp, out);
	dgramq_clear(&r->k->tx);
	from_relay(r, 434, out, n);
	if (r->k->tx.n_runs != 1 || !link_hello_get(r->k->tx.bytes, r->k->tx.runs[0].len, &m))
		return false;
	sa_pair_free(r->sa);
	dgramq_clear(&r->k->tx);
	r->sa = reg_link_take_welcome(&r->key2, &r->offer, &m, r->k->now.ms);
	return r->sa != NULL;
}

static void ping(relayed *r)
{
	uint8_t body[32];
	wire_wr w = wire_writer(body, sizeof body);

	link_ping_put(&w, &(link_ping){ LINK_PING, 7 });
	send_ctl(r, body, wire_len(&w));
}

/* Until home has nothing more to say. */
static void sync_up(relayed *r)
{
	for (int i = 0; i < 2000; i++) {
		home_core_tick(r->k->h, r->k->now);
		if (!hear(r, true))
			break;
	}
}

static void meet(relayed *r)
{
	assert_true(hello(r));
	r->version = 0;
	r->entries = r->messages = 0;
	ping(r);
	sync_up(r);
}

static bool signed_by_home(const relayed *r, const away *a, const reg_scan *s, reg_key3 *k3)
{
	key2_registration k2;

	assert_true(reg_derive_key2(&r->key2, a->q.pseudonym, a->q.identification, &k2));
	return reg_verify_foreign_home(s, k2.auth) && (!k3 || reg_relay_key_get(s, &k2, k3));
}

TEST(a_registration_by_a_relay_is_granted_and_its_reply_signed)
{
	RELAYED(k, r, a);
	reg_key3 relays = { 0 };
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), MIP_ACCEPTED);
	assert_true(signed_by_home(&r[0], &a, &s, &relays));
	assert_true(a.r.key3.spi >= 256);
	assert_memory_equal(&relays, &a.r.key3, sizeof relays); /* the same for both */
	assert_int_equal(kit_status(&k).last.relay, 0);
	assert_int_equal(a.r.n_relays, 2);
	assert_string_equal(a.r.relays[1].name, "dmz11");
	END_RELAYED(k, r, a);
}

TEST(key3_differs_from_registration_to_registration)
{
	RELAYED(k, r, a);
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), MIP_ACCEPTED);
	reg_key3 first = a.r.key3;
	kit_pass(&k, 1000);
	away_prepare(&a);
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), MIP_ACCEPTED);
	assert_memory_not_equal(first.key, a.r.key3.key, KEY3_LEN);
	assert_int_not_equal(first.spi, a.r.key3.spi);
	END_RELAYED(k, r, a);
}

TEST(a_relay_that_does_not_vouch_rightly_gets_132)
{
	RELAYED(k, r, a);
	key2_set none = r[0].key2;
	none.spi = 0;
	assert_int_equal(ask_by(&r[0], &a, &r[1].key2, &s, copy), MIP_HA_FA_FAILED_AUTH);
	away_prepare(&a);
	assert_int_equal(ask_by(&r[0], &a, &none, &s, copy), MIP_HA_FA_FAILED_AUTH);
	away_prepare(&a);
	assert_int_equal(ask_by(&r[1], &a, &r[0].key2, &s, copy), MIP_HA_FA_FAILED_AUTH);
	assert_int_equal(kit_status(&k).n, 0);
	END_RELAYED(k, r, a);
}

TEST(nobody_vouches_for_what_came_directly)
{
	RELAYED(k, r, a);
	key2_registration k2;
	away_build(&a);
	assert_true(reg_derive_key2(&r[0].key2, a.q.pseudonym, a.q.identification, &k2));
	a.n = reg_auth_add(a.octets, a.n, sizeof a.octets, MIP_EXT_FOREIGN_HOME, r[0].key2.spi,
			   k2.auth);
	kit_deliver(&k, &a, a.octets, a.n);
	assert_true(reg_scan_message(k.tx.bytes, k.tx.runs[0].len, &s));
	assert_int_equal(s.reply.code, MIP_HA_FA_FAILED_AUTH);
	END_RELAYED(k, r, a);
}

TEST(a_standby_is_admitted_and_moves_nothing)
{
	RELAYED(k, r, a);
	away_build(&a);
	kit_deliver(&k, &a, a.octets, a.n); /* registered directly */
	assert_int_equal(kit_status(&k).last.relay, -1);
	kit_pass(&k, 1000);
	away_prepare(&a);
	a.q.standby = true;
	a.q.sa.present = false;
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), MIP_ACCEPTED);
	assert_true(a.r.key3.spi && a.r.lifetime_s > 0);
	assert_true(signed_by_home(&r[0], &a, &s, NULL));
	assert_int_equal(kit_status(&k).last.relay, -1);
	assert_int_equal(kit_status(&k).last.handovers, 0);
	END_RELAYED(k, r, a);
}

TEST(a_standby_of_nobody_registered_is_refused)
{
	RELAYED(k, r, a);
	a.q.standby = true;
	a.q.sa.present = false;
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), MIP_HA_UNSPECIFIED);
	assert_true(signed_by_home(&r[0], &a, &s, NULL)); /* refusals too */
	END_RELAYED(k, r, a);
}

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
	uint8_t old[LINK_HELLO_LEN];
	meet(&r[0]);
	size_t n = reg_link_build_hello(&r[0].key2, &r[0].offer, k.now.ntp, old);
	for (int i = 0; i < 5; i++)
		from_relay(&r[0], 434, old, n);
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
	size_t n = reg_link_build_hello(&r[0].key2, &r[0].offer, k.now.ntp, old);
	kit_pass(&k, 5000);
	assert_true(hello(&r[0]));
	for (int i = 0; i < 3; i++)
		from_relay(&r[0], 434, old, n);
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
	size_t n = 0;

	for (int i = 0; i < 3; i++) {
		meet(&r[0]);
		n = reg_link_build_hello(&r[0].key2, &r[0].offer, k.now.ntp, old[i]);
		kit_pass(&k, 1000);
	}
	assert_true(hello(&r[0]));
	for (int i = 0; i < 3; i++)
		from_relay(&r[0], 434, old[i], n);
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
	uint8_t again[LINK_HELLO_LEN];
	assert_true(hello(&r[0]));
	kit_pass(&k, 1000);
	size_t n = reg_link_build_hello(&r[0].key2, &r[0].offer, k.now.ntp, again);
	from_relay(&r[0], 434, again, n);
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
	uint8_t nonce[LINK_NONCE_LEN];
	key2_set right = r[0].key2;
	r[0].key2 = r[1].key2;
	k.lines[0] = 0;
	for (int i = 0; i < 5; i++) {
		assert_false(hello(&r[0]));
		if (i < 3) /* then the answers are limited */
			assert_true(link_refused_get(k.tx.bytes, k.tx.runs[0].len, nonce));
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

TEST(a_standby_that_asks_for_anything_else_makes_no_sense)
{
	for (unsigned ends = 0; ends < 2; ends++) {
		RELAYED(k, r, a);
		away_build(&a);
		kit_deliver(&k, &a, a.octets, a.n);
		kit_pass(&k, 1000);
		away_prepare(&a);
		a.q.standby = true;
		a.q.sa.present = !ends; /* an offer is for a binding */
		a.q.lifetime_s = ends ? 0 : 300;
		assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), MIP_HA_BAD_REQUEST);
		END_RELAYED(k, r, a);
	}
}

RUN(T(a_standby_that_asks_for_anything_else_makes_no_sense),
    T(a_packet_of_a_relays_link_that_comes_from_elsewhere_is_nobodys),
    T(a_registration_by_a_relay_is_granted_and_its_reply_signed),
    T(key3_differs_from_registration_to_registration),
    T(a_relay_that_does_not_vouch_rightly_gets_132), T(nobody_vouches_for_what_came_directly),
    T(a_standby_is_admitted_and_moves_nothing), T(a_standby_of_nobody_registered_is_refused),
    T(a_relay_hears_all_clients_and_every_change), T(what_is_not_acknowledged_is_sent_again),
    T(a_relay_that_was_restarted_hears_all_anew), T(a_replayed_hello_disturbs_nothing),
    T(a_replayed_hello_does_not_get_before_a_true_one),
    T(different_replayed_hellos_do_not_get_before_a_true_one),
    T(a_hello_that_is_said_again_is_answered_with_the_same_welcome),
    T(short_datagrams_of_a_relay_itself_are_survived), T(a_wrong_key2_is_refused_and_said_once),
    T(a_silent_relay_is_given_up_and_comes_back),
    T(thousands_of_clients_are_sent_in_hundreds_of_messages))
