/* SPDX-License-Identifier: MIT */
#include "core/packet/segment.h"
#include "packet_make.h"

enum { BUF = 70000 };

typedef struct cutter {
	uint8_t in[BUF], out[BUF];
	segmenter s;
	size_t mtu;
} cutter;
static cutter c; /* too large for the stack */

static segment_verdict begin(size_t n, size_t mtu)
{
	c.mtu = mtu;
	return segment_begin(&c.s, c.in, n, mtu);
}

/* The next packet, never longer than the path allows and nothing written behind it. */
static size_t next(void)
{
	c.out[c.mtu] = 0xa5;
	size_t n = segment_next(&c.s, c.out);
	assert_in_range(n, 0, c.mtu);
	assert_int_equal(c.out[c.mtu], 0xa5);
	return n;
}

static uint8_t flags_wanted(uint8_t flags, bool first, bool last)
{
	if (!first)
		flags &= (uint8_t)~TCP_CWR;
	if (!last)
		flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	return flags;
}

static void check_tcp_segments(const packet_spec *s, size_t seg)
{
	uint16_t id = s->id;
	size_t n;

	for (size_t done = 0; done < s->payload; done += seg) {
		size_t want = s->payload - done < seg ? s->payload - done : seg;
		assert_int_not_equal(n = next(), 0);
		ip_view v = packet_check(c.out, n);
		tcp_view t;
		assert_true(tcp_parse(c.out, &v, &t));
		assert_int_equal(t.payload_len, want);
		assert_int_equal(t.seq, s->seq + (uint32_t)done);
		assert_int_equal(t.ack, s->ack);
		assert_int_equal(t.flags,
				 flags_wanted(s->flags, done == 0, done + want == s->payload));
		assert_int_equal(t.hdr_len, 20 + s->opt_len);
		if (s->opt_len)
			assert_memory_equal(c.out + v.hdr_len + 20, s->opt, s->opt_len);
		if (v.version == 4)
			assert_int_equal(load_be16(c.out + 4), id++);
		payload_check(c.out + v.hdr_len + t.hdr_len, want, t.seq);
	}
	assert_int_equal(next(), 0);
	assert_int_equal(next(), 0);
}

static const uint8_t timestamps[12] = { 1, 1, 8, 10, 0, 1, 2, 3, 9, 8, 7, 6 };

static packet_spec tcp_spec(uint8_t version, size_t payload)
{
	return (packet_spec){
		.version = version,
		.id = 65530,
		.tos = 2,
		.sport = 40000,
		.seq = 0xfffff000,
		.ack = 77,
		.flags = TCP_ACK,
		.opt = timestamps,
		.opt_len = sizeof timestamps,
		.payload = payload,
	};
}

TEST(super_segment_is_cut_at_its_own_size)
{
	static const size_t payloads[] = { 1, 1447, 1448, 1449, 2896, 14480, 20000, 65000 };

	for (size_t i = 0; i < COUNT(payloads) * 2; i++) {
		packet_spec s = tcp_spec(i % 2 ? 6 : 4, payloads[i / 2]);
		assert_int_equal(begin(super_make(&s, 1448, c.in), 1520), SEGMENT_OK);
		check_tcp_segments(&s, 1448);
	}
}

TEST(super_segment_is_cut_at_what_the_path_allows)
{
	for (uint8_t version = 4; version <= 6; version += 2)
		for (size_t mtu = 100; mtu < 1600; mtu += 97) {
			packet_spec s = tcp_spec(version, 30011);
			size_t room = mtu - (version == 4 ? 20 : 40) - 32;
			assert_int_equal(begin(super_make(&s, 1448, c.in), mtu), SEGMENT_OK);
			check_tcp_segments(&s, room < 1448 ? room : 1448);
		}
}

