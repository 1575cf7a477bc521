/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static const core_time now = { 5000, 0xe8000000ull << 32 };

static bool holds(const uint8_t *p, size_t n, const void *what, size_t len)
{
	return memmem(p, n, what, len) != NULL;
}

TEST(request_shows_no_identity_and_reads_back)
{
	kit k;

	kit_start(&k);
	uplink u = cafe();
	client_core_uplinks(k.c, now, &u, 1);
	assert_int_equal(k.tx.n_runs, 1);
	const dgram_run *r = &k.tx.runs[0];
	const uint8_t *p = k.tx.bytes + r->at;
	assert_int_equal(r->route.to.port, 4500);
	assert_false(holds(p, r->len, "alice", 5));
	assert_false(holds(p, r->len, k.conf.home4.b, 4));
	assert_false(holds(p, r->len, u.mac, 6));
	assert_false(holds(p, r->len, k.conf.key0, 16));
	reg_scan s;
	reg_request q;
	assert_true(reg_scan_message(p, r->len, &s));
	assert_true(client_credential_verifies(&k.c->credential, &s));
	assert_true(reg_request_open(&s, &k.c->credential.keys, &q));
	assert_string_equal(q.nai, k.conf.nai);
	assert_int_equal(q.pseudonym, k.conf.spi);
	assert_int_equal(q.flags, MIP_D | MIP_T);
	assert_true(q.sa.present && q.udp_tunnel && q.has_mac);
	assert_true(ip_equal(&q.care_of, &u.local.addr));
	kit_end(&k);
}

TEST(each_request_has_a_later_identification_and_its_own_spi)
{
	kit k;

	kit_start(&k);
	uplink u = cafe();
	client_core_uplinks(k.c, now, &u, 1);
	uint64_t last = 0;
	uint32_t spi = 0;
	for (int i = 0; i < 10; i++) {
		core_time t = { now.ms + (uint64_t)i,
				now.ntp }; /* even while the clock stands still */
		client_path *p = k.c->paths.active;
		assert_true(client_requests_send_to(&k.c->requests, t, p, &p->remote,
						    CLIENT_FOR_REGISTRATION));
		const client_requests *r = &k.c->requests;
		const client_offer *o = &r->under_way[(r->next - 1) % CLIENT_REQUESTS].offer;
		assert_true(o->request_id > last);
		assert_true(o->spi >= ESP_MIN_SPI && o->spi != spi);
		last = o->request_id;
		spi = o->spi;
	}
	kit_end(&k);
}

TEST(retries_go_round_home_addresses_and_to_port_434)
{
	kit k;

	kit_start(&k);
	k.conf.homes[1] = (endpoint){ .addr = ip4(203, 0, 113, 3), .port = 4500 };
	client_core_homes(k.c, now, k.conf.homes, 2);
	uplink u = cafe();
	client_core_uplinks(k.c, now, &u, 1);
	client_path *p = k.c->paths.active;
	static const struct {
		uint8_t last;
		uint16_t port;
	} expected[] = {
		{ 2, 4500 }, { 2, 4500 }, { 2, 434 }, { 3, 4500 }, { 3, 434 }, { 2, 4500 }
	};
	client_requests_restart(&k.c->requests);
	for (size_t i = 0; i < COUNT(expected); i++) {
		endpoint to = client_requests_next_address(&k.c->requests, p);
		assert_int_equal(to.addr.b[3], expected[i].last);
		assert_int_equal(to.port, expected[i].port);
	}
	kit_end(&k);
}

TEST(uplink_of_a_family_that_home_has_no_address_of_is_no_path)
{
	kit k;

	kit_start(&k);
	uplink u = cafe();
	ip_parse("2001:db8:51::10", &u.local.addr);
	u.local.bits = 64;
	client_core_uplinks(k.c, now, &u, 1);
	assert_null(k.c->paths.active);
	endpoint homes[2] = { k.conf.homes[0], { .port = 4500 } };
	ip_parse("2001:db8:0:1::2", &homes[1].addr);
	client_core_homes(k.c, now, homes, 2); /* its name was looked up at last */
	assert_non_null(k.c->paths.active);
	assert_int_equal(k.c->paths.active->remote.addr.len, 16);
	kit_end(&k);
}

