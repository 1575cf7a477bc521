/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

#include <stdlib.h>
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
	for (unsigned next = 0; next < 256; next++)
		if (next != ESP_NEXT_IPV4)
			kit_deliver(&k, after(1), p, (uint8_t)next, syn, sizeof syn);
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

/* --- beside the associations with home --- */

enum { DIRECT_IN = 0x30000001, DIRECT_OUT = 0x30000002 };

static const uint8_t direct_key[20] = { 3 };

/* As one with another client would be: for that host alone, sent on after its acknowledgement. */
static sa_pair *open_direct(kit *k, sa_set *set, const ip_addr *host)
{
	static const sa_rules rules = { .max_larval = 1 };
	const ip_prefix own = { k->conf.home4, 32 }, other = { *host, 32 };
	const sa_selector s = sa_selector_of_all(&own, &other);
	const sa_pair_conf c = { .cipher = ESP_AES_128_GCM,
				 .esn = true,
				 .spi_in = DIRECT_IN,
				 .spi_out = DIRECT_OUT,
				 .key_in = direct_key,
				 .key_out = direct_key,
				 .limits = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER } };
	sa_pair *p = sa_pair_new(&c);

	sa_set_open(set, k->c->associations.store, &rules, k);
	assert_true(sa_set_select(set, &s, 1));
	assert_true(sa_set_install(set, p));
	return p;
}

TEST(what_is_shorter_than_the_tuns_header_is_dropped_unread)
{
	kit k;

	kit_up(&k);
	for (size_t n = 0; n <= VNET_HDR_LEN; n++) {
		uint8_t *in = malloc(n + 1); /* what lies behind it is nobody's */
		assert_non_null(in);
		memset(in, 0x45, n + 1);
		dgramq_clear(&k.tx);
		client_core_packet(k.c, after(1), in, n);
		assert_int_equal(k.tx.n_runs, 0);
		free(in);
	}
	kit_end(&k);
}

static uint32_t leaves_under(kit *k)
{
	uint8_t in[VNET_HDR_LEN + SYN_LEN] = { 0 };
	const ip_addr lan = ip4(192, 168, 50, 20);

	build_syn(in + VNET_HDR_LEN, &k->conf.home4, &lan, TCP_SYN);
	dgramq_clear(&k->tx);
	client_core_packet(k->c, after(1), in, sizeof in);
	assert_int_equal(k->tx.n_runs, 1);
	return load_be32(k->tx.bytes + k->tx.runs[0].at);
}

TEST(a_packet_leaves_by_the_most_specific_association_that_may_be_sent_on)
{
	const ip_addr lan = ip4(192, 168, 50, 20), other = ip4(192, 168, 50, 21);
	sa_set direct;
	kit k;

	kit_up(&k);
	sa_pair *p = open_direct(&k, &direct, &lan);
	assert_int_equal(leaves_under(&k), 0x1001);
	assert_true(sa_set_confirm(&direct, p, after(1).ms));
	assert_int_equal(leaves_under(&k), DIRECT_OUT);
	sa_set_close(&direct);
	open_direct(&k, &direct, &other);
	assert_true(sa_set_confirm(&direct, direct.pairs, after(1).ms));
	assert_int_equal(leaves_under(&k), 0x1001);
	sa_set_close(&direct);
	kit_end(&k);
}

TEST(what_comes_by_an_association_is_looked_at_by_its_own_selectors)
{
	const ip_addr lan = ip4(192, 168, 50, 20), other = ip4(192, 168, 50, 21);
	const esp_params to = { ESP_AES_128_GCM, ESP_OUT, true, DIRECT_IN, direct_key };
	uint8_t syn[SYN_LEN];
	sa_set direct;
	kit k;
	const client_path *path = kit_up(&k);

	open_direct(&k, &direct, &lan);
	esp_sa_free(k.to_client);
	k.to_client = esp_sa_new(&to, NULL);
	build_syn(syn, &other, &k.conf.home4, TCP_SYN);
	kit_deliver(&k, after(1), path, ESP_NEXT_IPV4, syn, sizeof syn);
	assert_int_equal(k.tun.n, 0);
	build_syn(syn, &lan, &k.conf.home4, TCP_SYN);
	kit_deliver(&k, after(1), path, ESP_NEXT_IPV4, syn, sizeof syn);
	assert_int_equal(k.tun.n, 1);
	sa_set_close(&direct);
	kit_end(&k);
}

TEST(packets_that_wear_the_association_out_set_the_timer)
{
	kit k;

	kit_up(&k);
	sa_pair *p = client_associations_sending(&k.c->associations, after(1).ms);
	p->limits.soft_packets = esp_sa_packets(p->out) + 1;
	assert_true(client_core_next_timer_ms(k.c) > 0);
	send_syn(&k, &k.conf.home4, TCP_SYN);
	assert_int_equal(client_core_next_timer_ms(k.c), 0);
	client_core_tick(k.c, after(2));
	assert_int_equal(p->state, SA_DYING);
	assert_true(client_core_next_timer_ms(k.c) > 0);
	kit_end(&k);
}

RUN(T(what_is_shorter_than_the_tuns_header_is_dropped_unread),
    T(the_segment_size_of_a_connection_from_here_is_clamped_to_the_tunnel),
    T(the_segment_size_of_a_connection_to_here_is_clamped_to_the_tunnel),
    T(only_packets_of_the_permanent_address_leave_and_are_counted),
    T(only_packets_to_the_permanent_address_come_in_and_are_counted),
    T(a_packet_that_cannot_be_cut_is_answered_with_the_size_that_passes),
    T(what_is_forged_or_repeated_is_dropped_and_counted),
    T(a_packet_leaves_by_the_most_specific_association_that_may_be_sent_on),
    T(what_comes_by_an_association_is_looked_at_by_its_own_selectors),
    T(packets_that_wear_the_association_out_set_the_timer))