TEST(every_flag_goes_where_it_belongs)
{
	static const uint8_t flags[] = { TCP_ACK | TCP_PSH, TCP_ACK | TCP_FIN, TCP_ACK | TCP_CWR,
					 TCP_ACK | TCP_ECE | TCP_CWR | TCP_PSH | TCP_FIN };

	for (size_t i = 0; i < COUNT(flags); i++) {
		packet_spec s = tcp_spec(4, 5000);
		s.flags = flags[i];
		size_t n = super_make(&s, 1000, c.in);
		if (flags[i] & TCP_CWR)
			c.in[1] |= VNET_ECN;
		assert_int_equal(begin(n, 1500), SEGMENT_OK);
		check_tcp_segments(&s, 1000);
	}
}

TEST(super_segment_with_ip_options_keeps_them)
{
	packet_spec s = tcp_spec(4, 5000);

	memcpy(s.ip_opt, "\x94\4\0\0", 4); /* router alert */
	s.ip_opt_len = 4;
	assert_int_equal(begin(super_make(&s, 1000, c.in), 1500), SEGMENT_OK);
	check_tcp_segments(&s, 1000);
}

TEST(plain_long_packet_is_cut_with_and_without_its_checksum)
{
	for (uint8_t version = 4; version <= 6; version += 2) {
		packet_spec s = tcp_spec(version, 1400);
		s.flags = TCP_ACK | TCP_PSH;
		size_t room = 1200 - (version == 4 ? 20u : 40u) - 32;
		assert_int_equal(begin(super_make(&s, 0, c.in), 1200), SEGMENT_OK);
		check_tcp_segments(&s, room);
		vnet_make(c.in, 0, 0, 0, 0, 0, 0);
		assert_int_equal(begin(10 + packet_make(&s, c.in + 10), 1200), SEGMENT_OK);
		check_tcp_segments(&s, room);
	}
}

TEST(wrong_checksum_is_not_made_right_by_cutting)
{
	packet_spec s = tcp_spec(4, 1400);

	vnet_make(c.in, 0, 0, 0, 0, 0, 0);
	size_t n = 10 + packet_make(&s, c.in + 10);
	c.in[500] ^= 1;
	assert_int_equal(begin(n, 1200), SEGMENT_BAD);
	assert_int_equal(begin(n, 1500), SEGMENT_OK); /* as it is, it is the receiver's affair */
	assert_int_equal(next(), n - 10);
	assert_memory_equal(c.out, c.in + 10, n - 10);
}

TEST(syn_rst_and_urg_are_never_cut)
{
	static const uint8_t flags[] = { TCP_SYN, TCP_RST | TCP_ACK, TCP_URG | TCP_ACK };

	for (size_t i = 0; i < COUNT(flags); i++) {
		packet_spec s = tcp_spec(4, 1400);
		s.flags = flags[i];
		assert_int_equal(begin(super_make(&s, 0, c.in), 1200), SEGMENT_TOO_BIG);
		assert_int_equal(begin(super_make(&s, 700, c.in), 1500), SEGMENT_BAD);
	}
}

TEST(packet_that_fits_passes_with_its_checksum_done)
{
	for (int i = 0; i < 4; i++) {
		packet_spec s = tcp_spec(i % 2 ? 6 : 4, 999);
		s.proto = i / 2 ? IPPROTO_NUM_UDP : IPPROTO_NUM_TCP;
		size_t n = super_make(&s, 0, c.in) - 10;
		assert_int_equal(begin(n + 10 + 7, 1500),
				 SEGMENT_OK); /* 7: what follows the packet */
		assert_int_equal(next(), n);
		packet_check(c.out, n);
		assert_int_equal(next(), 0);
		uint8_t want[2000];
		assert_int_equal(packet_make(&s, want), n);
		assert_memory_equal(c.out, want, n);
	}
}

TEST(zero_checksum_is_sent_as_all_ones)
{
	unsigned hits = 0;

	for (uint32_t seq = 0; seq < 70000 && hits == 0; seq++) {
		packet_spec s = { .proto = IPPROTO_NUM_UDP, .seq = 5, .payload = 10 };
		s.sport = (uint16_t)seq;
		size_t n = super_make(&s, 0, c.in);
		assert_int_equal(begin(n, 1500), SEGMENT_OK);
		assert_int_equal(next(), n - 10);
		assert_int_not_equal(load_be16(c.out + 26), 0);
		hits += load_be16(c.out + 26) == 0xffff;
	}
	assert_int_equal(hits, 1);
}

