/* SPDX-License-Identifier: MIT */
/* Bindings: moving by data, simultaneous ones, expiry, coming home. */
#include "home_kit.h"

static const endpoint elsewhere = { .addr = { 4, { 198, 51, 100, 200 } }, .port = 7777 };

static bool is_at(const kit *k, const endpoint *e)
{
	kit_bindings b = kit_status(k);

	return b.n == 1 && endpoint_equal(&b.last.care_of, e);
}

TEST(a_packet_from_a_new_address_moves_the_binding_at_once)
{
	SCENE_REGISTERED(k, a);

	a.from = elsewhere;
	away_echo(&a, a.out, 0);
	assert_true(is_at(&k, &elsewhere));
	assert_int_equal(kit_status(&k).last.handovers, 1);
	kit_packet(&k, &a.conf.home4, 100, false);
	assert_int_equal(kit_queued(&k, &elsewhere), 1);
	assert_non_null(strstr(k.lines, "moved to 198.51.100.200:7777"));
	END(k, a);
}

TEST(a_packet_to_another_of_our_addresses_is_answered_from_there)
{
	SCENE_REGISTERED(k, a);

	a.local = ip4(203, 0, 113, 3);
	away_echo(&a, a.out, 0);
	kit_packet(&k, &a.conf.home4, 100, false);
	assert_true(ip_equal(&k.tx.runs[0].route.from, &a.local));
	END(k, a);
}

TEST(an_echo_that_asks_to_stay_is_answered_where_it_came_from_and_moves_nothing)
{
	SCENE_REGISTERED(k, a);
	endpoint was = a.from;

	a.from = elsewhere;
	away_echo(&a, a.out, CTL_STAY);
	assert_int_equal(kit_queued(&k, &elsewhere), 1);
	assert_true(is_at(&k, &was));
	END(k, a);
}

TEST(an_older_packet_that_arrives_late_from_another_address_moves_nothing)
{
	SCENE_REGISTERED(k, a);
	uint8_t late[256] = { 0 };
	size_t n = esp_seal(a.out, late, 20, ESP_NEXT_DUMMY);

	away_echo(&a, a.out, 0);
	endpoint was = a.from;
	a.from = elsewhere;
	kit_deliver(&k, &a, late, n);
	assert_true(is_at(&k, &was));
	END(k, a);
}

TEST(a_replayed_or_forged_packet_from_another_address_moves_nothing)
{
	SCENE_REGISTERED(k, a);
	uint8_t p[256] = { 0 }, copy[256];
	size_t n = esp_seal(a.out, p, 20, ESP_NEXT_DUMMY);

	memcpy(copy, p, sizeof p);
	kit_deliver(&k, &a, p, n);
	endpoint was = a.from;
	a.from = elsewhere;
	kit_deliver(&k, &a, copy, n);
	assert_true(is_at(&k, &was));
	assert_int_equal(home_core_counters(k.h).inbound.replay, 1);
	n = esp_seal(a.out, p, 20, ESP_NEXT_DUMMY);
	p[n - 1] ^= 1;
	kit_deliver(&k, &a, p, n);
	assert_true(is_at(&k, &was));
	assert_int_equal(home_core_counters(k.h).inbound.auth, 1);
	END(k, a);
}

TEST(a_registration_from_a_new_address_moves_and_counts_once_with_its_data)
{
	SCENE_REGISTERED(k, a);

	a.from = elsewhere;
	away_echo(&a, a.out, 0);
	away_prepare(&a);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_true(is_at(&k, &elsewhere));
	assert_int_equal(kit_status(&k).last.handovers, 1);
	END(k, a);
}

TEST(with_simultaneous_bindings_the_same_packet_goes_to_each)
{
	SCENE_REGISTERED(k, a);
	endpoint first = a.from;

	away_prepare(&a);
	a.q.flags |= MIP_S;
	a.from = elsewhere;
	a.q.care_of = elsewhere.addr;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(k.away, 1);
	kit_packet(&k, &a.conf.home4, 100, false);
	assert_int_equal(kit_queued(&k, &first), 1);
	assert_int_equal(kit_queued(&k, &elsewhere), 1);
	assert_int_equal(k.tx.runs[0].len, k.tx.runs[1].len);
	assert_memory_equal(k.tx.bytes + k.tx.runs[0].at, k.tx.bytes + k.tx.runs[1].at,
			    k.tx.runs[0].len);
	END(k, a);
}