TEST(address_in_another_network_with_the_same_prefix_is_another_path)
{
	kit k;

	kit_start(&k);
	uplink u = cafe();
	u.gateway = ip4(10, 1, 0, 1);
	client_core_uplinks(k.c, now, &u, 1);
	uint32_t sock = k.c->paths.active->sock;
	client_core_uplinks(k.c, now, &u, 1);
	assert_int_equal(k.c->paths.active->sock, sock);
	u.gateway = ip4(10, 1, 0, 2);
	client_core_uplinks(k.c, now, &u, 1);
	assert_int_not_equal(k.c->paths.active->sock, sock);
	kit_end(&k);
}

static void packet_from(kit *k, const char *src)
{
	uint8_t in[VNET_HDR_LEN + 40] = { 0 };
	uint8_t *p = in + VNET_HDR_LEN;
	ip_addr a;

	assert_true(ip_parse(src, &a));
	p[0] = 0x45;
	p[9] = IPPROTO_NUM_UDP;
	memcpy(p + 12, a.b, 4);
	ip_view v = { .version = 4, .hdr_len = 20, .len = 40 };
	ip_set_len(p, &v, 40);
	client_core_packet(k->c, now, in, sizeof in);
}

TEST(packets_from_other_addresses_are_dropped_and_counted)
{
	kit k;
	client_status s;

	kit_start(&k);
	packet_from(&k, "192.168.50.102");
	packet_from(&k, "169.254.1.1"); /* chatter of the interface: dropped, not counted */
	packet_from(&k, "192.168.50.101");
	client_core_status(k.c, now, &s);
	assert_int_equal(s.drop_source, 1);
	assert_int_equal(s.drop_no_path, 1);
	assert_int_equal(s.tx_packets, 0);
	kit_end(&k);
}

TEST(packets_wait_a_second_for_a_network_and_no_longer)
{
	kit k;

	kit_start(&k);
	client_core_uplinks(k.c, now, NULL, 0);
	assert_false(client_core_wants_packets(k.c, now));
	assert_false(client_core_wants_packets(k.c, (core_time){ now.ms + 999, now.ntp }));
	assert_true(client_core_wants_packets(k.c, (core_time){ now.ms + 1000, now.ntp }));
	kit_end(&k);
}

TEST(garbage_of_every_length_is_survived)
{
	kit k;

	kit_start(&k);
	uplink u = cafe();
	client_core_uplinks(k.c, now, &u, 1);
	for (size_t n = 0; n < 300; n++) {
		uint8_t p[300];
		memset(p, (int)n, sizeof p);
		p[0] = (uint8_t)(n % 0x30);
		dgram_in d = { .sock = k.c->paths.active->sock,
			       .from = k.c->paths.active->remote,
			       .p = p,
			       .n = n };
		client_core_datagram(k.c, now, &d);
		client_core_packet(k.c, now, p, n);
	}
	assert_int_equal(k.state, CLIENT_REGISTERING);
	kit_end(&k);
}

TEST(states_have_the_names_of_status)
{
	assert_string_equal(client_state_name(CLIENT_SEARCHING), "searching");
	assert_string_equal(client_state_name(CLIENT_HOME), "home");
	assert_string_equal(client_state_name(CLIENT_STOPPED), "stopped");
}

RUN(T(request_shows_no_identity_and_reads_back),
    T(each_request_has_a_later_identification_and_its_own_spi),
    T(retries_go_round_home_addresses_and_to_port_434),
    T(uplink_of_a_family_that_home_has_no_address_of_is_no_path),
    T(address_in_another_network_with_the_same_prefix_is_another_path),
    T(packets_from_other_addresses_are_dropped_and_counted),
    T(packets_wait_a_second_for_a_network_and_no_longer), T(garbage_of_every_length_is_survived),
    T(states_have_the_names_of_status))
