/* SPDX-License-Identifier: MIT */
/* Registrations: every code of a refusal, replays, pseudonyms, durability. */
#include "home_kit.h"

TEST(a_registration_is_granted_within_limits_and_says_all_it_should)
{
	SCENE_PREPARED(k, a);

	a.q.lifetime_s = 9000;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(a.r.lifetime_s, 600);
	assert_true(ip_equal(&a.r.home4, &a.conf.home4));
	assert_int_equal(a.r.network4.bits, 24);
	assert_true(ip_equal(&a.r.home_lan, &k.conf.home_lan4));
	assert_true(endpoint_equal(&a.r.observed, &a.from));
	assert_true(a.r.udp_tunnel);
	assert_int_equal(a.r.keepalive_s, 0); /* no NAT: its care-of address is its source */
	assert_true(a.r.next_pseudonym >= ESP_MIN_SPI && a.r.next_pseudonym != a.conf.spi);
	away_derive(&a);
	assert_int_equal(k.away, 1);
	assert_true(ip_equal(&k.attracted, &a.conf.home4));
	kit_bindings b = kit_status(&k);
	assert_int_equal(b.n, 1);
	assert_false(b.last.nat);
	END(k, a);
}

TEST(the_reply_has_both_home_networks_and_both_addresses)
{
	SCENE_PREPARED(k, a);

	prefix_parse("2001:db8:50::/64", &k.conf.network6);
	a.conf.home6 = k.conf.network6.addr;
	a.conf.home6.b[15] = 101;
	assert_true(home_core_client_put(k.h, &a.conf, NULL, NULL));
	a.q.home6 = a.conf.home6;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(a.r.network4.bits, 24);
	assert_true(ip_equal(&a.r.network4.addr, &k.conf.network4.addr));
	assert_int_equal(a.r.network6.bits, 64);
	assert_true(ip_equal(&a.r.network6.addr, &k.conf.network6.addr));
	assert_true(ip_equal(&a.r.home6, &a.conf.home6));
	END(k, a);
}

TEST(a_short_lifetime_is_raised_to_the_minimum)
{
	SCENE_PREPARED(k, a);

	a.q.lifetime_s = 1;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(a.r.lifetime_s, 10);
	END(k, a);
}

TEST(a_client_behind_a_nat_is_asked_to_send_keepalives)
{
	SCENE_PREPARED(k, a);

	a.q.care_of = ip4(10, 1, 0, 10);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(a.r.keepalive_s, 25);
	assert_true(kit_status(&k).last.nat);
	END(k, a);
}

TEST(the_state_is_saved_before_the_reply_leaves)
{
	SCENE_PREPARED(k, a);

	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(k.saves, 1);
	assert_int_equal(k.replies_at_save, 0);
	assert_true(k.saved.last_id == a.q.identification);
	assert_int_equal(k.saved.spi_now, a.r.next_pseudonym);
	END(k, a);
}

TEST(when_saving_fails_130_is_answered_and_nothing_has_changed)
{
	SCENE_PREPARED(k, a);

	k.save_fails = true;
	assert_int_equal(away_ask(&a), MIP_HA_RESOURCES);
	assert_int_equal(kit_status(&k).n, 0);
	assert_int_equal(k.away, 0);
	assert_int_equal(a.r.next_pseudonym, 0);
	k.save_fails = false; /* the same message, octet for octet: it was not accepted before */
	away_send(&a);
	assert_int_equal(away_reply(&a), MIP_ACCEPTED);
	END(k, a);
}

TEST(code_128_when_no_association_is_held_and_none_asked_for)
{
	SCENE_PREPARED(k, a);

	a.q.sa.present = false;
	assert_int_equal(away_ask(&a), MIP_HA_UNSPECIFIED);
	END(k, a);
}

