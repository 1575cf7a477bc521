/* SPDX-License-Identifier: MIT */
#include "client_kit.h"
#include "syn.h"

static uint16_t seen_mss;
static size_t seen_len;

static void note_mss(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	(void)k, (void)now, (void)p, (void)n;
	if (o->next_header != ESP_NEXT_IPV4)
		return;
	seen_len = o->len;
	seen_mss = load_be16(o->inner + MSS_AT);
}

static void send_syn(kit *k, const ip_addr *from, uint8_t flags)
{
	uint8_t in[VNET_HDR_LEN + SYN_LEN] = { 0 };
	const ip_addr lan = ip4(192, 168, 50, 20);

	build_syn(in + VNET_HDR_LEN, from, &lan, flags);
	seen_len = seen_mss = 0;
	client_core_packet(k->c, after(1), in, sizeof in);
	kit_collect(k, after(1), note_mss);
}

TEST(the_segment_size_of_a_connection_from_here_is_clamped_to_the_tunnel)
{
	kit k;

	kit_up(&k);
	uint16_t inner = k.c->mtu.inner;
	assert_in_range(inner, 500, 1450);
	send_syn(&k, &k.conf.home4, TCP_SYN);
	assert_int_equal(seen_len, SYN_LEN);
	assert_int_equal(seen_mss, inner - 40);
	send_syn(&k, &k.conf.home4, TCP_ACK); /* what looks like the option then is data */
	assert_int_equal(seen_mss, MSS);
	kit_end(&k);
}

TEST(the_segment_size_of_a_connection_to_here_is_clamped_to_the_tunnel)
{
	kit k;
	const client_path *p = kit_up(&k);
	const ip_addr lan = ip4(192, 168, 50, 20);
	uint8_t syn[SYN_LEN];

	build_syn(syn, &lan, &k.conf.home4, TCP_SYN);
	kit_deliver(&k, after(1), p, ESP_NEXT_IPV4, syn, sizeof syn);
	assert_int_equal(k.tun.n, 1);
	const uint8_t *got = k.tun.items[0].iov[1].iov_base;
	assert_int_equal(load_be16(got + MSS_AT), k.c->mtu.inner - 40);
	kit_end(&k);
}

TEST(only_packets_of_the_permanent_address_leave_and_are_counted)
{
	kit k;
	client_status s;

	kit_up(&k);
	const ip_addr other = ip4(192, 168, 50, 102), chatter = ip4(169, 254, 1, 1);
	send_syn(&k, &other, TCP_SYN);
	assert_int_equal(seen_len, 0);
	send_syn(&k, &chatter, TCP_SYN);
	assert_int_equal(seen_len, 0);
	send_syn(&k, &k.conf.home4, TCP_SYN);
	assert_int_equal(seen_len, SYN_LEN);
	client_core_status(k.c, after(1), &s);
	assert_int_equal(s.drop_source, 1);
	assert_int_equal(s.tx_packets, 1);
	assert_int_equal(s.tx_bytes, SYN_LEN);
	assert_int_equal(s.drop_no_path, 0);
	kit_end(&k);
}

TEST(only_packets_to_the_permanent_address_come_in_and_are_counted)
{
	kit k;
	client_status s;
	const client_path *p = kit_up(&k);
	const ip_addr lan = ip4(192, 168, 50, 20), other = ip4(192, 168, 50, 102);
	uint8_t syn[SYN_LEN];

	build_syn(syn, &lan, &other, TCP_SYN);
	kit_deliver(&k, after(1), p, ESP_NEXT_IPV4, syn, sizeof syn);
	assert_int_equal(k.tun.n, 0);
	build_syn(syn, &lan, &k.conf.home4, TCP_SYN);
	kit_deliver(&k, after(1), p, ESP_NEXT_IPV6, syn,
		    sizeof syn); /* its header says otherwise */
	assert_int_equal(k.tun.n, 0);
	kit_deliver(&k, after(1), p, ESP_NEXT_IPV4, syn, sizeof syn);
	assert_int_equal(k.tun.n, 1);
	client_core_status(k.c, after(1), &s);
	assert_int_equal(s.rx_packets, 1);
	assert_int_equal(s.rx_bytes, SYN_LEN);
	kit_end(&k);
}

TEST(a_packet_that_cannot_be_cut_is_answered_with_the_size_that_passes)
{
	kit k;
	client_status s;

	kit_up(&k);
	uint8_t in[VNET_HDR_LEN + 1500] = { 0 }, *p = in + VNET_HDR_LEN;
	const ip_addr lan = ip4(192, 168, 50, 20);
	build_syn(p, &k.conf.home4, &lan, 0);
	p[9] = IPPROTO_NUM_UDP;
	p[6] = 0x40; /* DF */
	ip_view v = { .version = 4, .proto = IPPROTO_NUM_UDP, .hdr_len = 20, .len = 1500 };
	ip_set_len(p, &v, 1500);
	client_core_packet(k.c, after(1), in, sizeof in);
	client_core_status(k.c, after(1), &s);
	assert_int_equal(s.drop_too_big, 1);
	assert_int_equal(s.tx_packets, 0);
	assert_int_equal(k.tun.n, 1);
	const uint8_t *icmp = (const uint8_t *)k.tun.items[0].iov[1].iov_base + 20;
	assert_int_equal(icmp[0], 3);
	assert_int_equal(icmp[1], 4);
	assert_int_equal(load_be16(icmp + 6), k.c->mtu.inner);
	kit_end(&k);
}

TEST(what_is_forged_or_repeated_is_dropped_and_counted)
{
	kit k;
	client_status s;
	client_path *p = kit_up(&k);
	uint8_t copy[sizeof k.buf];

	kit_deliver(&k, after(1), p, ESP_NEXT_IPV4, "x", 1);
	size_t n = esp_seal(k.to_client, k.buf, 20, ESP_NEXT_IPV4);
	memcpy(copy, k.buf, n);
	dgram_in d = { .sock = p->sock, .from = p->remote, .p = copy, .n = n };
	copy[n - 1] ^= 1;
	client_core_datagram(k.c, after(1), &d);
	for (int i = 0; i < 2; i++) {
		memcpy(copy, k.buf, n);
		client_core_datagram(k.c, after(1), &d);
	}
	client_core_status(k.c, after(1), &s);
	assert_int_equal(s.drop_auth, 1);
	assert_int_equal(s.drop_replay, 1);
	kit_end(&k);
}

RUN(T(the_segment_size_of_a_connection_from_here_is_clamped_to_the_tunnel),
    T(the_segment_size_of_a_connection_to_here_is_clamped_to_the_tunnel),
    T(only_packets_of_the_permanent_address_leave_and_are_counted),
    T(only_packets_to_the_permanent_address_come_in_and_are_counted),
    T(a_packet_that_cannot_be_cut_is_answered_with_the_size_that_passes),
    T(what_is_forged_or_repeated_is_dropped_and_counted))
