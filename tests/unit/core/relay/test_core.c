/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "base/clock.h"
#include "relay_kit.h"

static void ready(relay_kit *k)
{
	assert_true(kit_ready(k));
	assert_int_equal(kit_status(k).link, RELAY_LINK_UP);
	assert_int_equal(kit_status(k).admitted, 1);
}

static uint8_t esp_packet[60] = { 0x40, 1, 2, 3 };

TEST(a_signed_request_goes_home_with_our_authentication)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];
	kit_message m;
	reg_scan s;
	key2_registration k2;

	ready(&k);
	const reg_key3 first = kit_first_key(&k);
	size_t n = kit_request(&k, 600, &first, msg);
	kit_from_client(&k, kit_client(1, 5000), msg, n);
	assert_true(kit_take(&k.in, &m));
	assert_int_equal(m.route.to.port, 4500);
	assert_true(ip_equal(&m.route.to.addr, &k.conf.home));
	assert_true(ip_equal(&m.route.from, &k.conf.address));
	assert_true(m.route.from_port >= RELAY_PORT_FIRST);
	assert_true(reg_scan_message(m.p, m.n, &s));
	assert_true(s.foreign_home.present && !s.mobile_foreign.present);
	assert_true(reg_verify_mobile_home(&s, &k.keys)); /* the inner message is untouched */
	assert_true(reg_derive_key2(&k.key2, KIT_PSEUDONYM, k.id, &k2));
	assert_true(reg_verify_foreign_home(&s, k2.auth));
	assert_int_equal(kit_status(&k).visitors, 0);
	assert_int_equal(kit_status(&k).pending, 1);
	kit_finish(&k);
}

TEST(homes_consent_makes_a_visitor_and_is_signed_for_the_client)
{
	relay_kit k;
	kit_message m;
	reg_scan s;
	reg_reply r;

	ready(&k);
	assert_true(kit_register(&k, kit_client(1, 5000)) != 0);
	assert_true(kit_take(&k.out, &m));
	assert_true(endpoint_equal(&m.route.to, &(endpoint){ kit_client(1, 5000).addr, 5000, 0 }));
	assert_true(reg_scan_message(m.p, m.n, &s) && !s.foreign_home.present && !s.has_relay_key);
	assert_true(reg_verify_mobile_home(&s, &k.keys) && reg_reply_open(&s, &k.keys, &r));
	assert_memory_equal(r.key3.key, k.session.key, KEY3_LEN);
	assert_int_equal(s.mobile_foreign.spi, k.session.spi);
	assert_true(reg_verify_mobile_foreign(&s, k.session.key));
	assert_int_equal(kit_status(&k).visitors, 1);
	kit_finish(&k);
}

TEST(a_visitors_packets_pass_both_ways_untouched)
{
	relay_kit k;
	kit_message m;

	ready(&k);
	uint16_t port = kit_register(&k, kit_client(1, 5000));
	dgramq_clear(&k.out);
	kit_from_client(&k, kit_client(1, 5000), esp_packet, sizeof esp_packet);
	assert_true(kit_take(&k.in, &m));
	assert_int_equal(m.route.from_port, port);
	assert_memory_equal(m.p, esp_packet, sizeof esp_packet);
	kit_from_home(&k, 4500, port, esp_packet, sizeof esp_packet);
	assert_true(kit_take(&k.out, &m));
	assert_int_equal(m.route.to.port, 5000);
	assert_memory_equal(m.p, esp_packet, sizeof esp_packet);
	kit_finish(&k);
}

TEST(of_homes_own_messages_a_visitor_gets_unknown_spi_alone)
{
	relay_kit k;
	kit_message m;
	uint8_t own[] = { CTL_UNKNOWN_SPI, 0, 0, 0, 1, 2, 3, 4 };

	ready(&k);
	uint16_t port = kit_register(&k, kit_client(1, 5000));
	dgramq_clear(&k.out);
	kit_from_home(&k, 4500, port, own, sizeof own);
	assert_true(kit_take(&k.out, &m));
	assert_int_equal(m.n, sizeof own);
	own[0]++;
	kit_from_home(&k, 4500, port, own, sizeof own);
	assert_false(kit_take(&k.out, &m));
	kit_finish(&k);
}

typedef struct listed {
	relay_visitor_status v[4];
	unsigned n;
} listed;

