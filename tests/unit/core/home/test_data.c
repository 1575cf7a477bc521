/* SPDX-License-Identifier: MIT */
/* Packets through the home agent, both ways. */
#include "core/packet/tunnel_mtu.h"
#include "home_kit.h"
#include "syn.h"

static void from_client(away *a, const ip_addr *src)
{
	const ip_addr lan = ip4(192, 168, 50, 20);
	uint8_t p[100];

	make_ip4(p, sizeof p, src, &lan, false);
	join_clear(&a->k->tun);
	away_esp(a, a->out, p, sizeof p, ESP_NEXT_IPV4);
}

TEST(a_packet_from_the_clients_own_address_reaches_the_tun)
{
	SCENE_REGISTERED(k, a);

	from_client(&a, &a.conf.home4);
	assert_int_equal(k.tun.n, 1);
	join_finish(&k.tun);
	assert_int_equal(k.tun.items[0].iov[1].iov_len, 100);
	assert_int_equal(kit_status(&k).last.rx_packets, 1);
	assert_int_equal(kit_status(&k).last.rx_bytes, 100);
	END(k, a);
}

TEST(a_packet_with_another_source_is_dropped_and_counted)
{
	SCENE_REGISTERED(k, a);
	const ip_addr other = ip4(192, 168, 50, 102);

	from_client(&a, &other);
	assert_int_equal(k.tun.n, 0);
	assert_int_equal(home_core_counters(k.h).inbound.spoofed_source, 1);
	END(k, a);
}

TEST(an_ipv6_link_local_source_is_dropped_without_a_count)
{
	SCENE_REGISTERED(k, a);
	uint8_t p[60] = { 0x60, 0, 0, 0, 0, 20, 58, 255, 0xfe, 0x80 };

	join_clear(&k.tun);
	away_esp(&a, a.out, p, sizeof p, ESP_NEXT_IPV6);
	assert_int_equal(k.tun.n, 0);
	assert_int_equal(home_core_counters(k.h).inbound.spoofed_source, 0);
	END(k, a);
}

TEST(a_next_header_that_contradicts_the_packet_or_is_a_dummy_goes_nowhere)
{
	SCENE_REGISTERED(k, a);
	const ip_addr lan = ip4(192, 168, 50, 20);
	uint8_t p[100];

	make_ip4(p, sizeof p, &a.conf.home4, &lan, false);
	join_clear(&k.tun);
	away_esp(&a, a.out, p, sizeof p, ESP_NEXT_IPV6);
	away_esp(&a, a.out, p, sizeof p, ESP_NEXT_DUMMY);
	away_esp(&a, a.out, p, 15, ESP_NEXT_IPV4);
	assert_int_equal(k.tun.n, 0);
	END(k, a);
}

TEST(a_padded_echo_is_answered_without_its_padding)
{
	SCENE_REGISTERED(k, a);
	uint8_t b[1000];
	wire_wr w = wire_writer(b, sizeof b);
	esp_opened o;
	ctl_msg m;

	ctl_put(&w,
		&(ctl_msg){ .kind = CTL_ECHO, .path = 3, .id = 9, .stamp_us = 77, .size = 1040 },
		sizeof b - CTL_LEN);
	dgramq_clear(&k.tx);
	away_esp(&a, a.out, b, sizeof b, ESP_NEXT_CTL);
	assert_true(away_opens(&a, a.in, &o));
	assert_int_equal(o.len, CTL_LEN);
	wire_rd r = wire_reader(o.inner, o.len);
	assert_true(ctl_get(&r, &m));
	assert_int_equal(m.kind, CTL_ECHO_REPLY);
	assert_int_equal(m.path, 3);
	assert_int_equal(m.id, 9);
	assert_int_equal(m.stamp_us, 77);
	assert_int_equal(m.size, 1040);
	END(k, a);
}

static void report_mtu(away *a, uint16_t mtu)
{
	uint8_t b[CTL_LEN];
	wire_wr w = wire_writer(b, sizeof b);

	ctl_put(&w, &(ctl_msg){ .kind = CTL_ECHO, .mtu = mtu }, 0);
	away_esp(a, a->out, b, sizeof b, ESP_NEXT_CTL);
}