static void check_datagrams(const packet_spec *s, size_t seg)
{
	size_t n;
	uint16_t id = s->id;

	for (size_t done = 0; done < s->payload; done += seg) {
		size_t want = s->payload - done < seg ? s->payload - done : seg;
		assert_int_not_equal(n = next(), 0);
		ip_view v = packet_check(c.out, n);
		assert_int_equal(n, v.hdr_len + 8 + want);
		assert_int_equal(load_be16(c.out + v.hdr_len), s->sport);
		if (v.version == 4)
			assert_int_equal(load_be16(c.out + 4), id++);
		payload_check(c.out + v.hdr_len + 8, want, s->seq + (uint32_t)done);
	}
	assert_int_equal(next(), 0);
}

TEST(udp_super_segment_is_cut_at_its_own_size)
{
	for (uint8_t version = 4; version <= 6; version += 2)
		for (size_t payload = 1; payload < 60000; payload += 3333) {
			packet_spec s = tcp_spec(version, payload);
			s.proto = IPPROTO_NUM_UDP;
			assert_int_equal(begin(super_make(&s, 1200, c.in), 1400), SEGMENT_OK);
			check_datagrams(&s, 1200);
		}
}

TEST(udp_super_segment_of_too_large_pieces_is_too_big)
{
	packet_spec s = tcp_spec(4, 9000);

	s.proto = IPPROTO_NUM_UDP;
	assert_int_equal(begin(super_make(&s, 1200, c.in), 1200 + 28), SEGMENT_OK);
	assert_int_equal(begin(super_make(&s, 1200, c.in), 1200 + 27), SEGMENT_TOO_BIG);
	s.version = 6;
	s.may_fragment = true;
	assert_int_equal(begin(super_make(&s, 1200, c.in), 1200 + 47), SEGMENT_TOO_BIG);
}

/* Puts fragments together again as a receiver would (RFC 791 3.2); returns the datagram's length. */
static size_t reassemble(uint8_t *to, size_t *n_fragments)
{
	size_t n, total = 0, hdr_len = 0;
	bool more = true;

	for (*n_fragments = 0; more && (n = next()) != 0; ++*n_fragments) {
		ip_view v = packet_check(c.out, n);
		uint16_t field = load_be16(c.out + 6);
		size_t at = (size_t)(field & 0x1fff) * 8;
		more = field & 0x2000;
		if (at == 0) {
			hdr_len = v.hdr_len;
			memcpy(to, c.out, hdr_len);
		}
		assert_true(!more || (n - v.hdr_len) % 8 == 0);
		assert_int_equal(load_be16(c.out + 4), load_be16(to + 4));
		assert_int_equal(hdr_len + at, total ? total : hdr_len);
		memcpy(to + hdr_len + at, c.out + v.hdr_len, n - v.hdr_len);
		total = hdr_len + at + n - v.hdr_len;
	}
	if (total == 0)
		return 0;
	store_be16(to + 2, (uint16_t)total);
	memset(to + 6, 0, 2);
	memset(to + 10, 0, 2);
	store_be16(to + 10, (uint16_t)~plain_sum(to, hdr_len, 0));
	return total;
}

TEST(fragments_come_together_again)
{
	static uint8_t whole[BUF], want[BUF];

	for (size_t mtu = 68; mtu < 1500; mtu += 61)
		for (size_t payload = 1473; payload < 9000; payload += 1111) {
			packet_spec s = tcp_spec(4, payload);
			size_t pieces;
			s.proto = IPPROTO_NUM_UDP;
			s.may_fragment = true;
			assert_int_equal(begin(super_make(&s, 0, c.in), mtu), SEGMENT_OK);
			size_t n = reassemble(whole, &pieces);
			assert_int_equal(n, packet_make(&s, want));
			assert_memory_equal(whole, want, n);
			assert_true(pieces >= (payload + 8) / (mtu - 20));
			assert_int_equal(next(), 0);
		}
}