/* A second binding beside the first. */
static void bind_also(away *a, const endpoint *at)
{
	away_prepare(a);
	a->q.flags |= MIP_S;
	a->from = *at;
	a->q.care_of = at->addr;
	assert_int_equal(away_ask(a), MIP_ACCEPTED);
	a->spi = a->r.next_pseudonym;
	away_derive(a);
}

TEST(of_several_bindings_the_one_that_was_silent_longest_is_the_one_that_moved)
{
	for (int heard_last = 0; heard_last < 2; heard_last++) {
		SCENE_REGISTERED(k, a);
		const endpoint at[2] = { a.from, elsewhere };
		const endpoint new = { .addr = ip4(198, 51, 100, 201), .port = 7778 };
		bind_also(&a, &elsewhere);
		for (int i = 0; i < 2; i++) {
			kit_pass(&k, 10);
			a.from = at[heard_last ? i : !i];
			away_echo(&a, a.out, 0);
		}
		a.from = new;
		away_echo(&a, a.out, 0);
		kit_packet(&k, &a.conf.home4, 100, false);
		assert_int_equal(kit_queued(&k, &new), 1);
		assert_int_equal(kit_queued(&k, &at[heard_last]), 1);
		assert_int_equal(kit_queued(&k, &at[!heard_last]), 0);
		END(k, a);
	}
}

TEST(of_bindings_heard_at_the_same_time_the_latest_registered_is_the_one_that_moved)
{
	SCENE_REGISTERED(k, a);
	const endpoint first = a.from, new = { .addr = ip4(198, 51, 100, 201), .port = 7778 };

	bind_also(&a, &elsewhere);
	a.from = new;
	away_echo(&a, a.out, 0);
	kit_packet(&k, &a.conf.home4, 100, false);
	assert_int_equal(kit_queued(&k, &new), 1);
	assert_int_equal(kit_queued(&k, &first), 1);
	END(k, a);
}

TEST(deregistering_one_of_two_care_of_addresses_leaves_the_other)
{
	SCENE_REGISTERED(k, a);
	endpoint first = a.from;

	away_prepare(&a);
	a.q.flags |= MIP_S;
	a.from = elsewhere;
	a.q.care_of = elsewhere.addr;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	a.spi = a.r.next_pseudonym;
	away_prepare(&a);
	a.q.lifetime_s = 0;
	a.q.sa.present = false;
	a.q.care_of = elsewhere.addr;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_true(is_at(&k, &first));
	away_prepare(&a);
	a.q.lifetime_s = 0;
	a.q.sa.present = false;
	a.q.care_of = a.conf.home4; /* all of them */
	a.q.pseudonym = a.r.next_pseudonym;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(kit_status(&k).n, 0);
	assert_int_equal(k.away, 0);
	END(k, a);
}

TEST(a_binding_ends_with_its_lifetime_and_all_of_it_goes)
{
	SCENE_REGISTERED(k, a);

	kit_pass(&k, 299000);
	assert_int_equal(kit_status(&k).n, 1);
	assert_int_equal(k.away, 1);
	assert_true(home_core_next_timer_ms(k.h) <= k.now.ms + 1000);
	kit_pass(&k, 1000);
	assert_int_equal(kit_status(&k).n, 0);
	assert_int_equal(k.away, 0);
	assert_true(home_core_next_timer_ms(k.h) == UINT64_MAX);
	away_echo(&a, a.out, 0);
	assert_int_equal(home_core_counters(k.h).inbound.unknown_spi, 1);
	assert_non_null(strstr(k.lines, "expired"));
	END(k, a);
}

/* "I am at home", heard on a link with a source address. */
static int says_home(away *a, uint32_t ifindex, ip_addr from)
{
	static const uint8_t mac[MAC_LEN] = { 2, 0, 0, 0, 0, 1 };

	away_prepare(a);
	a->q.lifetime_s = 0;
	a->q.home_link = true;
	a->q.sa.present = false;
	a->q.care_of = a->conf.home4;
	a->q.has_mac = true;
	memcpy(a->q.mac, mac, MAC_LEN);
	a->ifindex = ifindex;
	a->from.addr = from;
	return away_ask(a);
}

