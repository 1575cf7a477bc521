/* SPDX-License-Identifier: MIT */
/* Theory of operation. segment_begin() decides how a packet leaves and prepares what its segments
 * share; segment_next() writes one of them. For a super-segment the sums over the constant parts of
 * the IP and transport headers are taken once, with the fields that vary set to zero; each segment
 * then adds its own length, identification, sequence number and flags, and the sum over the payload,
 * which is taken while it is copied. */
#include "core/packet/segment.h"
#include "proto/checksum.h"
#include <linux/virtio_net.h>
#include <netinet/in.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum { HOW_ONE, HOW_TCP, HOW_UDP, HOW_FRAGMENT, HOW_UDP_FRAGMENT };
enum { IP_MAX = 65535, UDP_HDR_LEN = 8, TCP_SEQ_AT = 4, TCP_FLAGS_AT = 13, TCP_CSUM_AT = 16 };
enum {
	TCP_LAST_ONLY = TCP_FIN | TCP_PSH,
	TCP_FIRST_ONLY = TCP_CWR,
	TCP_NEVER_CUT = TCP_SYN | TCP_RST | TCP_URG,
};
_Static_assert(sizeof(struct virtio_net_hdr) == VNET_HDR_LEN, "the header without num_buffers");

/* All ones stands for zero, which in UDP would mean "no checksum" (RFC 768); for other protocols both are the same. */
static void put_csum(uint8_t *at, uint64_t sum)
{
	uint16_t c = csum_fold(sum);

	if (c == 0)
		c = 0xffff;
	memcpy(at, &c, 2);
}

/* Sum of the IPv4 header without the fields that vary; they are zero in the template from now on. */
static void prepare_ip(segmenter *s)
{
	if (s->ip.version == 6)
		return;
	s->ip_id = load_be16(s->buf + 4);
	memset(s->buf + 2, 0, 4);
	memset(s->buf + 10, 0, 2);
	s->ip_sum = csum_partial(s->buf, (size_t)(s->buf[0] & 0x0f) * 4, 0);
}

static void put_ip(segmenter *s, uint8_t *out, uint32_t len)
{
	if (s->ip.version == 6) {
		store_be16(out + 4, (uint16_t)(len - 40));
		return;
	}
	uint16_t id = s->ip_id++;
	uint16_t sum = csum_fold(s->ip_sum + htons((uint16_t)len) + htons(id));

	store_be16(out + 2, (uint16_t)len);
	store_be16(out + 4, id);
	memcpy(out + 10, &sum, 2);
}

static segment_verdict cut_tcp(segmenter *s, const tcp_view *tcp, uint32_t seg_len)
{
	uint8_t *t = s->buf + s->ip.hdr_len;

	s->how = HOW_TCP;
	s->hdr_len = (uint32_t)s->ip.hdr_len + tcp->hdr_len;
	s->seg_len = s->mtu - s->hdr_len < seg_len ? s->mtu - s->hdr_len : seg_len;
	s->seq = tcp->seq;
	s->flags = tcp->flags;
	prepare_ip(s);
	memset(t + TCP_SEQ_AT, 0, 4);
	memset(t + TCP_CSUM_AT, 0, 2);
	t[TCP_FLAGS_AT] &= (uint8_t) ~(TCP_LAST_ONLY | TCP_FIRST_ONLY);
	s->transport_sum =
		csum_partial(t, tcp->hdr_len, csum_pseudo(s->pkt, &s->ip, IPPROTO_NUM_TCP, 0));
	return SEGMENT_OK;
}

static bool can_cut(const segmenter *s, const tcp_view *tcp)
{
	return !(tcp->flags & TCP_NEVER_CUT) && tcp->payload_len > 0 &&
	       s->mtu > (uint32_t)s->ip.hdr_len + tcp->hdr_len;
}

static segment_verdict begin_tcp(segmenter *s, uint32_t gso_size)
{
	tcp_view tcp;

	if (!tcp_parse(s->pkt, &s->ip, &tcp) || (tcp.flags & TCP_NEVER_CUT) || tcp.payload_len == 0)
		return SEGMENT_BAD;
	return can_cut(s, &tcp) ? cut_tcp(s, &tcp, gso_size) : SEGMENT_TOO_BIG;
}