static void list_one(void *ctx, const relay_visitor_status *v)
{
	listed *l = ctx;

	assert_true(l->n < COUNT(l->v));
	l->v[l->n++] = *v;
}

TEST(visitors_are_listed_with_their_ports_time_and_traffic)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];
	listed l = { 0 };

	ready(&k);
	uint16_t port = kit_register(&k, kit_client(1, 5000));
	kit_later(&k, 500);
	const reg_key3 first = kit_first_key(&k);
	kit_from_client(&k, kit_client(2, 5000), msg,
			kit_request(&k, 600, &first, msg)); /* pending */
	kit_from_client(&k, kit_client(1, 5000), esp_packet, sizeof esp_packet);
	kit_from_home(&k, 4500, port, esp_packet, sizeof esp_packet - 4);
	relay_core_each_visitor(k.r, k.now, list_one, &l);
	assert_int_equal(l.n, 1);
	assert_true(
		endpoint_equal(&l.v[0].client, &(endpoint){ kit_client(1, 5000).addr, 5000, 0 }));
	assert_int_equal(l.v[0].port, port);
	assert_int_equal(l.v[0].lifetime_s, 599);
	assert_int_equal(l.v[0].up_bytes, sizeof esp_packet);
	assert_int_equal(l.v[0].down_bytes, sizeof esp_packet - 4);
	const relay_status s = kit_status(&k);
	assert_int_equal(s.up_packets, 1);
	assert_int_equal(s.up_bytes, sizeof esp_packet);
	assert_int_equal(s.down_packets, 1);
	assert_int_equal(s.down_bytes, sizeof esp_packet - 4);
	assert_int_equal(s.accepted, 1);
	kit_finish(&k);
}

TEST(strangers_packets_go_nowhere_and_get_eight_octets)
{
	relay_kit k;
	kit_message m;

	ready(&k);
	kit_register(&k, kit_client(1, 5000));
	dgramq_clear(&k.out);
	kit_from_client(&k, kit_client(1, 5001), esp_packet, sizeof esp_packet);
	kit_from_client(&k, kit_client(2, 5000), esp_packet, sizeof esp_packet);
	assert_int_equal(k.in.n_runs, 0);
	assert_true(kit_take(&k.out, &m));
	assert_int_equal(m.n, 8);
	assert_int_equal(m.p[0], CTL_UNKNOWN_VISITOR);
	kit_from_home(&k, 4500, 3333, esp_packet, sizeof esp_packet); /* a port of nobody's */
	assert_int_equal(k.out.n_runs, 0);
	kit_finish(&k);
}

static void refused(relay_kit *k, const char *what, uint8_t *p, size_t n, unsigned code)
{
	kit_message m;

	dgramq_clear(&k->out);
	dgramq_clear(&k->in);
	kit_from_client(k, kit_client(9, 5000), p, n);
	if (k->in.n_runs)
		fail_msg("%s: went inwards", what);
	if (!kit_take(&k->out, &m) || m.p[0] != 3 || m.p[1] != code || m.n > n)
		fail_msg("%s: not refused with %u", what, code);
}

TEST(what_is_not_signed_rightly_does_not_go_inwards)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];

	ready(&k);
	reg_key3 wrong = kit_first_key(&k), unknown = wrong, none = { 0 }, right = wrong;
	wrong.key[0] ^= 1;
	unknown.spi++;
	refused(&k, "a wrong key", msg, kit_request(&k, 600, &wrong, msg), 67);
	refused(&k, "an unknown SPI", msg, kit_request(&k, 600, &unknown, msg), 67);
	refused(&k, "no signature", msg, kit_request(&k, 600, &none, msg), 67);
	size_t n = kit_request(&k, 600, &right, msg);
	msg[3] ^= 1;
	refused(&k, "a changed lifetime", msg, n, 67);
	memset(msg + 24, 0x26, 100); /* extensions that overrun */
	refused(&k, "malformed extensions", msg, 124, 70);
	assert_int_equal(kit_status(&k).pending, 0);
	kit_finish(&k);
}

