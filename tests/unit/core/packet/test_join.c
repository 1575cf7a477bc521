/* SPDX-License-Identifier: MIT */
#include "core/packet/join.h"
#include "packet_make.h"

enum { BUF = 70000, PACKETS = 300, SLOT = 2048 };

/* A joiner, the receive buffer its packets lie in, and room to see an item in one piece. */
typedef struct bench {
	join j;
	uint8_t rx[PACKETS][SLOT];
	size_t n;
	uint8_t flat[BUF];
} bench;
static bench b;

static void begin(bool udp)
{
	b.n = 0;
	assert_true(join_init(&b.j, udp));
}

static uint8_t *add(const packet_spec *s)
{
	uint8_t *p = b.rx[b.n++ % PACKETS];
	ip_view v;
	size_t n = packet_make(s, p);

	assert_true(ip_parse_packet(p, n, false, &v));
	assert_true(join_has_room(&b.j));
	join_add(&b.j, p, &v);
	return p;
}

/* The item as one write would give it to the TUN; returns its length with the virtio header. */
static size_t flatten(const join_item *it)
{
	size_t n = 0;

	for (int i = 0; i < it->n_iov; i++) {
		assert_true(n + it->iov[i].iov_len <= BUF);
		memcpy(b.flat + n, it->iov[i].iov_base, it->iov[i].iov_len);
		n += it->iov[i].iov_len;
	}
	return n;
}

static unsigned finish(void)
{
	join_finish(&b.j);
	return b.j.n;
}

static int pieces(unsigned i)
{
	return b.j.items[i].n_iov - 1;
}

static void end(void)
{
	join_free(&b.j);
}

static const uint8_t timestamps[12] = { 1, 1, 8, 10, 0, 1, 2, 3, 9, 8, 7, 6 };

static packet_spec spec(uint8_t version, uint32_t seq, size_t payload)
{
	return (packet_spec){
		.version = version,
		.sport = 40000,
		.seq = seq,
		.ack = 77,
		.flags = TCP_ACK,
		.opt = timestamps,
		.opt_len = sizeof timestamps,
		.payload = payload,
	};
}

/* Adds `n` packets in sequence. */
static void add_run(packet_spec *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		add(s);
		s->seq += (uint32_t)s->payload;
	}
}

TEST(consecutive_segments_become_one_super_segment)
{
	for (uint8_t version = 4; version <= 6; version += 2) {
		static uint8_t want[BUF];
		begin(false);
		packet_spec s = spec(version, 1000, 1400);
		add_run(&s, 10);
		assert_int_equal(finish(), 1);
		s.seq = 1000;
		s.payload = 14000;
		size_t n = super_make(&s, 1400, want); /* as a kernel would hand it out */
		assert_int_equal(flatten(&b.j.items[0]), n);
		assert_memory_equal(b.flat, want, n);
		end();
	}
}

TEST(packet_alone_passes_untouched)
{
	static uint8_t want[BUF];

	begin(false);
	packet_spec s = spec(4, 1, 1400);
	add(&s);
	assert_int_equal(finish(), 1);
	size_t n = packet_make(&s, want + 10);
	memset(want, 0, 10);
	assert_int_equal(flatten(&b.j.items[0]), n + 10);
	assert_memory_equal(b.flat, want, n + 10);
	end();
}

TEST(shorter_segment_and_push_end_a_run)
{
	begin(false);
	packet_spec s = spec(4, 1, 1400);
	add_run(&s, 3);
	s.payload = 700;
	add_run(&s, 2); /* the first ends the item, the second starts one */
	s.flags = TCP_ACK | TCP_PSH;
	add_run(&s, 1);
	s.flags = TCP_ACK;
	add_run(&s, 1);
	assert_int_equal(finish(), 3);
	assert_int_equal(pieces(0), 4);
	assert_int_equal(pieces(1), 2);
	assert_int_equal(pieces(2), 1);
	uint8_t *first = b.j.items[1].iov[1].iov_base;
	assert_int_equal(first[33], TCP_ACK | TCP_PSH);
	end();
}

TEST(longer_segment_starts_another_item)
{
	begin(false);
	packet_spec s = spec(4, 1, 700);
	add_run(&s, 2);
	s.payload = 701;
	add_run(&s, 2);
	assert_int_equal(finish(), 2);
	end();
}

/* The second of three differs; all three must stay apart from it, in order. */
static void check_apart(const packet_spec *odd)
{
	begin(false);
	packet_spec s = spec(odd->version, 1, 1000);
	add(&s);
	add(odd);
	s.seq = 2001;
	add(&s);
	assert_int_equal(finish(), 3);
	for (unsigned i = 0; i < 3; i++)
		assert_ptr_equal(b.j.items[i].iov[1].iov_base, b.rx[i]);
	end();
}