TEST(a_renewal_without_an_offer_lives_no_longer_than_its_association)
{
	SCENE_PREPARED(k, a);

	k.conf.policy.lifetime_s = 200;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(a.r.lifetime_s, 200);
	kit_pass(&k, 100000);
	away_prepare(&a);
	a.q.sa.present = false;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(a.r.lifetime_s, 100);
	END(k, a);
}

TEST(code_129_when_no_proposal_is_acceptable)
{
	SCENE_PREPARED(k, a);

	k.conf.policy.ciphers[0] = ESP_AES_256_GCM;
	k.conf.policy.n_ciphers = 1;
	sa_policy p = sa_policy_default();
	p.n_ciphers = 1; /* aes-128-gcm only */
	sa_make_offer(&p, DH_X25519, a.spi_in, &a.q.sa.sa);
	assert_int_equal(away_ask(&a), MIP_HA_PROHIBITED);
	assert_int_equal(a.r.notify.reason, NOTIFY_NO_PROPOSAL);
	END(k, a);
}

TEST(code_129_names_the_group_when_the_key_exchange_was_for_another)
{
	SCENE_PREPARED(k, a);

	k.conf.policy.groups[0] = DH_P256;
	k.conf.policy.n_groups = 1;
	assert_int_equal(away_ask(&a), MIP_HA_PROHIBITED);
	assert_int_equal(a.r.notify.reason, NOTIFY_WRONG_GROUP);
	assert_int_equal(a.r.notify.data, DH_P256);
	END(k, a);
}

TEST(code_129_after_the_account_has_expired_and_never_a_longer_lifetime_than_it_has)
{
	SCENE_PREPARED(k, a);

	a.conf.expires_unix_s = k.unix_s + 61;
	assert_true(home_core_client_put(k.h, &a.conf, NULL, NULL));
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(a.r.lifetime_s, 60); /* a second has passed */
	kit_pass(&k, 60000);
	away_prepare(&a);
	assert_int_equal(away_ask(&a), MIP_HA_PROHIBITED);
	assert_int_equal(a.r.notify.reason, NOTIFY_EXPIRED);
	for (int change_s = 100; change_s >= -50; change_s -= 150) { /* prolonged, then shortened */
		a.conf.expires_unix_s += (uint64_t)change_s;
		assert_true(home_core_client_put(k.h, &a.conf, NULL, NULL));
		away_prepare(&a);
		assert_int_equal(away_ask(&a), MIP_ACCEPTED);
		assert_in_range(a.r.lifetime_s, 50 + change_s / 2, 100 + change_s);
	}
	END(k, a);
}

TEST(code_129_for_an_address_that_is_not_the_clients)
{
	SCENE_PREPARED(k, a);

	a.q.home4 = ip4(192, 168, 50, 77);
	assert_int_equal(away_ask(&a), MIP_HA_PROHIBITED);
	assert_int_equal(a.r.notify.reason, NOTIFY_NO_ADDRESS);
	END(k, a);
}

TEST(code_131_for_an_unknown_spi_bare_and_not_longer_than_the_question)
{
	SCENE_PREPARED(k, a);

	a.q.pseudonym = 0x7badbeef;
	assert_int_equal(away_ask(&a), MIP_HA_MN_FAILED_AUTH);
	assert_int_equal(home_core_counters(k.h).registrations.denied_unknown, 1);
	END(k, a);
}

TEST(code_131_for_every_single_bit_that_is_flipped)
{
	SCENE_PREPARED(k, a);

	away_build(&a);
	for (size_t i = MIP_REQUEST_LEN; i < a.n; i += 7) {
		a.octets[i] ^= (uint8_t)(1u << (i % 8));
		kit_pass(&k, 10); /* the rate limit of answers to strangers is another test's */
		away_send(&a);
		int code = away_reply(&a);
		assert_true(code == MIP_HA_MN_FAILED_AUTH || code == MIP_HA_BAD_REQUEST);
		a.octets[i] ^= (uint8_t)(1u << (i % 8));
	}
	assert_int_equal(kit_status(&k).n, 0);
	assert_int_equal(k.saves, 0);
	END(k, a);
}