TEST(coming_home_is_believed_on_the_home_link_only)
{
	SCENE_REGISTERED(k, a);
	const ip_addr lan = ip4(192, 168, 50, 61), outside = ip4(198, 51, 100, 9);

	assert_int_equal(says_home(&a, KIT_WAN_LINK, lan), MIP_HA_PROHIBITED);
	assert_int_equal(a.r.notify.reason, NOTIFY_NOT_HOME_LINK);
	assert_int_equal(says_home(&a, KIT_LAN_LINK, outside), MIP_HA_PROHIBITED);
	assert_int_equal(k.away, 1);
	assert_int_equal(says_home(&a, KIT_LAN_LINK, lan), MIP_ACCEPTED);
	assert_int_equal(k.away, 0);
	kit_bindings b = kit_status(&k);
	assert_true(b.n == 1 && b.last.at_home);
	END(k, a);
}

TEST(a_client_that_makes_sure_of_being_at_home_costs_no_write_and_no_pseudonym)
{
	SCENE_REGISTERED(k, a);
	const ip_addr lan = ip4(192, 168, 50, 61);

	assert_int_equal(says_home(&a, KIT_LAN_LINK, lan), MIP_ACCEPTED);
	const unsigned saves = k.saves;
	a.spi = a.r.next_pseudonym;
	k.lines[0] = 0;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(says_home(&a, KIT_LAN_LINK, lan), MIP_ACCEPTED);
		assert_int_equal(a.r.next_pseudonym, a.spi);
	}
	assert_int_equal(k.saves, saves);
	assert_string_equal(k.lines, "");
	away_send(&a); /* a copy of the last one */
	assert_int_equal(away_reply(&a), -1);
	assert_int_equal(says_home(&a, KIT_WAN_LINK, lan), MIP_HA_PROHIBITED);
	a.from = elsewhere; /* away, and home again: that is written */
	a.ifindex = KIT_WAN_LINK;
	away_register(&a);
	a.spi = a.r.next_pseudonym;
	assert_int_equal(k.saves, saves + 1);
	assert_int_equal(says_home(&a, KIT_LAN_LINK, lan), MIP_ACCEPTED);
	assert_int_equal(k.saves, saves + 2);
	assert_int_not_equal(a.r.next_pseudonym, a.spi);
	END(k, a);
}

TEST(leaving_home_again_is_a_registration_like_the_first)
{
	SCENE_REGISTERED(k, a);
	const ip_addr lan = ip4(192, 168, 50, 61);

	assert_int_equal(says_home(&a, KIT_LAN_LINK, lan), MIP_ACCEPTED);
	a.spi = a.r.next_pseudonym;
	a.from = elsewhere;
	a.ifindex = KIT_WAN_LINK;
	away_register(&a);
	assert_true(is_at(&k, &elsewhere));
	assert_false(kit_status(&k).last.at_home);
	assert_int_equal(k.away, 1);
	END(k, a);
}

TEST(a_binding_that_is_renewed_for_a_shorter_time_ends_then)
{
	SCENE_REGISTERED(k, a);

	away_prepare(&a);
	a.q.lifetime_s = 20;
	a.q.sa.present = false;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(home_core_next_timer_ms(k.h), k.now.ms + 20000);
	END(k, a);
}

/* The newest packet of an association that was replaced says nothing about where the client is now. */
TEST(a_packet_of_a_replaced_association_moves_nothing)
{
	SCENE_REGISTERED(k, a);
	const endpoint was = a.from;

	for (int i = 0; i < 8; i++) { /* so that it lies before and behind the live one in memory */
		esp_sa *in = a.in, *out = a.out;
		a.in = a.out = NULL;
		away_register(&a);
		away_echo(&a, a.out, 0);
		a.from = elsewhere;
		away_echo(&a, out, 0);
		assert_int_equal(kit_queued(&k, &elsewhere), 1); /* answered there */
		assert_true(is_at(&k, &was));
		a.from = was;
		esp_sa_free(in);
		esp_sa_free(out);
	}
	END(k, a);
}

TEST(a_registration_from_elsewhere_is_a_move_and_the_log_says_where)
{
	SCENE_REGISTERED(k, a);

	a.from = elsewhere;
	away_register(&a);
	assert_int_equal(kit_status(&k).last.handovers, 1);
	assert_non_null(strstr(k.lines, "moved to 198.51.100.200:7777"));
	END(k, a);
}