TEST(whatever_differs_is_not_joined)
{
	static const uint8_t later[12] = { 1, 1, 8, 10, 0, 1, 2, 4, 9, 8, 7, 6 };

	for (uint8_t version = 4; version <= 6; version += 2) {
		packet_spec base = spec(version, 1001, 1000), s;
		s = base, s.seq++, check_apart(&s);
		s = base, s.seq--, check_apart(&s);
		s = base, s.ack++, check_apart(&s);
		s = base, s.window = 502, check_apart(&s);
		s = base, s.tos = 3, check_apart(&s); /* CE */
		s = base, s.ttl = 63, check_apart(&s);
		s = base, s.opt = later, check_apart(&s);
		s = base, s.opt_len = 0, check_apart(&s);
		s = base, s.flags = TCP_ACK | TCP_FIN, check_apart(&s);
		s = base, s.flags = TCP_ACK | TCP_CWR, check_apart(&s);
		s = base, s.flags = TCP_ACK | TCP_ECE, check_apart(&s);
		s = base, s.flags = TCP_ACK | TCP_URG, check_apart(&s);
		s = base, s.flags = TCP_SYN | TCP_ACK, check_apart(&s);
		s = base, s.flags = TCP_RST | TCP_ACK, check_apart(&s);
		s = base, s.payload = 0, check_apart(&s);
	}
	packet_spec s = spec(4, 1001, 1000);
	s.may_fragment = true;
	check_apart(&s);
	s = spec(4, 1001, 1000);
	memcpy(s.ip_opt, "\x94\4\0\0", 4);
	s.ip_opt_len = 4;
	check_apart(&s);
}

TEST(without_df_the_identification_must_count_up)
{
	begin(false);
	packet_spec s = spec(4, 1, 1000);
	s.may_fragment = true;
	s.id = 65534;
	for (int i = 0; i < 4; i++, s.id++)
		add_run(&s, 1);
	s.id++;
	add_run(&s, 1);
	assert_int_equal(finish(), 2);
	assert_int_equal(pieces(0), 4);
	end();
}

TEST(wrong_checksum_is_never_joined)
{
	for (int bad = 0; bad < 3; bad++) {
		begin(false);
		packet_spec s = spec(4, 1, 1000);
		for (int i = 0; i < 3; i++) {
			uint8_t *p = b.rx[i];
			ip_view v;
			assert_true(ip_parse_packet(p, packet_make(&s, p), false, &v));
			p[500] ^= i == bad;
			join_add(&b.j, p, &v);
			s.seq += 1000;
		}
		static const unsigned items[] = { 2, 3, 2 };
		assert_int_equal(finish(), items[bad]);
		for (unsigned i = 0; i < b.j.n; i++) /* the wrong one is alone, and still wrong */
			for (int k = 1; k < b.j.items[i].n_iov; k++)
				if (b.j.items[i].iov[k].iov_base == (void *)b.rx[bad])
					assert_int_equal(pieces(i), 1);
		end();
	}
}

TEST(wrong_ip_header_checksum_is_not_mended)
{
	begin(false);
	packet_spec s = spec(4, 1, 1000);
	for (int i = 0; i < 2; i++, s.seq += 1000) {
		ip_view v;
		assert_true(ip_parse_packet(b.rx[i], packet_make(&s, b.rx[i]), false, &v));
		b.rx[i][10] ^= i == 1;
		join_add(&b.j, b.rx[i], &v);
	}
	assert_int_equal(finish(), 2);
	end();
}