TEST(code_131_for_another_clients_identity_under_ones_own_key)
{
	SCENE_PREPARED(k, a);

	strcpy(a.q.nai, "client2@example.net");
	assert_int_equal(away_ask(&a), MIP_HA_MN_FAILED_AUTH);
	END(k, a);
}

TEST(code_132_for_a_foreign_home_authentication_that_nobody_can_have_given)
{
	SCENE_PREPARED(k, a);

	away_build(&a);
	wire_wr w = wire_writer(a.octets + a.n, sizeof a.octets - a.n);
	memset(mip_auth_ext_put(&w, MIP_EXT_FOREIGN_HOME, 7, AUTH_LEN), 0, AUTH_LEN);
	a.n += wire_len(&w);
	away_send(&a);
	assert_int_equal(away_reply(&a), MIP_HA_FA_FAILED_AUTH);
	END(k, a);
}

TEST(refusals_are_counted_by_their_cause)
{
	SCENE_PREPARED(k, a);

	strcpy(a.q.nai, "client2@example.net");
	assert_int_equal(away_ask(&a), MIP_HA_MN_FAILED_AUTH);
	away_prepare(&a);
	a.q.home4 = ip4(192, 168, 50, 77);
	assert_int_equal(away_ask(&a), MIP_HA_PROHIBITED);
	away_prepare(&a);
	a.q.identification += 3600ull << 32;
	assert_int_equal(away_ask(&a), MIP_HA_IDENT_MISMATCH);

	home_register_counters count = home_core_counters(k.h).registrations;
	assert_int_equal(count.denied_auth, 1);
	assert_int_equal(count.denied_policy, 1);
	assert_int_equal(count.denied_replay, 1);
	assert_int_equal(count.denied_malformed, 0);
	END(k, a);
}

TEST(code_134_for_an_unknown_critical_extension)
{
	SCENE_PREPARED(k, a);
	wire_wr w = wire_writer(a.octets, sizeof a.octets);
	mip_request q = { .flags = MIP_D,
			  .lifetime_s = 300,
			  .home_agent = a.q.home_agent,
			  .home_address = ip4(0, 0, 0, 0),
			  .care_of = a.q.care_of,
			  .identification = a.q.identification };

	mip_request_put(&w, &q);
	mip_vendor_close(&w, mip_vendor_open(&w, 999));
	uint8_t *tag = mip_auth_ext_put(&w, MIP_EXT_MOBILE_HOME, a.spi, AUTH_LEN);
	assert_true(auth_compute(AUTH_HMAC_SHA256_128, a.conf.key0, KEY0_LEN,
				 (wire_bytes){ a.octets, (size_t)(tag - a.octets) }, tag));
	a.n = wire_len(&w);
	away_send(&a);
	assert_int_equal(away_reply(&a), MIP_HA_BAD_REQUEST);
	END(k, a);
}

TEST(code_134_for_a_public_value_outside_of_its_group)
{
	SCENE_PREPARED(k, a);
	static const uint8_t zeros[32];

	a.q.sa.ke_value = (wire_bytes){ zeros, sizeof zeros };
	assert_int_equal(away_ask(&a), MIP_HA_BAD_REQUEST);
	assert_int_equal(home_core_counters(k.h).registrations.denied_malformed, 1);
	END(k, a);
}

TEST(code_134_bare_for_what_has_no_shape_and_silence_when_even_the_header_is_cut)
{
	SCENE_PREPARED(k, a);

	away_build(&a);
	a.n = MIP_REQUEST_LEN + 3;
	away_send(&a);
	assert_int_equal(away_reply(&a), MIP_HA_BAD_REQUEST);
	a.n = MIP_REQUEST_LEN - 1;
	away_send(&a);
	assert_int_equal(away_reply(&a), -1);
	assert_int_equal(home_core_counters(k.h).registrations.denied_malformed, 1);
	END(k, a);
}