static segment_verdict begin_udp(segmenter *s, uint32_t gso_size)
{
	uint8_t *t = s->buf + s->ip.hdr_len;

	s->hdr_len = (uint32_t)s->ip.hdr_len + UDP_HDR_LEN;
	if (s->n <= s->hdr_len)
		return SEGMENT_BAD;
	uint32_t payload = s->n - s->hdr_len;
	s->seg_len = gso_size < payload ? gso_size : payload;
	bool fits = s->hdr_len + s->seg_len <= s->mtu;
	if (!fits && (s->ip.dont_fragment || s->mtu < s->ip.hdr_len + 8u))
		return SEGMENT_TOO_BIG;

	s->how = fits ? HOW_UDP : HOW_UDP_FRAGMENT;
	prepare_ip(s);
	memcpy(s->ports, t, sizeof s->ports);
	s->transport_sum = csum_partial(t, 4, csum_pseudo(s->pkt, &s->ip, IPPROTO_NUM_UDP, 0));
	return SEGMENT_OK;
}

/* A fragment's checksum must be right before it is cut up. */
static void complete_csum(segmenter *s)
{
	if (s->csum_at)
		put_csum(s->buf + s->csum_at,
			 csum_partial(s->pkt + s->csum_start, s->n - s->csum_start, 0));
}

/* A TCP packet that is too long is cut too: that spares its sender a round trip when the path gets
 * narrower. Its checksum is replaced, so it must be right before. */
static segment_verdict begin_plain(segmenter *s)
{
	tcp_view tcp;

	if (s->n <= s->mtu)
		return SEGMENT_OK;
	if (tcp_parse(s->pkt, &s->ip, &tcp) && can_cut(s, &tcp)) {
		if (!s->csum_at && csum_transport(s->pkt, &s->ip, IPPROTO_NUM_TCP) != 0)
			return SEGMENT_BAD;
		return cut_tcp(s, &tcp, tcp.payload_len);
	}
	if (s->ip.dont_fragment || s->mtu < s->ip.hdr_len + 8u)
		return SEGMENT_TOO_BIG;
	complete_csum(s);
	s->how = HOW_FRAGMENT;
	return fragment_begin(&s->frag, s->pkt, s->ip.hdr_len, s->pkt + s->ip.hdr_len,
			      s->n - s->ip.hdr_len, s->mtu)
		       ? SEGMENT_OK
		       : SEGMENT_BAD;
}

/* Finds the transport header of a super-segment. With IPv6 extension headers only csum_start names its place. */
static bool find_transport(segmenter *s, uint8_t proto)
{
	if (s->ip.fragment)
		return false;
	if (s->ip.version == 6 && s->csum_at && s->csum_start > s->ip.hdr_len) {
		s->ip.hdr_len = s->csum_start;
		s->ip.proto = proto;
	}
	return s->ip.proto == proto && (!s->csum_at || s->csum_start == s->ip.hdr_len);
}

static segment_verdict begin_gso(segmenter *s, uint8_t type, uint32_t gso_size)
{
	bool v6 = s->ip.version == 6;

	if (gso_size == 0)
		return SEGMENT_BAD;
	switch (type) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		if (v6 != (type == VIRTIO_NET_HDR_GSO_TCPV6) || !find_transport(s, IPPROTO_NUM_TCP))
			return SEGMENT_BAD;
		return begin_tcp(s, gso_size);
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return find_transport(s, IPPROTO_NUM_UDP) ? begin_udp(s, gso_size) : SEGMENT_BAD;
	default:
		return SEGMENT_BAD;
	}
}