/* What is not accepted is home's to judge: a relay neither has a clock for it nor states a time. */
TEST(what_home_has_accepted_never_passes_again_and_nothing_is_said_of_it)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE], reply[MIP_MAX_MESSAGE];
	kit_message m;

	ready(&k);
	const reg_key3 first = kit_first_key(&k);
	size_t n = kit_request(&k, 600, &first, msg);
	for (int i = 0; i < 2; i++) {
		kit_from_client(&k, kit_client(1, 5000), msg, n);
		assert_true(kit_take(&k.in, &m));
	}
	size_t granted = kit_reply(&k, MIP_ACCEPTED, 600, reply);
	kit_from_home(&k, 4500, m.route.from_port, reply, granted);
	assert_int_equal(kit_status(&k).visitors, 1);
	dgramq_clear(&k.out);
	kit_from_client(&k, kit_client(1, 5000), msg, n);
	assert_int_equal(k.in.n_runs, 0);
	assert_int_equal(k.out.n_runs, 0);
	assert_int_equal(kit_status(&k).denied_replay, 1);
	kit_finish(&k);
}

TEST(an_identification_that_home_refused_is_not_used_up)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];
	kit_message m;

	ready(&k);
	const reg_key3 first = kit_first_key(&k);
	k.now.ntp += 3600ull << 32; /* the client's clock is an hour fast */
	size_t n = kit_request(&k, 600, &first, msg);
	kit_from_client(&k, kit_client(1, 5000), msg, n);
	assert_true(kit_take(&k.in, &m));
	k.now.ntp -= 3600ull << 32;
	n = kit_request(&k, 600, &first, msg);
	kit_from_client(&k, kit_client(1, 5000), msg, n);
	assert_true(kit_take(&k.in, &m));
	kit_finish(&k);
}

TEST(homes_list_has_which_identifications_are_used_up)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];

	ready(&k);
	const reg_key3 first = kit_first_key(&k);
	size_t n = kit_request(&k, 600, &first, msg);
	link_entry e = kit_entry(&k);
	e.last_id = k.id; /* it came to home by another path */
	kit_list(&k, &e, 1);
	kit_from_client(&k, kit_client(1, 5000), msg, n);
	assert_int_equal(k.in.n_runs, 0);
	assert_int_equal(k.out.n_runs, 0);
	kit_finish(&k);
}

TEST(a_question_for_homes_time_passes_whatever_its_identification)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];
	kit_message m;

	ready(&k);
	const reg_key3 first = kit_first_key(&k);
	link_entry e = kit_entry(&k);
	e.last_id = UINT64_MAX;
	kit_list(&k, &e, 1);
	size_t n = kit_question(&k, &first, msg);
	kit_from_client(&k, kit_client(1, 5000), msg, n);
	assert_true(kit_take(&k.in, &m));
	kit_finish(&k);
}

TEST(forged_replies_make_no_visitor)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE], good[MIP_MAX_MESSAGE];
	kit_message m;

	ready(&k);
	const reg_key3 first = kit_first_key(&k);
	kit_from_client(&k, kit_client(1, 5000), msg, kit_request(&k, 600, &first, msg));
	assert_true(kit_take(&k.in, &m));
	size_t n = kit_reply(&k, MIP_ACCEPTED, 600, good);
	for (size_t i = 0; i < n; i += 3) {
		memcpy(msg, good, n);
		msg[i] ^= 0x20;
		kit_from_home(&k, 4500, m.route.from_port, msg, n);
		assert_int_equal(kit_status(&k).visitors, 0);
	}
	k.id ^= 0x1000; /* an answer to another request */
	n = kit_reply(&k, MIP_ACCEPTED, 600, msg);
	kit_from_home(&k, 4500, m.route.from_port, msg, n);
	assert_int_equal(kit_status(&k).visitors, 0);
	assert_true(kit_status(&k).bad_replies > 50);
	assert_int_equal(k.out.n_runs, 0);
	kit_finish(&k);
}

TEST(only_home_is_believed_to_be_home)
{
	relay_kit k;

	ready(&k);
	uint16_t port = kit_register(&k, kit_client(1, 5000));
	dgramq_clear(&k.out);
	const dgram_in d = { .from = { .addr = ip4(192, 168, 60, 66), .port = 4500 },
			     .local = k.conf.address,
			     .local_port = port,
			     .p = esp_packet,
			     .n = sizeof esp_packet };
	relay_core_from_home(k.r, k.now, &d);
	assert_int_equal(k.out.n_runs, 0);
	assert_int_equal(kit_status(&k).not_from_home, 1);
	kit_finish(&k);
}