TEST(code_135_for_one_simultaneous_binding_too_many)
{
	SCENE_PREPARED(k, a);

	for (int i = 0; i <= HOME_MAX_BINDINGS; i++) {
		away_prepare(&a);
		a.q.flags |= MIP_S;
		a.from.addr = a.q.care_of = ip4(198, 51, 100, (uint8_t)(50 + i));
		assert_int_equal(away_ask(&a),
				 i < HOME_MAX_BINDINGS ? MIP_ACCEPTED : MIP_HA_TOO_MANY_BINDINGS);
	}
	away_prepare(&a); /* a renewal of one of them is no new one */
	a.q.flags |= MIP_S;
	a.from.addr = a.q.care_of = ip4(198, 51, 100, 51);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	END(k, a);
}

TEST(code_130_when_the_table_is_full)
{
	SCENE_PREPARED(k, a);

	k.conf.max_clients = 1;
	away b;
	kit_add(&k, 2);
	away_open(&b, &k, 2);
	away_prepare(&b);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(away_ask(&b), MIP_HA_RESOURCES);
	away_prepare(&a);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	away_close(&b);
	END(k, a);
}

TEST(code_136_for_another_home_agent_but_zeros_and_ones_mean_us)
{
	SCENE_PREPARED(k, a);

	a.q.home_agent = ip4(192, 0, 2, 1);
	assert_int_equal(away_ask(&a), MIP_HA_UNKNOWN_AGENT);
	a.q.home_agent = ip4(0, 0, 0, 0);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_true(ip_equal(&a.r.home_agent, &a.local));
	away_prepare(&a);
	a.q.home_agent = ip4(255, 255, 255, 255);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	END(k, a);
}

TEST(current_and_previous_pseudonym_are_good_and_the_one_before_is_not)
{
	SCENE_PREPARED(k, a);

	away_register(&a); /* under the profile's SPI; the reply names the first pseudonym */
	uint32_t first = a.spi;
	away_register(&a);
	uint32_t second = a.spi;
	away_prepare(&a);
	a.q.pseudonym = first;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED); /* the reply was lost: the same successor */
	assert_int_equal(a.r.next_pseudonym, second);
	a.spi = second;
	away_register(&a);
	away_register(&a);
	away_prepare(&a);
	a.q.pseudonym = first;
	assert_int_equal(away_ask(&a), MIP_HA_MN_FAILED_AUTH);
	away_prepare(&a);
	a.q.pseudonym = a.conf.spi; /* a client that lost its state */
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	END(k, a);
}

TEST(an_address_is_leased_kept_and_the_last_one_is_the_last)
{
	kit k;

	kit_open(&k);
	for (uint8_t n = 1; n <= 4; n++) {
		away a;
		home_client_conf c = kit_client_conf(n);
		c.home4 = (ip_addr){ 0 };
		assert_true(home_core_client_put(k.h, &c, NULL, NULL));
		away_open(&a, &k, n);
		for (int again = 0; again < 2; again++) {
			away_prepare(&a);
			a.q.home4 = ip4(0, 0, 0, 0);
			int code = away_ask(&a);
			assert_int_equal(code, n < 4 ? MIP_ACCEPTED : MIP_HA_PROHIBITED);
			if (n == 4) {
				assert_int_equal(a.r.notify.reason, NOTIFY_NO_ADDRESS);
				continue;
			}
			ip_addr want = ip4(192, 168, 50, (uint8_t)(199 + n));
			assert_true(ip_equal(&a.r.home4, &want));
			assert_true(ip_equal(&k.saved.lease4, &want));
			a.spi = a.r.next_pseudonym;
		}
		away_close(&a);
	}
	kit_close(&k);
}

TEST(no_line_of_the_log_holds_a_key_or_a_pseudonym)
{
	SCENE_PREPARED(k, a);
	char pseudonym[16], key[17];

	away_register(&a);
	a.q.pseudonym = 0x7badbeef;
	away_ask(&a);
	snprintf(pseudonym, sizeof pseudonym, "%x", a.spi);
	hex_encode(a.conf.key0, 8, key);
	assert_non_null(strstr(k.lines, "client1@example.net registered"));
	assert_non_null(strstr(k.lines, "refused"));
	assert_null(strstr(k.lines, pseudonym));
	assert_null(strstr(k.lines, key));
	END(k, a);
}