static bool take_csum(segmenter *s, const struct virtio_net_hdr *h)
{
	if (!(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return true;
	uint32_t at = (uint32_t)h->csum_start + h->csum_offset;

	s->csum_start = h->csum_start;
	s->csum_at = (uint16_t)at;
	return h->csum_start >= s->ip.hdr_len && h->csum_offset % 2 == 0 && at + 2 <= s->n;
}

segment_verdict segment_begin(segmenter *s, uint8_t *in, size_t n, size_t inner_mtu)
{
	struct virtio_net_hdr h;

	if (n <= VNET_HDR_LEN || n > VNET_HDR_LEN + IP_MAX)
		return SEGMENT_BAD;
	memcpy(&h, in, sizeof h);
	uint8_t type = h.gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
	bool gso = type != VIRTIO_NET_HDR_GSO_NONE;

	memset(s, 0, sizeof *s);
	s->pkt = s->buf = in + VNET_HDR_LEN;
	s->mtu = inner_mtu < IP_MAX ? (uint32_t)inner_mtu : IP_MAX;
	if (!ip_parse_packet(s->pkt, n - VNET_HDR_LEN, gso, &s->ip))
		return SEGMENT_BAD;
	s->n = s->ip.len;
	if (!take_csum(s, &h))
		return SEGMENT_BAD;
	return gso ? begin_gso(s, type, h.gso_size) : begin_plain(s);
}

static size_t next_one(segmenter *s, uint8_t *out)
{
	if (s->done)
		return 0;
	s->done = s->n;
	if (!s->csum_at) {
		memcpy(out, s->pkt, s->n);
		return s->n;
	}
	memcpy(out, s->pkt, s->csum_start);
	put_csum(out + s->csum_at,
		 csum_copy(out + s->csum_start, s->pkt + s->csum_start, s->n - s->csum_start, 0));
	return s->n;
}

static uint64_t put_tcp(segmenter *s, uint8_t *t, bool last)
{
	uint32_t seq = s->seq + s->done;
	uint8_t only = (last ? TCP_LAST_ONLY : 0) | (s->done == 0 ? TCP_FIRST_ONLY : 0);

	only &= s->flags;
	store_be32(t + TCP_SEQ_AT, seq);
	t[TCP_FLAGS_AT] |= only;
	return (uint64_t)htonl(seq) + htons(only); /* flags are the second octet of their word */
}

static uint64_t put_udp(uint8_t *t, uint32_t len)
{
	store_be16(t + 4, (uint16_t)len);
	return htons((uint16_t)len);
}

static size_t next_cut(segmenter *s, uint8_t *out)
{
	uint32_t left = s->n - s->hdr_len - s->done;

	if (left == 0)
		return 0;
	uint32_t n = left < s->seg_len ? left : s->seg_len;
	uint32_t len = s->hdr_len + n, transport_len = len - s->ip.hdr_len;
	uint8_t *t = out + s->ip.hdr_len;

	memcpy(out, s->pkt, s->hdr_len);
	put_ip(s, out, len);
	uint64_t sum = s->transport_sum + htons((uint16_t)transport_len);
	sum += s->how == HOW_TCP ? put_tcp(s, t, n == left) : put_udp(t, transport_len);
	sum = csum_copy(out + s->hdr_len, s->pkt + s->hdr_len + s->done, n, sum);
	put_csum(t + (s->how == HOW_TCP ? TCP_CSUM_AT : 6), sum);
	s->done += n;
	return len;
}

/* The next datagram of the super-segment gets its UDP header right before its payload, where what
 * was there is out already, and is then fragmented like any other. */
static bool next_datagram(segmenter *s)
{
	uint32_t left = s->n - s->hdr_len - s->done;

	if (left == 0)
		return false;
	uint32_t n = left < s->seg_len ? left : s->seg_len, len = n + UDP_HDR_LEN;
	uint8_t *udp = s->buf + s->ip.hdr_len + s->done;

	memcpy(udp, s->ports, sizeof s->ports);
	uint64_t sum = s->transport_sum + htons((uint16_t)len) + put_udp(udp, len);
	put_csum(udp + 6, csum_partial(udp + UDP_HDR_LEN, n, sum));
	store_be16(s->buf + 4, s->ip_id++);
	s->done += n;
	return fragment_begin(&s->frag, s->pkt, s->ip.hdr_len, udp, len, s->mtu);
}

size_t segment_next(segmenter *s, uint8_t *out)
{
	size_t n;

	switch (s->how) {
	case HOW_ONE:
		return next_one(s, out);
	case HOW_FRAGMENT:
		return fragment_next(&s->frag, out);
	case HOW_UDP_FRAGMENT:
		n = fragment_next(&s->frag, out);
		return n || !next_datagram(s) ? n : fragment_next(&s->frag, out);
	default:
		return next_cut(s, out);
	}
}
