/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "relay_kit.h"

enum { OTHER = KIT_PSEUDONYM + 1 };

/* A link, and two clients admitted: both hold the same KEY3. */
static void ready(relay_kit *k)
{
	assert_true(kit_ready(k));
	link_entry e = kit_entry(k);
	e.handle = 8;
	e.spis[0] = OTHER;
	kit_list(k, &e, 1);
	assert_int_equal(kit_status(k).admitted, 2);
}

static reg_key3 key_of(const relay_kit *k, uint32_t spi)
{
	reg_key3 key = kit_first_key(k);

	key.spi = spi;
	return key;
}

/* Sends a request that the relay answers itself; the answer. */
static reg_scan refused(relay_kit *k, uint8_t *p, size_t n)
{
	static kit_message m;
	reg_scan s = { 0 };

	dgramq_clear(&k->in);
	dgramq_clear(&k->out);
	kit_from_client(k, kit_client(1, 5000), p, n);
	assert_int_equal(k->in.n_runs, 0);
	assert_true(kit_take(&k->out, &m) && reg_scan_message(m.p, m.n, &s) && s.is_reply);
	return s;
}

TEST(a_refusal_of_a_stranger_has_the_requests_identification)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];

	ready(&k);
	const reg_key3 none = { 0 };
	size_t n = kit_request(&k, 600, &none, msg);
	reg_scan s = refused(&k, msg, n);
	assert_int_equal(s.reply.code, MIP_FA_MN_FAILED_AUTH);
	assert_true(s.reply.identification == k.id);
	assert_false(s.mobile_foreign.present);
	memset(msg + MIP_REQUEST_LEN, 0x26, 100); /* extensions that overrun */
	s = refused(&k, msg, MIP_REQUEST_LEN + 100);
	assert_int_equal(s.reply.code, MIP_FA_BAD_REQUEST);
	assert_true(s.reply.identification == k.id);
	assert_false(s.mobile_foreign.present);
	assert_int_equal(kit_status(&k).denied_auth, 1);
	assert_int_equal(kit_status(&k).denied_malformed, 1);
	kit_finish(&k);
}

static void ask(relay_kit *k, uint32_t spi)
{
	uint8_t msg[MIP_MAX_MESSAGE];
	const reg_key3 key = key_of(k, spi);
	size_t n = kit_request(k, 600, &key, msg);
	kit_message m;

	dgramq_clear(&k->in);
	kit_from_client(k, kit_client(1, 5000), msg, n);
	assert_true(kit_take(&k->in, &m));
}

/* A NAT gave the address and port of one client to another, and back. */
TEST(an_address_that_passes_to_another_client_gets_another_entry)
{
	relay_kit k;
	kit_message m;
	uint8_t esp[60] = { 0x40, 1, 2, 3 };

	ready(&k);
	uint16_t port = kit_register(&k, kit_client(1, 5000));
	assert_int_equal(kit_status(&k).visitors, 1);
	const uint32_t in_turn[] = { OTHER, KIT_PSEUDONYM, OTHER };
	for (size_t i = 0; i < COUNT(in_turn); i++) {
		kit_later(&k, 1);
		ask(&k, in_turn[i]);
		assert_int_equal(kit_status(&k).visitors, 0);
		assert_int_equal(kit_status(&k).pending, 1);
		dgramq_clear(&k.in);
		kit_from_client(&k, kit_client(1, 5000), esp, sizeof esp);
		assert_int_equal(k.in.n_runs, 0); /* nothing of the former one's goes on */
		dgramq_clear(&k.out);
		kit_from_home(&k, 4500, port, esp, sizeof esp);
		assert_false(kit_take(&k.out, &m));
	}
	kit_finish(&k);
}

TEST(a_reply_under_another_spi_makes_no_visitor)
{
	relay_kit k;
	uint8_t msg[MIP_MAX_MESSAGE];
	kit_message m;

	ready(&k);
	const reg_key3 first = kit_first_key(&k);
	kit_from_client(&k, kit_client(1, 5000), msg, kit_request(&k, 600, &first, msg));
	assert_true(kit_take(&k.in, &m));
	const uint32_t spi = k.key2.spi;
	for (int by = -1; by <= 1; by++) { /* last under the right one */
		k.key2.spi = by < 1 ? spi + (uint32_t)(by < 0 ? -1 : 1) : spi;
		kit_from_home(&k, 4500, m.route.from_port, msg,
			      kit_reply(&k, MIP_ACCEPTED, 600, msg));
		assert_int_equal(kit_status(&k).visitors, by == 1);
	}
	kit_finish(&k);
}

RUN(T(a_refusal_of_a_stranger_has_the_requests_identification),
    T(an_address_that_passes_to_another_client_gets_another_entry),
    T(a_reply_under_another_spi_makes_no_visitor))
