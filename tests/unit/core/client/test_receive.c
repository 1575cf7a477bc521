/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static bool is_asked_for_keys(kit *k)
{
	const client_requests *r = &k->c->requests;

	return k->tx.n_runs > 0 && r->under_way[(r->next - 1) % CLIENT_REQUESTS].offer.spi != 0;
}

/* A path in use with an association, on which a registration was granted. */
static client_path *start(kit *k)
{
	client_path *p = kit_up(k);

	k->c->registration.state = CLIENT_REG_GRANTED;
	dgramq_clear(&k->tx);
	return p;
}

typedef void put_hint(wire_wr *w, uint32_t spi);

static void receive_hint(kit *k, uint64_t ms, put_hint *put, uint32_t sock, const endpoint *from,
			 uint32_t spi)
{
	uint8_t msg[CTL_UNKNOWN_SPI_LEN];
	wire_wr w = wire_writer(msg, sizeof msg);
	const dgram_in d = { .sock = sock, .from = *from, .p = msg, .n = sizeof msg };

	put(&w, spi);
	client_core_datagram(k->c, after(ms), &d);
}

static void receive_unknown_spi(kit *k, uint64_t ms, const client_path *p)
{
	receive_hint(k, ms, ctl_unknown_spi_put, p->sock, &p->remote, 0x1001);
}

TEST(a_hint_that_home_lost_the_association_leads_to_a_registration_with_new_keys)
{
	kit k;
	const client_path *p = start(&k);

	receive_unknown_spi(&k, 1000, p);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	assert_true(is_asked_for_keys(&k));
	dgramq_clear(&k.tx);
	receive_unknown_spi(&k, 9000, p); /* it is in doubt already */
	assert_int_equal(k.tx.n_runs, 0);
	kit_end(&k);
}

TEST(a_hint_from_elsewhere_or_about_another_association_is_ignored)
{
	kit k;
	const client_path *p = start(&k);
	endpoint other = p->remote;

	other.port++;
	receive_hint(&k, 1000, ctl_unknown_spi_put, p->sock, &other, 0x1001);
	receive_hint(&k, 1000, ctl_unknown_spi_put, p->sock, &p->remote, 0x1000);
	receive_hint(&k, 1000, ctl_unknown_spi_put, p->sock + 1, &p->remote, 0x1001);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	assert_false(k.c->associations.doubted);
	assert_int_equal(k.tx.n_runs, 0);
	kit_end(&k);
}

TEST(hints_are_followed_only_while_a_registration_is_requested_or_granted)
{
	for (unsigned state = 0; state < CLIENT_REG_N_STATES; state++) {
		kit k;
		const client_path *p = start(&k);
		k.c->registration.state = (client_reg_state)state;
		receive_unknown_spi(&k, 1000, p);
		assert_int_equal(k.c->associations.doubted,
				 state == CLIENT_REG_REQUESTING || state == CLIENT_REG_GRANTED);
		kit_end(&k);
	}
}

TEST(hints_about_new_associations_are_followed_once_a_second)
{
	kit k;
	const client_path *p = start(&k);

	receive_unknown_spi(&k, 1000, p);
	k.c->associations.doubted = false; /* another came */
	receive_unknown_spi(&k, 1999, p);
	assert_false(k.c->associations.doubted);
	receive_unknown_spi(&k, 2000, p);
	assert_true(k.c->associations.doubted);
	kit_end(&k);
}

TEST(a_hint_on_a_path_that_is_not_in_use_does_not_doubt_the_association)
{
	kit k;
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	client_path *active = start(&k);

	client_core_uplinks(k.c, after(10), u, 2);
	receive_unknown_spi(&k, 1000, client_paths_next(&k.c->paths, active));
	assert_false(k.c->associations.doubted);
	kit_end(&k);
}

/* A path by a relay that has admitted it, beside the direct one in use. */
static client_path *start_with_relay(kit *k)
{
	const uplink u = cafe();

	kit_prepare(k);
	k->conf.relays[0].at = (endpoint){ .addr = ip4(203, 0, 113, 9), .port = 4500 };
	k->conf.n_relays = 1;
	kit_make(k);
	client_path *active = kit_plug(k, &u, 1);
	kit_associate(k, start_time, 0x1000, 3600);
	client_path *p = client_paths_next(&k->c->paths, active);
	client_admission_grant(&k->c->admission, p, after(600000).ms, &(reg_key3){ 0 });
	k->c->registration.state = CLIENT_REG_GRANTED;
	dgramq_clear(&k->tx);
	return p;
}

static void receive_unknown_visitor(kit *k, uint64_t ms, const client_path *p)
{
	receive_hint(k, ms, ctl_unknown_visitor_put, p->sock, &p->remote, 0x1001);
}

