/* SPDX-License-Identifier: MIT */
/* Registrations by relays. */
#include "relayed_kit.h"

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

TEST(of_a_client_that_makes_sure_of_being_at_home_no_relay_is_told)
{
	RELAYED(k, r, a);
	meet(&r[0]);
	for (int n = 0; n < 3; n++) {
		r[0].entries = 0;
		away_prepare(&a);
		a.q.lifetime_s = 0;
		a.q.home_link = true;
		a.q.sa.present = false;
		a.q.care_of = a.conf.home4;
		a.ifindex = KIT_LAN_LINK;
		a.from.addr = ip4(192, 168, 50, 61);
		assert_int_equal(away_ask(&a), MIP_ACCEPTED);
		a.spi = a.r.next_pseudonym;
		dgramq_clear(&k.tx);
		kit_pass(&k, 1000);
		sync_up(&r[0]);
		assert_int_equal(r[0].entries, n == 0); /* its pseudonym, when it came */
	}
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

/* The key is right, its name is not. */
TEST(a_relay_that_vouches_under_another_spi_gets_132)
{
	for (uint32_t i = 0; i < 2; i++) {
		RELAYED(k, r, a);
		key2_registration k2;
		away_build(&a);
		assert_true(reg_derive_key2(&r[0].key2, a.q.pseudonym, a.q.identification, &k2));
		const uint32_t spi = i ? r[0].key2.spi + 1 : r[0].key2.spi - 1;
		a.n = reg_auth_add(a.octets, a.n, sizeof a.octets, MIP_EXT_FOREIGN_HOME, spi,
				   k2.auth);
		dgramq_clear(&k.tx);
		from_relay(&r[0], 2000, a.octets, a.n);
		assert_true(reg_scan_message(k.tx.bytes, k.tx.runs[0].len, &s));
		assert_int_equal(s.reply.code, MIP_HA_FA_FAILED_AUTH);
		END_RELAYED(k, r, a);
	}
}

TEST(a_deregistration_by_a_relay_brings_no_key_and_no_lifetime)
{
	RELAYED(k, r, a);
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), MIP_ACCEPTED);
	a.spi = a.r.next_pseudonym;
	away_prepare(&a);
	a.q.lifetime_s = 0;
	a.q.sa.present = false;
	assert_int_equal(ask_by(&r[0], &a, &r[0].key2, &s, copy), MIP_ACCEPTED);
	assert_int_equal(a.r.key3.spi, 0);
	assert_int_equal(a.r.lifetime_s, 0);
	END_RELAYED(k, r, a);
}

/* What clients can reach of them, and as many as a reply holds. */
TEST(a_reply_names_the_relays_that_clients_can_reach)
{
	kit k;
	away a;

	kit_open(&k);
	for (unsigned i = 0; i < HOME_RELAYS; i++)
		fill_relay(&k.conf.relays[i], (uint8_t)(10 + i));
	k.conf.relays[0].at.addr.len = k.conf.relays[2].at.addr.len = 0;
	k.conf.n_relays = HOME_RELAYS;
	assert_true(home_core_relays_changed(k.h));
	kit_add(&k, 1);
	away_open(&a, &k, 1);
	away_register(&a);
	assert_int_equal(a.r.n_relays, REG_RELAYS);
	assert_string_equal(a.r.relays[0].name, "dmz11");
	assert_string_equal(a.r.relays[1].name, "dmz13");
	assert_string_equal(a.r.relays[2].name, "dmz14");
	assert_string_equal(a.r.relays[3].name, "dmz15");
	END(k, a);
}

RUN(T(a_registration_by_a_relay_is_granted_and_its_reply_signed),
    T(key3_differs_from_registration_to_registration),
    T(a_relay_that_does_not_vouch_rightly_gets_132), T(nobody_vouches_for_what_came_directly),
    T(of_a_client_that_makes_sure_of_being_at_home_no_relay_is_told),
    T(a_standby_is_admitted_and_moves_nothing), T(a_standby_of_nobody_registered_is_refused),
    T(a_standby_that_asks_for_anything_else_makes_no_sense),
    T(a_relay_that_vouches_under_another_spi_gets_132),
    T(a_deregistration_by_a_relay_brings_no_key_and_no_lifetime),
    T(a_reply_names_the_relays_that_clients_can_reach))