TEST(the_paths_mtu_is_what_the_client_reported_within_the_links)
{
	SCENE_REGISTERED(k, a);
	uint16_t before = kit_status(&k).last.mtu;

	assert_int_equal(before, esp_inner_max(1280 - 28));
	report_mtu(&a, 1472);
	assert_int_equal(kit_status(&k).last.mtu, esp_inner_max(1472));
	report_mtu(&a, 9000);
	assert_int_equal(kit_status(&k).last.mtu, esp_inner_max(1472));
	report_mtu(&a, 1096);
	assert_int_equal(kit_status(&k).last.mtu, esp_inner_max(1096));
	report_mtu(&a, 60); /* no path is so narrow: a client that wants work done */
	assert_int_equal(kit_status(&k).last.mtu, esp_inner_max(1096));
	END(k, a);
}

TEST(a_packet_too_big_for_the_path_is_answered_into_the_tun)
{
	SCENE_REGISTERED(k, a);

	report_mtu(&a, 1096);
	join_clear(&k.tun);
	kit_packet(&k, &a.conf.home4, 1400, true);
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(home_core_counters(k.h).outbound.too_big, 1);
	assert_int_equal(k.tun.n, 1);
	join_finish(&k.tun);
	const uint8_t *p = k.tun.items[0].iov[1].iov_base;
	assert_int_equal(p[9], IPPROTO_NUM_ICMP);
	assert_memory_equal(p + 12, a.conf.home4.b, 4); /* not ours: that would be a martian */
	assert_int_equal(p[20], 3);
	assert_int_equal(p[21], 4);
	assert_int_equal(load_be16(p + 26), esp_inner_max(1096));
	END(k, a);
}

TEST(answers_of_too_big_are_never_overwritten_before_the_tun_took_them)
{
	SCENE_REGISTERED(k, a);

	report_mtu(&a, 1096);
	join_clear(&k.tun);
	for (size_t i = 0; i < 50; i++)
		kit_packet(&k, &a.conf.home4, 1300 + i, true);
	assert_in_range(k.tun.n, 1, 8);
	join_finish(&k.tun);
	for (uint32_t i = 0; i < k.tun.n; i++) { /* each quotes its own packet */
		const uint8_t *p = k.tun.items[i].iov[1].iov_base;
		assert_int_equal(load_be16(p + 28 + 2), 1300 + i);
	}
	join_clear(&k.tun);
	kit_packet(&k, &a.conf.home4, 1400, true);
	assert_int_equal(k.tun.n, 1);
	END(k, a);
}

TEST(a_long_packet_that_may_be_cut_arrives_in_pieces)
{
	SCENE_REGISTERED(k, a);

	report_mtu(&a, 1096);
	kit_packet(&k, &a.conf.home4, 1400, false);
	assert_int_equal(kit_queued(&k, &a.from), 2);
	END(k, a);
}

/* Of two pieces the second is shorter. */
TEST(a_packet_in_pieces_goes_to_each_simultaneous_binding_piece_by_piece)
{
	SCENE_REGISTERED(k, a);
	const endpoint first = a.from, second = { .addr = ip4(198, 51, 100, 9), .port = 9 };
	const dgramq *q = &k.tx;
	size_t len[2] = { 0 };
	uint8_t octets[2][3000];

	away_prepare(&a);
	a.q.flags |= MIP_S;
	a.from = second;
	a.q.care_of = second.addr;
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	kit_packet(&k, &a.conf.home4, 1400, false);
	assert_int_equal(kit_queued(&k, &first), 2);
	assert_int_equal(kit_queued(&k, &second), 2);
	for (uint32_t i = 0; i < q->n_runs; i++) {
		unsigned to = endpoint_equal(&q->runs[i].route.to, &second);
		memcpy(octets[to] + len[to], q->bytes + q->runs[i].at, q->runs[i].len);
		len[to] += q->runs[i].len;
	}
	assert_int_equal(len[0], len[1]);
	assert_memory_equal(octets[0], octets[1], len[0]);
	END(k, a);
}