TEST(udp_super_segment_without_df_is_cut_and_fragmented)
{
	static uint8_t whole[BUF], want[BUF];

	for (size_t payload = 1200; payload < 60000; payload += 7777) {
		packet_spec s = tcp_spec(4, payload);
		s.proto = IPPROTO_NUM_UDP;
		s.may_fragment = true;
		assert_int_equal(begin(super_make(&s, 1200, c.in), 900), SEGMENT_OK);
		packet_spec piece = s;
		for (size_t done = 0, pieces; done < payload; done += piece.payload) {
			piece.payload = payload - done < 1200 ? payload - done : 1200;
			size_t n = reassemble(whole, &pieces);
			assert_int_equal(n, packet_make(&piece, want));
			assert_memory_equal(whole, want, n);
			piece.id++;
			piece.seq += (uint32_t)piece.payload;
		}
		assert_int_equal(next(), 0);
	}
}

TEST(fragments_after_the_first_keep_only_copied_options)
{
	packet_spec s = { .proto = IPPROTO_NUM_UDP, .may_fragment = true, .payload = 2000 };

	/* record route (not copied), no-operation, a copied one of 4 octets, end */
	memcpy(s.ip_opt, "\x07\x07\x04\0\0\0\0\x01\x94\x04\xab\xcd\0\0\0\0", 16);
	s.ip_opt_len = 16;
	assert_int_equal(begin(super_make(&s, 0, c.in), 1000), SEGMENT_OK);
	ip_view v = packet_check(c.out, next());
	assert_int_equal(v.hdr_len, 36);
	assert_memory_equal(c.out + 20, s.ip_opt, 16);
	v = packet_check(c.out, next());
	assert_int_equal(v.hdr_len, 24);
	assert_memory_equal(c.out + 20, "\x94\x04\xab\xcd", 4);
}

TEST(fragment_is_fragmented_further)
{
	packet_spec s = { .proto = IPPROTO_NUM_UDP, .may_fragment = true, .payload = 1392 };

	vnet_make(c.in, 0, 0, 0, 0, 0, 0);
	uint8_t *p = c.in + 10;
	size_t n = packet_make(&s, p);
	store_be16(p + 6, 0x2000 | 185); /* from the middle: 1,480 on, more to come */
	assert_int_equal(begin(n + 10, 820), SEGMENT_OK);
	ip_view v = packet_check(c.out, next());
	assert_int_equal(v.len, 820);
	assert_int_equal(load_be16(c.out + 6), 0x2000 | 185);
	v = packet_check(c.out, next());
	assert_int_equal(v.len, 20 + 600);
	assert_int_equal(load_be16(c.out + 6), 0x2000 | (185 + 100));
	assert_int_equal(next(), 0);
}

TEST(fragment_past_the_end_of_a_packet_is_not_made)
{
	packet_spec s = { .proto = IPPROTO_NUM_UDP, .may_fragment = true, .payload = 1392 };

	vnet_make(c.in, 0, 0, 0, 0, 0, 0);
	size_t n = packet_make(&s, c.in + 10);
	store_be16(c.in + 16, 0x1fff);
	assert_int_equal(begin(n + 10, 820), SEGMENT_BAD);
}

TEST(too_big_leaves_the_packet_as_it_was)
{
	static uint8_t before[BUF];
	packet_spec s = tcp_spec(6, 1400);

	s.proto = IPPROTO_NUM_UDP;
	size_t n = super_make(&s, 0, c.in);
	memcpy(before, c.in, n);
	assert_int_equal(begin(n, 1280), SEGMENT_TOO_BIG);
	assert_memory_equal(before, c.in, n);
	n = super_make(&s, 1350, c.in);
	memcpy(before, c.in, n);
	assert_int_equal(begin(n, 1280), SEGMENT_TOO_BIG);
	assert_memory_equal(before, c.in, n);
}

