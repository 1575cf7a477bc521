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

TEST(who_is_never_at_home_retries_at_the_home_servers_address_on_the_home_link_first)
{
	kit k;
	uplink u[2] = { uplink_at(2, "wan0", 50), uplink_at(3, "wan1", 1) };
	static const struct {
		ip_addr to;
		uint16_t port;
	} expected[] = { { { 4, { 203, 0, 113, 2 } }, 4500 }, { { 4, { 10, 50, 0, 2 } }, 4500 },
			 { { 4, { 10, 50, 0, 2 } }, 434 },    { { 4, { 203, 0, 113, 2 } }, 4500 },
			 { { 4, { 203, 0, 113, 2 } }, 434 },  { { 4, { 10, 50, 0, 2 } }, 4500 } };

	kit_prepare(&k);
	k.conf.never_at_home = true;
	k.conf.home_lan = ip4(10, 50, 0, 2);
	assert_true(prefix_parse("10.50.0.0/24", &k.conf.network4));
	kit_make(&k);
	kit_plug(&k, u, 2);
	client_requests_restart(&k.c->requests);
	for (const client_path *p = NULL; (p = client_paths_next(&k.c->paths, p));)
		for (size_t i = 0; i < COUNT(expected); i++) {
			endpoint to = client_requests_next_address(&k.c->requests, p);
			bool inside = p->up.ifindex == 2;
			assert_true(ip_equal(&to.addr, &expected[inside ? i : 0].to));
			assert_true(to.port == expected[i].port || !inside);
		}
	kit_end(&k);
}

TEST(requests_are_forgotten_by_purpose_and_by_path)
{
	kit k;
	const uplink u[3] = { uplink_at(2, "wan0", 1), uplink_at(3, "wan1", 2),
			      uplink_at(4, "wan2", 3) };
	uint64_t id[3], other;

	kit_start(&k);
	client_requests *r = &k.c->requests;
	client_core_uplinks(k.c, now, u, 3);
	client_requests_wipe(r);
	for (client_path *p = NULL; (p = client_paths_next(&k.c->paths, p));) {
		assert_true(client_requests_send(r, now, p, CLIENT_FOR_STANDBY));
		id[p->slot] = r->under_way[(r->next - 1) % CLIENT_REQUESTS].offer.request_id;
	}
	const client_path *middle = &k.c->paths.slots[1];
	assert_true(client_requests_send(r, now, &k.c->paths.slots[1], CLIENT_FOR_HOME_LINK));
	other = r->under_way[(r->next - 1) % CLIENT_REQUESTS].offer.request_id;
	client_requests_forget(r, CLIENT_FOR_STANDBY, middle->name);
	assert_non_null(client_requests_find(r, id[0]));
	assert_null(client_requests_find(r, id[1]));
	assert_non_null(client_requests_find(r, id[2]));
	client_requests_forget(r, CLIENT_FOR_STANDBY, 0);
	assert_null(client_requests_find(r, id[0]));
	assert_null(client_requests_find(r, id[2]));
	assert_int_equal(client_requests_find(r, other)->purpose, CLIENT_FOR_HOME_LINK);
	kit_end(&k);
}

TEST(the_last_sixteen_requests_can_be_answered)
{
	kit k;
	uint64_t id[CLIENT_REQUESTS + 1];
	const uplink u = cafe();

	kit_start(&k);
	client_requests *r = &k.c->requests;
	client_core_uplinks(k.c, now, &u, 1);
	client_requests_wipe(r);
	assert_null(client_requests_find(r, 0));
	for (unsigned i = 0; i <= CLIENT_REQUESTS; i++) {
		assert_true(client_requests_send(r, now, k.c->paths.active, CLIENT_FOR_STANDBY));
		id[i] = r->under_way[(r->next - 1) % CLIENT_REQUESTS].offer.request_id;
	}
	assert_null(client_requests_find(r, id[0]));
	for (unsigned i = 1; i <= CLIENT_REQUESTS; i++) {
		const client_request *q = client_requests_find(r, id[i]);
		assert_true(q && q->offer.request_id == id[i]);
		assert_ptr_equal(client_requests_find(r, (uint32_t)id[i]),
				 q); /* with home's time */
	}
	kit_end(&k);
}

/* What the last request asks for. */
static reg_request last_asked(kit *k)
{
	const dgram_run *run = &k->tx.runs[k->tx.n_runs - 1];
	const uint8_t *p = k->tx.bytes + run->at + (size_t)run->seg * (run->n_segs - 1u);
	reg_request q;
	reg_scan s;

	assert_true(reg_scan_message(p, run->len - (size_t)run->seg * (run->n_segs - 1u), &s));
	assert_true(reg_request_open(&s, &k->c->credential.keys, &q));
	return q;
}

static reg_request ask(kit *k, client_purpose purpose)
{
	assert_true(client_requests_send(&k->c->requests, now, k->c->paths.active, purpose));
	return last_asked(k);
}