TEST(packets_to_a_client_are_counted_with_their_octets)
{
	SCENE_REGISTERED(k, a);

	kit_packet(&k, &a.conf.home4, 100, false);
	kit_packet(&k, &a.conf.home4, 300, false);
	assert_int_equal(kit_status(&k).last.tx_packets, 2);
	assert_int_equal(kit_status(&k).last.tx_bytes, 400);
	END(k, a);
}

TEST(packets_for_nobody_or_for_one_who_is_not_there_are_counted)
{
	SCENE_REGISTERED(k, a);
	const ip_addr nobody = ip4(192, 168, 50, 99);

	kit_add(&k, 2);
	ip_addr two = kit_client_conf(2).home4;
	kit_packet(&k, &nobody, 100, false);
	kit_packet(&k, &two, 100, false);
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(home_core_counters(k.h).outbound.no_binding, 2);
	END(k, a);
}

TEST(garbage_out_of_the_tun_is_survived)
{
	SCENE_REGISTERED(k, a);
	uint8_t in[300];
	uint32_t seed = 7;

	for (int i = 0; i < 20000; i++) {
		for (size_t j = 0; j < sizeof in; j++)
			in[j] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
		in[VNET_HDR_LEN] = i % 2 ? 0x45 : 0x60;
		memcpy(in + VNET_HDR_LEN + 16, a.conf.home4.b, 4);
		dgramq_clear(&k.tx);
		join_clear(&k.tun);
		home_core_packet(k.h, k.now, in, (size_t)i % sizeof in);
	}
	kit_packet(&k, &a.conf.home4, 100, false);
	assert_int_equal(kit_queued(&k, &a.from), 1);
	END(k, a);
}

TEST(an_idle_registered_client_takes_less_than_8_kib)
{
	enum { CLIENTS = 200 };
	SCENE_REGISTERED(k, a);
	size_t before = kit_heap();

	k.conf.max_clients = CLIENTS + 1;
	for (int n = 2; n < CLIENTS; n++) {
		away b;
		kit_add(&k, (uint8_t)n);
		away_open(&b, &k, (uint8_t)n);
		away_register(&b);
		away_echo(&b, b.out, 0);
		away_close(&b);
	}
	assert_int_equal(kit_status(&k).n, CLIENTS - 1);
	size_t each = (kit_heap() - before) / (CLIENTS - 2);
	assert_in_range(each, 500, 8192);
	print_message("an idle client: %zu octets\n", each);
	END(k, a);
}

static uint16_t sent_mss(kit *k, away *a, uint8_t flags)
{
	const ip_addr lan = ip4(192, 168, 50, 20);
	uint8_t in[VNET_HDR_LEN + SYN_LEN] = { 0 };
	esp_opened o;

	build_syn(in + VNET_HDR_LEN, &lan, &a->conf.home4, flags);
	dgramq_clear(&k->tx);
	home_core_packet(k->h, k->now, in, sizeof in);
	assert_true(away_opens(a, a->in, &o));
	return load_be16(o.inner + MSS_AT);
}

TEST(the_segment_size_of_a_connection_to_the_client_is_clamped_to_its_path)
{
	SCENE_REGISTERED(k, a);

	report_mtu(&a, 1096);
	assert_int_equal(sent_mss(&k, &a, TCP_SYN), esp_inner_max(1096) - 40);
	assert_int_equal(sent_mss(&k, &a, TCP_ACK),
			 MSS); /* what looks like the option then is data */
	END(k, a);
}

TEST(the_segment_size_of_a_connection_from_the_client_is_clamped_to_its_path)
{
	SCENE_REGISTERED(k, a);
	const ip_addr lan = ip4(192, 168, 50, 20);
	uint8_t syn[SYN_LEN];

	report_mtu(&a, 1096);
	build_syn(syn, &a.conf.home4, &lan, TCP_SYN);
	join_clear(&k.tun);
	away_esp(&a, a.out, syn, sizeof syn, ESP_NEXT_IPV4);
	assert_int_equal(k.tun.n, 1);
	join_finish(&k.tun);
	const uint8_t *got = k.tun.items[0].iov[1].iov_base;
	assert_int_equal(load_be16(got + MSS_AT), esp_inner_max(1096) - 40);
	END(k, a);
}