TEST(flows_interleaved_are_joined_each)
{
	begin(false);
	packet_spec s[5];
	for (uint16_t f = 0; f < 5; f++) {
		s[f] = spec(f % 2 ? 6 : 4, 1, 1000);
		s[f].sport = (uint16_t)(40000 + f);
	}
	for (int i = 0; i < 10; i++)
		for (int f = 0; f < 5; f++)
			add_run(&s[f], 1);
	assert_int_equal(finish(), 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(pieces(i), 10);
	end();
}

TEST(other_packets_pass_between_without_ending_a_run)
{
	begin(false);
	packet_spec s = spec(4, 1, 1000), udp = spec(4, 0, 100);
	udp.proto = IPPROTO_NUM_UDP;
	add_run(&s, 2);
	add(&udp);
	udp.proto = IPPROTO_NUM_ICMP;
	add(&udp);
	add_run(&s, 2);
	assert_int_equal(finish(), 3);
	assert_int_equal(pieces(0), 4);
	end();
}

TEST(fragment_ends_all_runs)
{
	begin(false);
	packet_spec s = spec(4, 1, 1000);
	add_run(&s, 2);
	uint8_t *p = b.rx[100];
	ip_view v;
	size_t n = packet_make(&s, p);
	p[7] = 100; /* from the middle: no ports */
	memset(p + 20, 0, 4);
	assert_true(ip_parse_packet(p, n, false, &v));
	join_add(&b.j, p, &v);
	add_run(&s, 2);
	assert_int_equal(finish(), 3);
	assert_int_equal(pieces(0), 2);
	assert_int_equal(pieces(2), 2);
	end();
}

TEST(item_stays_within_pieces_and_64_kib)
{
	begin(false);
	packet_spec s = spec(4, 1, 1400);
	add_run(&s, 60);
	assert_int_equal(finish(), 2);
	assert_int_equal(b.j.items[0].len, 46 * 1400 + 52);
	end();
	begin(false);
	s.payload = 100;
	add_run(&s, 60);
	assert_int_equal(finish(), 2);
	assert_int_equal(pieces(0), JOIN_PIECES);
	end();
}

TEST(full_joiner_has_no_room_and_is_emptied)
{
	begin(false);
	packet_spec s = spec(4, 1, 10);
	for (unsigned i = 0; i < JOIN_ITEMS; i++) {
		s.sport = (uint16_t)i;
		add(&s);
	}
	assert_false(join_has_room(&b.j));
	assert_int_equal(b.j.n, 256);
	ip_view v;
	assert_true(ip_parse_packet(b.rx[0], 62, false, &v));
	join_add(&b.j, b.rx[0], &v);
	assert_int_equal(finish(), JOIN_ITEMS);
	join_clear(&b.j);
	assert_true(join_has_room(&b.j));
	assert_int_equal(finish(), 0);
	s = spec(4, 11, 10);
	s.sport = JOIN_ITEMS - 1; /* goes on where the last of before was */
	add_run(&s, 2);
	assert_int_equal(finish(), 1);
	assert_ptr_equal(b.j.items[0].iov[1].iov_base, b.rx[(b.n - 2) % PACKETS]);
	end();
}

static packet_spec datagram(uint8_t version, size_t payload)
{
	packet_spec s = spec(version, 0, payload);

	s.proto = IPPROTO_NUM_UDP;
	return s;
}

TEST(equal_datagrams_are_joined_where_the_tun_takes_them)
{
	for (uint8_t version = 4; version <= 6; version += 2) {
		static uint8_t want[BUF];
		begin(true);
		packet_spec s = datagram(version, 1200);
		add_run(&s, 5);
		s.payload = 100;
		add_run(&s, 1);
		s.payload = 1200;
		add_run(&s, 1);
		assert_int_equal(finish(), 2);
		s.payload = 6100;
		s.seq = 0;
		size_t n = super_make(&s, 1200, want);
		assert_int_equal(flatten(&b.j.items[0]), n);
		assert_memory_equal(b.flat, want, n);
		end();
	}
}

TEST(datagrams_stay_apart_where_it_does_not)
{
	begin(false);
	packet_spec s = datagram(4, 1200);
	add_run(&s, 5);
	assert_int_equal(finish(), 5);
	end();
}

TEST(datagram_without_checksum_is_not_joined)
{
	begin(true);
	packet_spec s = datagram(4, 1200);
	for (int i = 0; i < 2; i++) {
		ip_view v;
		assert_true(ip_parse_packet(b.rx[i], packet_make(&s, b.rx[i]), false, &v));
		store_be16(b.rx[i] + 26, 0);
		join_add(&b.j, b.rx[i], &v);
	}
	assert_int_equal(finish(), 2);
	end();
}

/* Cuts what super_make() made at `mtu` and joins the segments again. */
static void cut_and_join(uint8_t *in, size_t n, size_t mtu)
{
	static uint8_t rx[1500][SLOT];
	segmenter s;
	size_t len;

	begin(true);
	assert_int_equal(segment_begin(&s, in, n, mtu), SEGMENT_OK);
	for (unsigned i = 0; (len = segment_next(&s, rx[i])) != 0; i++) {
		ip_view v = packet_check(rx[i], len);
		join_add(&b.j, rx[i], &v);
	}
	finish();
}

/* All items' payload in a row is the stream; each item is what a kernel would have made of it. */
static void check_items(packet_spec s, uint16_t seg)
{
	static uint8_t want[BUF];
	size_t left = s.payload;
	uint8_t flags = s.flags;

	for (uint32_t i = 0; i < b.j.n; i++) {
		const join_item *it = &b.j.items[i];
		size_t hdr = s.version == 6 ? 40 : 20;
		hdr += s.proto == IPPROTO_NUM_UDP ? 8 : 20 + s.opt_len;
		s.payload = it->len - hdr;
		assert_true(s.payload <= left);
		left -= s.payload;
		s.flags = left ? TCP_ACK : flags;
		size_t n = super_make(&s, seg, want);
		if (pieces(i) == 1) {
			packet_make(&s, want + 10);
			memset(want, 0, 10);
		}
		assert_int_equal(flatten(it), n);
		assert_memory_equal(b.flat, want, n);
		s.seq += (uint32_t)s.payload;
		s.id = (uint16_t)(s.id + pieces(i));
	}
	assert_int_equal(left, 0);
	end();
}

TEST(segment_then_join_is_identity)
{
	static uint8_t in[BUF];
	uint64_t rng = 7;

	for (int i = 0; i < 2000; i++) {
		rng = rng * 6364136223846793005ull + 1442695040888963407ull;
		uint32_t r = (uint32_t)(rng >> 32);
		size_t payload = 1 + r % 60000, seg = 200 + (r >> 8) % 1200,
		       mtu = 280 + (r >> 4) % 1200;
		packet_spec s = spec(i % 2 ? 6 : 4, r, payload);
		s.proto = i % 4 < 2 ? IPPROTO_NUM_TCP : IPPROTO_NUM_UDP;
		s.id = (uint16_t)r;
		s.may_fragment = r >> 31;
		s.opt_len = r >> 30 & 1 ? sizeof timestamps : 0;
		s.flags = r >> 29 & 1 ? TCP_ACK | TCP_PSH : TCP_ACK;
		size_t hdr = (s.version == 6 ? 40u : 20u) + (i % 4 < 2 ? 20 + s.opt_len : 8);
		if (i % 4 >= 2 && seg + hdr > mtu)
			seg = mtu - hdr;
		size_t n = super_make(&s, (uint16_t)seg, in);
		cut_and_join(in, n, mtu);
		check_items(s, (uint16_t)(seg < mtu - hdr ? seg : mtu - hdr));
	}
}

TEST(flows_that_differ_in_any_octet_are_kept_apart)
{
	for (uint8_t version = 4; version <= 6; version += 2) {
		size_t first = version == 4 ? 12 : 8, after = version == 4 ? 24 : 44;
		for (size_t at = first; at < after; at++)
			for (int by = -1; by <= 1; by += 2) {
				begin(false);
				packet_spec s = spec(version, 1, 1000);
				add_run(&s, 1);
				uint8_t *p = b.rx[1];
				ip_view v;
				size_t n = packet_make(&s, p);
				assert_true(ip_parse_packet(p, n, false, &v));
				p[at] = (uint8_t)(p[at] + by);
				ip_set_len(p, &v, (uint32_t)n);
				size_t t = v.hdr_len;
				store_be16(p + t + 16, 0);
				store_be16(
					p + t + 16,
					(uint16_t)~plain_sum(p + t, n - t, plain_pseudo(p, n - t)));
				join_add(&b.j, p, &v);
				assert_int_equal(finish(), 2);
				end();
			}
	}
}

TEST(only_acknowledging_data_is_joined)
{
	for (unsigned flags = 0; flags < 256; flags++) {
		begin(false);
		packet_spec s = spec(4, 1, 1000);
		add_run(&s, 1);
		uint8_t *p = b.rx[1];
		ip_view v;
		size_t n = packet_make(&s, p);
		assert_true(ip_parse_packet(p, n, false, &v));
		p[33] = (uint8_t)flags;
		store_be16(p + 36, 0);
		store_be16(p + 36, (uint16_t)~plain_sum(p + 20, n - 20, plain_pseudo(p, n - 20)));
		join_add(&b.j, p, &v);
		assert_int_equal(finish(), (flags | TCP_PSH) == (TCP_ACK | TCP_PSH) ? 1 : 2);
		end();
	}
}

TEST(after_clearing_nothing_of_before_is_joined)
{
	begin(false);
	packet_spec s = spec(4, 1, 1000);
	add_run(&s, 2);
	join_clear(&b.j);
	add_run(&s, 2);
	assert_int_equal(finish(), 1);
	assert_int_equal(pieces(0), 2);
	assert_ptr_equal(b.j.items[0].iov[1].iov_base, b.rx[2]);
	end();
}

TEST(ip_options_end_all_runs)
{
	begin(false);
	packet_spec s = spec(4, 1, 1000), with = spec(4, 9001, 1000);
	with.sport++;
	memcpy(with.ip_opt, "\x94\4\0\0", 4);
	with.ip_opt_len = 4;
	add_run(&s, 2);
	add(&with);
	add_run(&s, 2);
	assert_int_equal(finish(), 3);
	assert_int_equal(pieces(0), 2);
	end();
}

TEST(an_item_may_be_as_long_as_a_packet)
{
	for (size_t last = 1083; last <= 1084; last++) {
		begin(false);
		packet_spec s = spec(4, 1, 1400);
		add_run(&s, 46);
		s.payload = last; /* 52 + 46 * 1400 + 1083 is 65535 */
		add_run(&s, 1);
		assert_int_equal(finish(), last == 1083 ? 1 : 2);
		end();
	}
}

TEST(an_empty_datagram_ends_no_run)
{
	begin(true);
	packet_spec s = spec(4, 1, 1000), empty = datagram(4, 0);
	add_run(&s, 2);
	add(&empty);
	add(&empty);
	add_run(&s, 2);
	assert_int_equal(finish(), 3);
	assert_int_equal(pieces(0), 4);
	end();
}

/* A TCP packet whose octets go on where those of a datagram between the same ports end. */
TEST(tcp_is_never_joined_to_udp)
{
	begin(true);
	packet_spec s = spec(4, 0, 1000);
	uint8_t *udp = b.rx[0], *tcp = b.rx[1];
	ip_view v;

	s.seq = 20 + sizeof timestamps + 1000 - 8;
	size_t n = packet_make(&s, tcp), room = n - 20;
	memcpy(udp, tcp, n);
	udp[9] = IPPROTO_NUM_UDP;
	store_be16(udp + 10, 0);
	store_be16(udp + 10, (uint16_t)~plain_sum(udp, 20, 0));
	store_be16(udp + 24, (uint16_t)room);
	store_be16(udp + 26, 0);
	store_be16(udp + 26, (uint16_t)~plain_sum(udp + 20, room, plain_pseudo(udp, room)));
	assert_true(ip_parse_packet(udp, n, false, &v));
	join_add(&b.j, udp, &v);
	assert_true(ip_parse_packet(tcp, n, false, &v));
	join_add(&b.j, tcp, &v);
	assert_int_equal(finish(), 2);
	end();
}

TEST(freeing_twice_is_fine)
{
	begin(false);
	join_free(&b.j);
	join_free(&b.j);
}

/* RFC 768 leaves octets behind the datagram to nobody; joined, they would become a part of it. */
TEST(datagrams_shorter_than_their_packets_are_left_alone)
{
	packet_spec s = datagram(4, 1000);
	ip_view v;

	begin(true);
	for (unsigned i = 0; i < 2; i++) {
		uint8_t *p = b.rx[i];
		size_t n = packet_make(&s, p), len = n - 20 - 4;
		store_be16(p + 24, (uint16_t)len);
		store_be16(p + 26, 0);
		store_be16(p + 26, (uint16_t)~plain_sum(p + 20, n - 20, plain_pseudo(p, n - 20)));
		assert_true(ip_parse_packet(p, n, false, &v));
		join_add(&b.j, p, &v);
	}
	assert_int_equal(finish(), 2);
	end();
}

RUN(T(datagrams_shorter_than_their_packets_are_left_alone),
    T(consecutive_segments_become_one_super_segment), T(packet_alone_passes_untouched),
    T(shorter_segment_and_push_end_a_run), T(longer_segment_starts_another_item),
    T(whatever_differs_is_not_joined), T(without_df_the_identification_must_count_up),
    T(wrong_checksum_is_never_joined), T(wrong_ip_header_checksum_is_not_mended),
    T(flows_interleaved_are_joined_each), T(other_packets_pass_between_without_ending_a_run),
    T(fragment_ends_all_runs), T(item_stays_within_pieces_and_64_kib),
    T(full_joiner_has_no_room_and_is_emptied),
    T(equal_datagrams_are_joined_where_the_tun_takes_them),
    T(datagrams_stay_apart_where_it_does_not), T(datagram_without_checksum_is_not_joined),
    T(segment_then_join_is_identity), T(flows_that_differ_in_any_octet_are_kept_apart),
    T(only_acknowledging_data_is_joined), T(after_clearing_nothing_of_before_is_joined),
    T(ip_options_end_all_runs), T(an_item_may_be_as_long_as_a_packet),
    T(an_empty_datagram_ends_no_run), T(tcp_is_never_joined_to_udp), T(freeing_twice_is_fine))