TEST(the_purpose_of_a_request_is_in_its_lifetime_and_its_extensions)
{
	kit k;
	const uplink u = cafe();
	reg_request q;

	kit_start(&k);
	client_core_uplinks(k.c, now, &u, 1);
	q = ask(&k, CLIENT_FOR_REGISTRATION);
	assert_true(q.lifetime_s == 600 && q.sa.present && !q.standby && !q.home_link);
	q = ask(&k, CLIENT_FOR_STANDBY);
	assert_true(q.lifetime_s == 600 && !q.sa.present && q.standby && !q.home_link);
	q = ask(&k, CLIENT_FOR_HOME_LINK);
	assert_true(q.lifetime_s == 0 && !q.sa.present && !q.standby && q.home_link);
	q = ask(&k, CLIENT_FOR_DEREGISTRATION);
	assert_true(q.lifetime_s == 0 && !q.sa.present && !q.standby && !q.home_link);
	k.conf.lifetime_s = 65534;
	assert_int_equal(ask(&k, CLIENT_FOR_REGISTRATION).lifetime_s, 65534);
	k.conf.lifetime_s = 65535; /* for ever, in RFC 5944 */
	assert_int_equal(ask(&k, CLIENT_FOR_REGISTRATION).lifetime_s, 65534);
	k.conf.lifetime_s = 100000;
	assert_int_equal(ask(&k, CLIENT_FOR_REGISTRATION).lifetime_s, 65534);
	kit_end(&k);
}

TEST(addresses_are_asked_for_where_they_are_known_or_wanted)
{
	kit k;
	const uplink u = cafe();
	reg_request q;

	kit_start(&k);
	client_core_uplinks(k.c, now, &u, 1);
	q = ask(&k, CLIENT_FOR_STANDBY);
	assert_true(ip_equal(&q.home4, &k.conf.home4) && q.home6.len == 0);
	assert_true(ip_equal(&q.home_agent, &k.conf.homes[0].addr));
	k.c->binding.home4 = (ip_addr){ 0 };
	q = ask(&k, CLIENT_FOR_STANDBY);
	assert_true(q.home4.len == 0 && q.home6.len == 0);
	k.conf.want4 = k.conf.want6 = true;
	q = ask(&k, CLIENT_FOR_STANDBY);
	assert_true(q.home4.len == 4 && ip_is_any(&q.home4));
	assert_true(q.home6.len == 16 && ip_is_any(&q.home6));
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
	packet_from(&k, "0.0.0.0");
	packet_from(&k, "169.253.1.1");
	packet_from(&k, "169.255.1.1");
	packet_from(&k, "168.254.1.1");
	packet_from(&k, "170.254.1.1");
	packet_from(&k, "192.168.50.101");
	client_core_status(k.c, now, &s);
	assert_int_equal(s.drop_source, 5);
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
	assert_string_equal(client_state_name(CLIENT_N_STATES), "?");
}

TEST(kinds_of_paths_have_the_names_of_status)
{
	assert_string_equal(client_path_kind_name(PATH_DIRECT), "direct");
	assert_string_equal(client_path_kind_name(PATH_HTTP), "http");
	assert_string_equal(client_path_kind_name(PATH_N_KINDS), "?");
}

TEST(over_ipv6_a_request_names_no_home_agent_but_behind_an_agent_it_does)
{
	kit k;
	uplink u = cafe();

	kit_prepare(&k);
	k.conf.homes[1].port = 4500;
	assert_true(ip_parse("2001:db8::2", &k.conf.homes[1].addr));
	k.conf.n_homes = 2;
	kit_make(&k);
	assert_true(ip_parse("2001:db8:51::10", &u.local.addr));
	u.local.bits = 64;
	client_core_uplinks(k.c, now, &u, 1);
	assert_int_equal(k.c->paths.active->remote.addr.len, 16);
	const ip_addr none = ask(&k, CLIENT_FOR_STANDBY).home_agent;
	assert_true(none.len == 0 || ip_is_any(&none));
	k.c->paths.active->kind = PATH_HTTPS;
	const ip_addr home = ask(&k, CLIENT_FOR_STANDBY).home_agent;
	assert_true(ip_equal(&home, &k.conf.homes[0].addr));
	kit_end(&k);
}

TEST(a_request_keeps_a_nats_mapping_as_any_packet_does)
{
	const uplink u = cafe();
	kit k;

	kit_start(&k);
	client_path *p = kit_plug(&k, &u, 1);
	assert_true(client_requests_send(&k.c->requests, after(700), p, CLIENT_FOR_REGISTRATION));
	assert_int_equal(p->last_tx_ms, after(700).ms);
	kit_end(&k);
}

RUN(T(a_request_keeps_a_nats_mapping_as_any_packet_does),
    T(request_shows_no_identity_and_reads_back),
    T(each_request_has_a_later_identification_and_its_own_spi),
    T(retries_go_round_home_addresses_and_to_port_434),
    T(who_is_never_at_home_retries_at_the_home_servers_address_on_the_home_link_first),
    T(requests_are_forgotten_by_purpose_and_by_path), T(the_last_sixteen_requests_can_be_answered),
    T(the_purpose_of_a_request_is_in_its_lifetime_and_its_extensions),
    T(addresses_are_asked_for_where_they_are_known_or_wanted),
    T(uplink_of_a_family_that_home_has_no_address_of_is_no_path),
    T(address_in_another_network_with_the_same_prefix_is_another_path),
    T(packets_from_other_addresses_are_dropped_and_counted),
    T(packets_wait_a_second_for_a_network_and_no_longer), T(garbage_of_every_length_is_survived),
    T(states_have_the_names_of_status), T(kinds_of_paths_have_the_names_of_status),
    T(over_ipv6_a_request_names_no_home_agent_but_behind_an_agent_it_does))