TEST(a_path_as_narrow_as_any_may_be_is_believed)
{
	SCENE_REGISTERED(k, a);

	report_mtu(&a, TUNNEL_MTU_MIN);
	assert_int_equal(kit_status(&k).last.mtu, esp_inner_max(TUNNEL_MTU_MIN));
	report_mtu(&a, TUNNEL_MTU_MIN - 1);
	assert_int_equal(kit_status(&k).last.mtu, esp_inner_max(TUNNEL_MTU_MIN));
	END(k, a);
}

/* What is answered is an echo: the answer to an answer would never end. */
TEST(an_answer_to_an_echo_is_not_answered)
{
	SCENE_REGISTERED(k, a);

	for (uint8_t kind = 0; kind < 8; kind++) {
		uint8_t b[CTL_LEN];
		wire_wr w = wire_writer(b, sizeof b);
		ctl_put(&w, &(ctl_msg){ .kind = CTL_ECHO, .id = 7 }, 0);
		b[0] = kind;
		dgramq_clear(&k.tx);
		away_esp(&a, a.out, b, sizeof b, ESP_NEXT_CTL);
		assert_int_equal(k.tx.n_runs, kind == CTL_ECHO);
	}
	END(k, a);
}

/* Of either family: home can't know what such a packet would be. */
TEST(a_next_header_that_home_does_not_know_goes_nowhere)
{
	SCENE_REGISTERED(k, a);
	const ip_addr lan = ip4(192, 168, 50, 20);
	const ip_addr own6 = { 16, { 0x20, 1, 0xd, 0xb8, [15] = 9 } };
	uint8_t four[100], six[60] = { 0x60, 0, 0, 0, 0, 20, 59, 64 };

	a.conf.home6 = own6;
	assert_true(home_core_client_put(k.h, &a.conf, NULL, NULL));
	a.spi = a.conf.spi;
	away_register(&a);
	make_ip4(four, sizeof four, &a.conf.home4, &lan, false);
	memcpy(six + 8, own6.b, 16);
	memcpy(six + 24, own6.b, 16);
	join_clear(&k.tun);
	for (unsigned next = 0; next < 256; next++) {
		if (next == ESP_NEXT_IPV4 || next == ESP_NEXT_IPV6 || next == ESP_NEXT_CTL)
			continue;
		away_esp(&a, a.out, four, sizeof four, (uint8_t)next);
		away_esp(&a, a.out, six, sizeof six, (uint8_t)next);
	}
	assert_int_equal(k.tun.n, 0);
	away_esp(&a, a.out, six, sizeof six, ESP_NEXT_IPV6);
	assert_int_equal(k.tun.n, 1);
	END(k, a);
}

RUN(T(a_path_as_narrow_as_any_may_be_is_believed), T(an_answer_to_an_echo_is_not_answered),
    T(a_next_header_that_home_does_not_know_goes_nowhere),
    T(the_segment_size_of_a_connection_to_the_client_is_clamped_to_its_path),
    T(the_segment_size_of_a_connection_from_the_client_is_clamped_to_its_path),
    T(a_packet_from_the_clients_own_address_reaches_the_tun),
    T(a_packet_with_another_source_is_dropped_and_counted),
    T(an_ipv6_link_local_source_is_dropped_without_a_count),
    T(a_next_header_that_contradicts_the_packet_or_is_a_dummy_goes_nowhere),
    T(a_padded_echo_is_answered_without_its_padding),
    T(the_paths_mtu_is_what_the_client_reported_within_the_links),
    T(a_packet_too_big_for_the_path_is_answered_into_the_tun),
    T(answers_of_too_big_are_never_overwritten_before_the_tun_took_them),
    T(a_long_packet_that_may_be_cut_arrives_in_pieces),
    T(a_packet_in_pieces_goes_to_each_simultaneous_binding_piece_by_piece),
    T(packets_to_a_client_are_counted_with_their_octets),
    T(packets_for_nobody_or_for_one_who_is_not_there_are_counted),
    T(garbage_out_of_the_tun_is_survived), T(an_idle_registered_client_takes_less_than_8_kib))