TEST(two_behind_one_nat_have_two_ports)
{
	relay_kit k;

	ready(&k);
	uint16_t a = kit_register(&k, kit_client(1, 5000));
	kit_later(&k, 10);
	uint16_t b = kit_register(&k, kit_client(1, 5001));
	assert_true(a && b && a != b);
	assert_int_equal(kit_status(&k).visitors, 2);
	kit_finish(&k);
}

TEST(a_client_has_four_entries_at_most)
{
	relay_kit k;
	kit_message m;

	ready(&k);
	for (uint16_t i = 0; i < 6; i++) {
		kit_later(&k, 10);
		assert_true(kit_register(&k, kit_client(1, 5000 + i)) != 0);
		assert_true(kit_status(&k).visitors <= 4);
		dgramq_clear(&k.out);
	}
	kit_from_client(&k, kit_client(1, 5000), esp_packet,
			sizeof esp_packet); /* the first is gone */
	assert_int_equal(k.in.n_runs, 0);
	kit_from_client(&k, kit_client(1, 5005), esp_packet, sizeof esp_packet);
	assert_true(kit_take(&k.in, &m));
	kit_finish(&k);
}

TEST(an_entry_lives_as_long_as_the_registration_and_its_port_rests)
{
	relay_kit k;

	ready(&k);
	uint16_t port = kit_register(&k, kit_client(1, 5000));
	for (int i = 0; i < 604; i++)
		kit_later(&k, 1000);
	assert_int_equal(kit_status(&k).visitors, 1);
	kit_later(&k, 1100);
	assert_int_equal(kit_status(&k).visitors, 0);
	dgramq_clear(&k.in);
	dgramq_clear(&k.out);
	for (int i = 0; i < 50; i++) {
		kit_later(&k, 10);
		dgramq_clear(&k.in);
		assert_int_not_equal(kit_register(&k, kit_client(1, 5000)), port);
		dgramq_clear(&k.out);
	}
	kit_finish(&k);
}

TEST(deregistration_ends_the_entry_and_a_refusal_a_pending_one)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];
	kit_message m;

	ready(&k);
	uint16_t port = kit_register(&k, kit_client(1, 5000));
	dgramq_clear(&k.out);
	kit_later(&k, 10);
	dgramq_clear(&k.in);
	kit_from_client(&k, kit_client(1, 5000), msg, kit_request(&k, 0, &k.session, msg));
	assert_true(kit_take(&k.in, &m));
	assert_int_equal(m.route.from_port, port);
	kit_from_home(&k, 4500, port, msg, kit_reply(&k, MIP_ACCEPTED, 0, msg));
	assert_true(kit_take(&k.out, &m)); /* the client gets it all the same */
	assert_int_equal(kit_status(&k).visitors, 0);
	kit_later(&k, 10);
	dgramq_clear(&k.in);
	const reg_key3 first = kit_first_key(&k);
	kit_from_client(&k, kit_client(1, 5000), msg, kit_request(&k, 600, &first, msg));
	assert_true(kit_take(&k.in, &m));
	kit_from_home(&k, 4500, m.route.from_port, msg, kit_reply(&k, MIP_HA_PROHIBITED, 0, msg));
	assert_int_equal(kit_status(&k).pending, 0);
	kit_finish(&k);
}

TEST(a_client_gets_78_when_home_is_silent)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];
	kit_message m;
	reg_scan s, asked;

	ready(&k);
	const reg_key3 first = kit_first_key(&k);
	size_t n = kit_request(&k, 600, &first, msg);
	assert_true(reg_scan_message(msg, n, &asked));
	const ip_addr agent = asked.request.home_agent;
	kit_from_client(&k, kit_client(1, 5000), msg, n);
	kit_later(&k, 5999);
	assert_int_equal(k.out.n_runs, 0);
	kit_later(&k, 2);
	assert_true(kit_take(&k.out, &m) && reg_scan_message(m.p, m.n, &s));
	assert_int_equal(s.reply.code, MIP_FA_TIMEOUT);
	assert_true(ip_equal(&s.reply.home_agent, &agent));
	assert_true(reg_verify_mobile_foreign(&s, k.key3));
	assert_int_equal(kit_status(&k).pending, 0);
	kit_finish(&k);
}