TEST(a_relay_in_use_that_lost_us_leads_to_a_registration_without_new_keys)
{
	kit k;
	client_path *p = start_with_relay(&k);

	client_paths_set_active(&k.c->paths, p);
	receive_unknown_visitor(&k, 1000, p);
	assert_false(client_admission_was_granted(&k.c->admission, p));
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	assert_true(k.tx.n_runs > 0 && !is_asked_for_keys(&k));
	assert_false(k.c->associations.doubted);
	client_admission_grant(&k.c->admission, p, after(600000).ms, &(reg_key3){ 0 });
	receive_unknown_visitor(&k, 1999, p);
	assert_true(client_admission_was_granted(&k.c->admission, p)); /* once a second */
	receive_unknown_visitor(&k, 2000, p);
	assert_false(client_admission_was_granted(&k.c->admission, p));
	kit_end(&k);
}

TEST(a_standby_relay_that_lost_us_is_asked_for_another_admission_and_the_path_in_use_stays)
{
	kit k;
	client_path *p = start_with_relay(&k);

	receive_unknown_visitor(&k, 2000, p);
	assert_false(client_admission_was_granted(&k.c->admission, p));
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	assert_true(client_standby_next_timer_ms(&k.c->standby) != NEVER);
	kit_end(&k);
}

TEST(home_itself_admits_no_visitors)
{
	kit k;
	const client_path *p = start(&k);

	receive_unknown_visitor(&k, 1000, p);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	assert_int_equal(k.tx.n_runs, 0);
	kit_end(&k);
}

TEST(what_comes_for_another_association_or_is_forged_moves_nothing)
{
	kit k;
	client_path *p = start(&k);
	uint8_t forged[64] = { 0 };
	const dgram_in d = { .sock = p->sock, .from = p->remote, .p = forged, .n = sizeof forged };

	client_paths_doubt(p);
	store_be32(forged, 0x9999);
	client_core_datagram(k.c, after(1000), &d);
	assert_int_equal(k.c->forward.drop_auth, 0);
	store_be32(forged, 0x1000);
	store_be32(forged + 4, 0xffff);
	client_core_datagram(k.c, after(1000), &d);
	assert_int_equal(k.c->forward.drop_auth, 1);
	assert_false(p->answering);
	kit_end(&k);
}

TEST(the_answer_to_an_echo_measures_the_round_trip_and_proves_the_path)
{
	kit k;
	client_path *p = start(&k);

	p->rtt_us = 0;
	client_liveness_proven(&k.c->liveness, p, after(0).ms);
	client_echo_send(&k.c->echoes, after(1000), p, 0, 0);
	kit_collect(&k, after(1040), kit_answer_echo);
	assert_in_range(p->rtt_us, 39900, 40100);
	assert_false(p->rtt_is_rough);
	assert_true(p->answering);
	assert_int_equal(k.c->liveness.of[p->slot].proven_ms, after(1040).ms);
	kit_end(&k);
}

TEST(a_next_header_that_the_client_does_not_know_goes_nowhere)
{
	kit k;
	uint8_t four[20] = { 0x45, [3] = 20, [8] = 64, [9] = 17 };
	uint8_t six[40] = { 0x60, [6] = 59, [7] = 64, [23] = 1 };
	const ip_addr own6 = { 16, { 0x20, 1, 0xd, 0xb8, [15] = 9 } };
	const client_path *p = start(&k);

	assert_true(client_associations_select(&k.c->associations, &k.conf.home4, &own6));
	memcpy(four + 12, ip4(192, 168, 50, 20).b, 4);
	memcpy(four + 16, k.conf.home4.b, 4);
	ip_set_len(four, &(ip_view){ .version = 4, .hdr_len = 20, .len = 20 }, 20);
	memcpy(six + 24, own6.b, 16);
	for (unsigned next = 0; next < 256; next++) {
		if (next == ESP_NEXT_IPV4 || next == ESP_NEXT_IPV6 || next == ESP_NEXT_CTL)
			continue;
		kit_deliver(&k, after(10), p, (uint8_t)next, four, sizeof four);
		kit_deliver(&k, after(10), p, (uint8_t)next, six, sizeof six);
	}
	assert_int_equal(k.c->forward.rx_packets, 0);
	kit_deliver(&k, after(10), p, ESP_NEXT_IPV4, four, sizeof four);
	kit_deliver(&k, after(10), p, ESP_NEXT_IPV6, six, sizeof six);
	assert_int_equal(k.c->forward.rx_packets, 2);
	kit_end(&k);
}

RUN(T(a_next_header_that_the_client_does_not_know_goes_nowhere),
    T(a_hint_that_home_lost_the_association_leads_to_a_registration_with_new_keys),
    T(a_hint_from_elsewhere_or_about_another_association_is_ignored),
    T(hints_are_followed_only_while_a_registration_is_requested_or_granted),
    T(hints_about_new_associations_are_followed_once_a_second),
    T(a_hint_on_a_path_that_is_not_in_use_does_not_doubt_the_association),
    T(a_relay_in_use_that_lost_us_leads_to_a_registration_without_new_keys),
    T(a_standby_relay_that_lost_us_is_asked_for_another_admission_and_the_path_in_use_stays),
    T(home_itself_admits_no_visitors),
    T(what_comes_for_another_association_or_is_forged_moves_nothing),
    T(the_answer_to_an_echo_measures_the_round_trip_and_proves_the_path))