TEST(ipv6_extension_headers_are_carried_before_tcp)
{
	packet_spec s = tcp_spec(6, 4000);
	size_t n = super_make(&s, 1200, c.in);
	uint8_t *p = c.in + 10;

	memmove(p + 48, p + 40, n - 50); /* eight octets of destination options between */
	memcpy(p + 40, "\x06\0\1\4\0\0\0\0", 8);
	p[6] = 60;
	store_be16(p + 4, (uint16_t)(load_be16(p + 4) + 8));
	vnet_make(c.in, VNET_NEEDS_CSUM, VNET_TCPV6, 92, 1200, 48, 16);
	assert_int_equal(begin(n + 8, 1400), SEGMENT_OK);
	for (uint32_t done = 0; done < 4000; done += 1200) {
		size_t len = next();
		uint32_t want = done + 1200 < 4000 ? 1200 : 400;
		assert_int_equal(len, 48 + 32 + want);
		assert_int_equal(load_be16(c.out + 4), len - 40);
		assert_memory_equal(c.out + 40, "\x06\0\1\4\0\0\0\0", 8);
		c.out[6] = IPPROTO_NUM_TCP; /* what the pseudo-header says */
		assert_int_equal(plain_sum(c.out + 48, len - 48, plain_pseudo(c.out, len - 48)),
				 0xffff);
		assert_int_equal(load_be32(c.out + 52), s.seq + done);
		payload_check(c.out + 80, want, s.seq + done);
	}
	assert_int_equal(next(), 0);
}

static void check_bad(const packet_spec *s, uint8_t flags, uint8_t type, uint16_t gso_size,
		      uint16_t start, uint16_t offset)
{
	size_t n = super_make(s, 1000, c.in);

	vnet_make(c.in, flags, type, 0, gso_size, start, offset);
	assert_int_equal(begin(n, 1500), SEGMENT_BAD);
}

TEST(contradicting_headers_are_refused)
{
	packet_spec s = tcp_spec(4, 3000);

	check_bad(&s, VNET_NEEDS_CSUM, VNET_TCPV4, 0, 20, 16);      /* no segment size */
	check_bad(&s, VNET_NEEDS_CSUM, VNET_TCPV6, 1000, 20, 16);   /* the other family */
	check_bad(&s, VNET_NEEDS_CSUM, VNET_UFO, 1000, 20, 6);      /* never asked for */
	check_bad(&s, VNET_NEEDS_CSUM, 2, 1000, 20, 6);             /* unknown */
	check_bad(&s, VNET_NEEDS_CSUM, VNET_UDP, 1000, 20, 6);      /* not UDP */
	check_bad(&s, VNET_NEEDS_CSUM, VNET_TCPV4, 1000, 24, 16);   /* not where TCP is */
	check_bad(&s, VNET_NEEDS_CSUM, VNET_NONE, 0, 20, 60000);    /* outside */
	check_bad(&s, VNET_NEEDS_CSUM, VNET_NONE, 0, 65535, 65535); /* and beyond 16 bits */
	check_bad(&s, VNET_NEEDS_CSUM, VNET_NONE, 0, 0, 10);        /* inside the IP header */
	check_bad(&s, VNET_NEEDS_CSUM, VNET_NONE, 0, 20, 7);        /* between two words */
	s = tcp_spec(4, 0);
	check_bad(&s, VNET_NEEDS_CSUM, VNET_TCPV4, 1000, 20, 16); /* nothing to cut */
	s = tcp_spec(6, 3000);
	check_bad(&s, VNET_NEEDS_CSUM, VNET_TCPV6, 1000, 3090, 16); /* TCP beyond the end */
}

TEST(what_is_no_ip_packet_is_refused)
{
	packet_spec s = tcp_spec(4, 100);
	size_t n = super_make(&s, 0, c.in);

	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(begin(cut, 1500), SEGMENT_BAD);
	c.in[10] = 0x75;
	assert_int_equal(begin(n, 1500), SEGMENT_BAD);
	assert_int_equal(begin(SIZE_MAX, 1500), SEGMENT_BAD);
}