/* Of two requests home refuses one; the other is lost. */
TEST(an_entry_whose_other_request_was_refused_waits_no_longer_than_another)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];
	kit_message m;
	reg_scan s;

	ready(&k);
	const reg_key3 first = kit_first_key(&k);
	kit_from_client(&k, kit_client(1, 5000), msg, kit_request(&k, 600, &first, msg));
	uint64_t lost = k.id;
	kit_from_client(&k, kit_client(1, 5000), msg, kit_request(&k, 600, &first, msg));
	assert_true(kit_take(&k.in, &m));
	kit_from_home(&k, 4500, m.route.from_port, msg, kit_reply(&k, MIP_HA_PROHIBITED, 0, msg));
	assert_int_equal(kit_status(&k).pending, 1);
	dgramq_clear(&k.out);
	kit_later(&k, 6001);
	assert_int_equal(kit_status(&k).pending, 0);
	assert_true(kit_take(&k.out, &m) && reg_scan_message(m.p, m.n, &s));
	assert_int_equal(s.reply.code, MIP_FA_TIMEOUT);
	assert_true(s.reply.identification == lost);
	kit_finish(&k);
}

static void admit_many(relay_kit *k, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		link_entry e = kit_entry(k);
		e.handle = 100 + i;
		e.spis[0] = KIT_PSEUDONYM + 100 + i;
		kit_list(k, &e, 1);
	}
}

TEST(in_a_full_table_the_oldest_pending_entry_goes_and_a_visitor_never)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];
	kit_message m;

	assert_true(kit_start(&k));
	k.conf.max_visitors = 3;
	relay_core_tick(k.r, k.now);
	assert_true(kit_welcome(&k));
	link_entry e = kit_entry(&k);
	kit_list(&k, &e, 1);
	admit_many(&k, 8);
	assert_true(kit_register(&k, kit_client(1, 5000)) != 0);
	reg_key3 other = kit_first_key(&k);
	for (uint16_t i = 0; i < 8; i++) {
		other.spi = KIT_PSEUDONYM + 100 + i;
		kit_later(&k, 1);
		dgramq_clear(&k.in);
		kit_from_client(&k, kit_client(2, 6000 + i), msg,
				kit_request(&k, 600, &other, msg));
		assert_true(kit_take(&k.in, &m)); /* each finds room */
		assert_true(kit_status(&k).visitors == 1 && kit_status(&k).pending <= 2);
	}
	kit_finish(&k);
}

TEST(when_all_are_registered_a_newcomer_gets_66)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];

	assert_true(kit_start(&k));
	k.conf.max_visitors = 1;
	relay_core_tick(k.r, k.now);
	assert_true(kit_welcome(&k));
	link_entry e = kit_entry(&k);
	kit_list(&k, &e, 1);
	admit_many(&k, 1);
	assert_true(kit_register(&k, kit_client(1, 5000)) != 0);
	reg_key3 other = kit_first_key(&k);
	other.spi = KIT_PSEUDONYM + 100;
	kit_later(&k, 10);
	dgramq_clear(&k.in);
	refused(&k, "a newcomer", msg, kit_request(&k, 600, &other, msg), 66);
	assert_int_equal(kit_status(&k).visitors, 1);
	kit_finish(&k);
}

TEST(a_client_that_home_removes_is_gone_at_once)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];

	ready(&k);
	assert_true(kit_register(&k, kit_client(1, 5000)) != 0);
	link_entry e = kit_entry(&k);
	e.flags = LINK_ENTRY_REMOVED;
	kit_list(&k, &e, 1);
	assert_int_equal(kit_status(&k).visitors, 0);
	assert_int_equal(kit_status(&k).admitted, 0);
	const reg_key3 first = kit_first_key(&k);
	refused(&k, "the removed client", msg, kit_request(&k, 600, &first, msg), 67);
	kit_finish(&k);
}

TEST(a_list_begun_again_drops_who_is_not_in_it_and_keeps_visitors_who_are)
{
	relay_kit k;

	ready(&k);
	admit_many(&k, 3);
	assert_int_equal(kit_status(&k).admitted, 4);
	assert_true(kit_register(&k, kit_client(1, 5000)) != 0);
	for (int i = 0; i < 5; i++) /* home is silent, then there again */
		kit_later(&k, 1000);
	assert_int_equal(kit_status(&k).admitted, 4);
	dgramq_clear(&k.in);
	kit_later(&k, 1000);
	assert_true(kit_welcome(&k));
	link_entry e = kit_entry(&k);
	kit_list(&k, &e, 1);
	assert_int_equal(kit_status(&k).admitted, 1);
	assert_int_equal(kit_status(&k).visitors, 1);
	kit_finish(&k);
}