TEST(no_lifetime_is_granted_that_would_mean_for_ever)
{
	SCENE_PREPARED(k, a);
	sa_policy p = sa_policy_default();

	k.conf.lifetime_max_s = UINT32_MAX;
	k.conf.policy.lifetime_s = p.lifetime_s = 100000;
	sa_make_offer(&p, DH_X25519, ++a.spi_in, &a.q.sa.sa);
	a.q.lifetime_s = UINT16_MAX;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(a.r.lifetime_s, UINT16_MAX - 1);
	END(k, a);
}

TEST(while_not_all_of_homes_addresses_are_known_any_may_be_one)
{
	SCENE_PREPARED(k, a);

	a.q.home_agent = ip4(192, 0, 2, 99);
	assert_int_equal(away_ask(&a), MIP_HA_UNKNOWN_AGENT);
	k.conf.has_unknown_agents = true;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	END(k, a);
}

TEST(asked_at_an_ipv6_address_home_names_its_first_of_ipv4)
{
	SCENE_PREPARED(k, a);

	k.conf.agents[1] = k.conf.agents[0];
	assert_true(ip_parse("2001:db8::2", &k.conf.agents[0]));
	k.conf.n_agents = 2;
	a.local = k.conf.agents[0];
	assert_true(ip_parse("2001:db8::77", &a.from.addr));
	a.q.care_of = a.from.addr;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_true(ip_equal(&a.r.home_agent, &k.conf.agents[1]));
	END(k, a);
}

TEST(code_129_for_a_client_without_an_address_that_asks_for_none)
{
	SCENE_PREPARED(k, a);

	a.conf.home4 = (ip_addr){ 0 };
	assert_true(home_core_client_put(k.h, &a.conf, NULL, NULL));
	a.q.home4 = (ip_addr){ 0 };
	assert_int_equal(away_ask(&a), MIP_HA_PROHIBITED);
	assert_int_equal(a.r.notify.reason, NOTIFY_NO_ADDRESS);
	END(k, a);
}

TEST(an_address_of_the_family_that_a_client_asks_for_is_leased)
{
	SCENE_PREPARED(k, a);
	static const uint8_t any[16];

	prefix_parse("2001:db8:50::/64", &k.conf.network6);
	a.q.home6 = ip_from_bytes(any, 16);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_true(ip_equal(&a.r.home4, &a.conf.home4));
	assert_int_equal(a.r.home6.len, 16);
	assert_true(prefix_contains(&k.conf.network6, &a.r.home6));
	assert_true(ip_equal(&k.saved.lease6, &a.r.home6));
	assert_int_equal(k.saved.lease4.len, 0);
	END(k, a);
}

TEST(a_care_of_address_that_is_not_named_is_no_sign_of_a_nat)
{
	SCENE_PREPARED(k, a);

	a.q.care_of = ip4(0, 0, 0, 0);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(a.r.keepalive_s, 0);
	assert_false(kit_status(&k).last.nat);
	END(k, a);
}

TEST(a_client_that_leaves_makes_room_in_the_table)
{
	SCENE_PREPARED(k, a);
	away b;

	k.conf.max_clients = 1;
	kit_add(&k, 2);
	away_open(&b, &k, 2);
	away_prepare(&b);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(away_ask(&b), MIP_HA_RESOURCES);
	away_prepare(&a);
	a.q.lifetime_s = 0;
	a.q.sa.present = false;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	away_prepare(&b);
	assert_int_equal(away_ask(&b), MIP_ACCEPTED);
	away_close(&b);
	END(k, a);
}