TEST(a_client_that_is_at_home_and_deregisters_is_nowhere)
{
	SCENE_REGISTERED(k, a);

	assert_int_equal(says_home(&a, KIT_LAN_LINK, ip4(192, 168, 50, 61)), MIP_ACCEPTED);
	assert_int_equal(a.r.lifetime_s, 0);
	a.spi = a.r.next_pseudonym;
	away_prepare(&a);
	a.q.lifetime_s = 0;
	a.q.sa.present = false;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(a.r.lifetime_s, 0);
	assert_int_equal(kit_status(&k).n, 0);
	END(k, a);
}

/* A lifetime would bind it, and a server without a home link can't know. */
TEST(coming_home_is_not_believed_with_a_lifetime_or_without_a_home_link)
{
	SCENE_REGISTERED(k, a);

	away_prepare(&a);
	a.q.home_link = true;
	a.from.addr = ip4(192, 168, 50, 61);
	a.ifindex = KIT_LAN_LINK;
	assert_int_equal(away_ask(&a), MIP_HA_PROHIBITED);
	assert_int_equal(a.r.notify.reason, NOTIFY_NOT_HOME_LINK);
	k.conf.lan_ifindex = 0;
	assert_int_equal(says_home(&a, 0, ip4(192, 168, 50, 61)), MIP_HA_PROHIBITED);
	END(k, a);
}

TEST(packets_to_both_addresses_of_a_client_are_attracted_once_and_released_once)
{
	SCENE_PREPARED(k, a);

	a.conf.home6 = (ip_addr){ 16, { 0x20, 1, 0xd, 0xb8, [15] = 9 } };
	assert_true(home_core_client_put(k.h, &a.conf, NULL, NULL));
	for (int i = 0; i < 3; i++) {
		away_prepare(&a);
		a.q.home6 = a.conf.home6;
		assert_int_equal(away_ask(&a), MIP_ACCEPTED);
		assert_int_equal(k.away, 2);
	}
	away_prepare(&a);
	a.q.lifetime_s = 0;
	a.q.sa.present = false;
	a.q.home6 = a.conf.home6;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(k.away, 0);
	END(k, a);
}

TEST(the_lifetime_that_is_reported_is_that_of_the_binding)
{
	SCENE_REGISTERED(k, a);

	kit_pass(&k, 100000);
	assert_int_equal(kit_status(&k).last.lifetime_s, 200);
	assert_int_equal(kit_status(&k).last.cipher, ESP_AES_128_GCM);
	END(k, a);
}

RUN(T(a_packet_from_a_new_address_moves_the_binding_at_once),
    T(a_packet_to_another_of_our_addresses_is_answered_from_there),
    T(an_echo_that_asks_to_stay_is_answered_where_it_came_from_and_moves_nothing),
    T(an_older_packet_that_arrives_late_from_another_address_moves_nothing),
    T(a_replayed_or_forged_packet_from_another_address_moves_nothing),
    T(a_registration_from_a_new_address_moves_and_counts_once_with_its_data),
    T(with_simultaneous_bindings_the_same_packet_goes_to_each),
    T(of_several_bindings_the_one_that_was_silent_longest_is_the_one_that_moved),
    T(of_bindings_heard_at_the_same_time_the_latest_registered_is_the_one_that_moved),
    T(deregistering_one_of_two_care_of_addresses_leaves_the_other),
    T(a_binding_ends_with_its_lifetime_and_all_of_it_goes),
    T(coming_home_is_believed_on_the_home_link_only),
    T(a_client_that_makes_sure_of_being_at_home_costs_no_write_and_no_pseudonym),
    T(leaving_home_again_is_a_registration_like_the_first),
    T(a_binding_that_is_renewed_for_a_shorter_time_ends_then),
    T(a_packet_of_a_replaced_association_moves_nothing),
    T(a_registration_from_elsewhere_is_a_move_and_the_log_says_where),
    T(a_client_that_is_at_home_and_deregisters_is_nowhere),
    T(coming_home_is_not_believed_with_a_lifetime_or_without_a_home_link),
    T(packets_to_both_addresses_of_a_client_are_attracted_once_and_released_once),
    T(the_lifetime_that_is_reported_is_that_of_the_binding))