TEST(a_refused_hello_is_logged_once_and_repeated)
{
	relay_kit k;
	kit_message m;
	link_hello hello;
	uint8_t msg[LINK_REFUSED_LEN];

	assert_true(kit_start(&k));
	for (int i = 0; i < 5; i++) {
		kit_later(&k, 1000);
		assert_true(kit_take(&k.in, &m) && link_hello_get(m.p, m.n, &hello));
		wire_wr w = wire_writer(msg, sizeof msg);
		link_refused_put(&w, hello.auth.p);
		kit_from_home(&k, 434, 434, msg, wire_len(&w));
	}
	assert_int_equal(k.lines, 1);
	memset(msg + 8, 0, LINK_AUTH_LEN); /* of nobody's hello: not even worth a line */
	kit_from_home(&k, 434, 434, msg, sizeof msg);
	assert_int_equal(k.lines, 1);
	kit_finish(&k);
}

TEST(refusals_and_hints_are_limited)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];
	unsigned answers = 0;

	ready(&k);
	const reg_key3 none = { 0 };
	size_t n = kit_request(&k, 600, &none, msg);
	for (int i = 0; i < 2000; i++) {
		kit_from_client(&k, kit_client(3, 7000), msg, n);
		answers += k.out.n_runs;
		dgramq_clear(&k.out);
	}
	assert_in_range(answers, 1, 400);
	for (int later = 0; later < 2; later++) {
		answers = 0;
		for (int i = 0; i < 5000; i++) {
			kit_from_client(&k, kit_client(3, 7000), esp_packet, sizeof esp_packet);
			answers += k.out.n_runs;
			dgramq_clear(&k.out);
		}
		assert_int_equal(answers, later ? 1000 : 2000);
		kit_later(&k, 500);
		dgramq_clear(&k.out);
	}
	kit_finish(&k);
}

TEST(refused_strangers_are_logged_twenty_times_and_then_twice_a_second)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];

	ready(&k);
	const reg_key3 none = { 0 };
	size_t n = kit_request(&k, 600, &none, msg);
	unsigned before = k.lines;
	for (int i = 0; i < 100; i++)
		kit_from_client(&k, kit_client(3, 7000), msg, n);
	assert_int_equal(k.lines - before, 20);
	k.now.ms += 1000;
	for (int i = 0; i < 100; i++)
		kit_from_client(&k, kit_client(3, 7000), msg, n);
	assert_int_equal(k.lines - before, 22);
	kit_finish(&k);
}

RUN(T(a_signed_request_goes_home_with_our_authentication),
    T(homes_consent_makes_a_visitor_and_is_signed_for_the_client),
    T(a_visitors_packets_pass_both_ways_untouched),
    T(of_homes_own_messages_a_visitor_gets_unknown_spi_alone),
    T(visitors_are_listed_with_their_ports_time_and_traffic),
    T(strangers_packets_go_nowhere_and_get_eight_octets),
    T(what_is_not_signed_rightly_does_not_go_inwards),
    T(what_home_has_accepted_never_passes_again_and_nothing_is_said_of_it),
    T(an_identification_that_home_refused_is_not_used_up),
    T(a_question_for_homes_time_passes_whatever_its_identification),
    T(homes_list_has_which_identifications_are_used_up), T(forged_replies_make_no_visitor),
    T(only_home_is_believed_to_be_home), T(two_behind_one_nat_have_two_ports),
    T(a_client_has_four_entries_at_most),
    T(an_entry_lives_as_long_as_the_registration_and_its_port_rests),
    T(deregistration_ends_the_entry_and_a_refusal_a_pending_one),
    T(a_client_gets_78_when_home_is_silent),
    T(an_entry_whose_other_request_was_refused_waits_no_longer_than_another),
    T(in_a_full_table_the_oldest_pending_entry_goes_and_a_visitor_never),
    T(when_all_are_registered_a_newcomer_gets_66), T(a_client_that_home_removes_is_gone_at_once),
    T(a_list_begun_again_drops_who_is_not_in_it_and_keeps_visitors_who_are),
    T(a_refused_hello_is_logged_once_and_repeated), T(refusals_and_hints_are_limited),
    T(refused_strangers_are_logged_twenty_times_and_then_twice_a_second))