TEST(every_registration_brings_another_pseudonym)
{
	SCENE(k, a);

	for (int i = 0; i < 30; i++) {
		const uint32_t before = a.spi;
		away_register(&a);
		assert_int_not_equal(a.spi, before);
		assert_int_equal(k.saved.spi_before, before);
	}
	END(k, a);
}

TEST(the_log_says_who_was_refused_and_why)
{
	SCENE_PREPARED(k, a);

	a.q.home4 = ip4(192, 168, 50, 77);
	assert_int_equal(away_ask(&a), MIP_HA_PROHIBITED);
	assert_non_null(strstr(k.lines,
			       "client1@example.net refused from 198.51.100.1:5000 with code 129"));
	assert_non_null(strstr(k.lines, mip_notify_text(NOTIFY_NO_ADDRESS)));
	END(k, a);
}

TEST(a_leased_address_is_the_clients_again_after_a_restart)
{
	SCENE_PREPARED(k, a);
	const ip_addr leased4 = ip4(192, 168, 50, 233);
	home_client_conf c = a.conf;
	home_client_state state = { .lease4 = leased4 };

	c.home4 = (ip_addr){ 0 };
	assert_true(home_core_client_remove(k.h, a.conf.id));
	assert_true(home_core_client_put(k.h, &c, &state, NULL));
	away_prepare(&a);
	a.q.home4 = ip4(0, 0, 0, 0);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_true(ip_equal(&a.r.home4, &leased4));
	END(k, a);
}

RUN(T(a_leased_address_is_the_clients_again_after_a_restart),
    T(while_not_all_of_homes_addresses_are_known_any_may_be_one),
    T(a_registration_is_granted_within_limits_and_says_all_it_should),
    T(the_reply_has_both_home_networks_and_both_addresses),
    T(a_short_lifetime_is_raised_to_the_minimum),
    T(a_client_behind_a_nat_is_asked_to_send_keepalives),
    T(the_state_is_saved_before_the_reply_leaves),
    T(when_saving_fails_130_is_answered_and_nothing_has_changed),
    T(code_128_when_no_association_is_held_and_none_asked_for),
    T(a_renewal_without_an_offer_lives_no_longer_than_its_association),
    T(code_129_when_no_proposal_is_acceptable),
    T(code_129_names_the_group_when_the_key_exchange_was_for_another),
    T(code_129_after_the_account_has_expired_and_never_a_longer_lifetime_than_it_has),
    T(code_129_for_an_address_that_is_not_the_clients),
    T(code_131_for_an_unknown_spi_bare_and_not_longer_than_the_question),
    T(code_131_for_every_single_bit_that_is_flipped),
    T(code_131_for_another_clients_identity_under_ones_own_key),
    T(code_132_for_a_foreign_home_authentication_that_nobody_can_have_given),
    T(refusals_are_counted_by_their_cause), T(code_134_for_an_unknown_critical_extension),
    T(code_134_for_a_public_value_outside_of_its_group),
    T(code_134_bare_for_what_has_no_shape_and_silence_when_even_the_header_is_cut),
    T(code_135_for_one_simultaneous_binding_too_many), T(code_130_when_the_table_is_full),
    T(code_136_for_another_home_agent_but_zeros_and_ones_mean_us),
    T(current_and_previous_pseudonym_are_good_and_the_one_before_is_not),
    T(an_address_is_leased_kept_and_the_last_one_is_the_last),
    T(no_line_of_the_log_holds_a_key_or_a_pseudonym),
    T(no_lifetime_is_granted_that_would_mean_for_ever),
    T(asked_at_an_ipv6_address_home_names_its_first_of_ipv4),
    T(code_129_for_a_client_without_an_address_that_asks_for_none),
    T(an_address_of_the_family_that_a_client_asks_for_is_leased),
    T(a_care_of_address_that_is_not_named_is_no_sign_of_a_nat),
    T(a_client_that_leaves_makes_room_in_the_table), T(every_registration_brings_another_pseudonym),
    T(the_log_says_who_was_refused_and_why))