TEST(a_path_too_narrow_for_eight_octets_is_too_narrow)
{
	packet_spec s = tcp_spec(4, 3000);

	s.proto = IPPROTO_NUM_UDP;
	s.may_fragment = true;
	assert_int_equal(begin(super_make(&s, 0, c.in), 27), SEGMENT_TOO_BIG);
	assert_int_equal(begin(super_make(&s, 0, c.in), 28), SEGMENT_OK);
	assert_int_equal(next(), 28);
	assert_int_equal(begin(super_make(&s, 1000, c.in), 27), SEGMENT_TOO_BIG);
	assert_int_equal(begin(super_make(&s, 1000, c.in), 28), SEGMENT_OK);
	assert_int_equal(next(), 28);
}

TEST(the_transport_is_where_the_header_says)
{
	packet_spec s = tcp_spec(6, 3000);
	size_t n = super_make(&s, 1000, c.in);

	c.in[10 + 6] = IPPROTO_NUM_UDP; /* IPv6 without extension headers, but no TCP */
	vnet_make(c.in, VNET_NEEDS_CSUM, VNET_TCPV6, 0, 1000, 40, 16);
	assert_int_equal(begin(n, 1500), SEGMENT_BAD);
	s = tcp_spec(4, 3000);
	n = super_make(&s, 1000, c.in);
	memset(c.in + 10 + 60, 0, 20); /* what could be a TCP header, in the payload */
	c.in[10 + 60 + 12] = 0x50;
	c.in[10 + 60 + 13] = TCP_ACK;
	vnet_make(c.in, VNET_NEEDS_CSUM, VNET_TCPV4, 0, 1000, 60, 16);
	assert_int_equal(begin(n, 1500), SEGMENT_BAD);
}

TEST(a_packet_is_65535_octets_long_at_most)
{
	packet_spec s = tcp_spec(4, 65535 - 52);
	size_t n = super_make(&s, 1448, c.in);

	assert_int_equal(n, 10 + 65535);
	assert_int_equal(begin(n, 1500), SEGMENT_OK);
	super_make(&s, 1448, c.in);
	assert_int_equal(begin(n + 1, 1500), SEGMENT_BAD);
}

TEST(only_udp_is_cut_as_udp)
{
	for (unsigned proto = 0; proto < 256; proto++) {
		packet_spec s = tcp_spec(4, 3000);
		s.proto = IPPROTO_NUM_UDP;
		size_t n = super_make(&s, 1000, c.in);
		c.in[10 + 9] = (uint8_t)proto;
		assert_int_equal(begin(n, 1500), proto == 17 ? SEGMENT_OK : SEGMENT_BAD);
	}
}

RUN(T(super_segment_is_cut_at_its_own_size), T(super_segment_is_cut_at_what_the_path_allows),
    T(every_flag_goes_where_it_belongs), T(super_segment_with_ip_options_keeps_them),
    T(plain_long_packet_is_cut_with_and_without_its_checksum),
    T(wrong_checksum_is_not_made_right_by_cutting), T(syn_rst_and_urg_are_never_cut),
    T(packet_that_fits_passes_with_its_checksum_done), T(zero_checksum_is_sent_as_all_ones),
    T(udp_super_segment_is_cut_at_its_own_size),
    T(udp_super_segment_of_too_large_pieces_is_too_big), T(fragments_come_together_again),
    T(udp_super_segment_without_df_is_cut_and_fragmented),
    T(fragments_after_the_first_keep_only_copied_options), T(fragment_is_fragmented_further),
    T(fragment_past_the_end_of_a_packet_is_not_made), T(too_big_leaves_the_packet_as_it_was),
    T(ipv6_extension_headers_are_carried_before_tcp), T(contradicting_headers_are_refused),
    T(what_is_no_ip_packet_is_refused), T(a_path_too_narrow_for_eight_octets_is_too_narrow),
    T(the_transport_is_where_the_header_says), T(a_packet_is_65535_octets_long_at_most),
    T(only_udp_is_cut_as_udp))
