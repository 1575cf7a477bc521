/* SPDX-License-Identifier: MIT */
/* A TUN read of any octets, for any path: every packet that comes out is IP, fits, and lies in memory of
 * just that size; what is cut carries right checksums and, in order, the whole payload. The first two
 * octets are the inner MTU. */
#include "core/packet/segment.h"
#include "proto/checksum.h"
#include "oracle.h"

typedef struct cut {
	segmenter s;
	uint8_t *in, *out;
	const uint8_t *whole; /* the packet as it was */
	size_t mtu;
} cut;

static void check_one(const cut *c, size_t n)
{
	size_t same = c->s.csum_at ? c->s.csum_at : n;

	oracle_check(n == c->s.n && memcmp(c->out, c->whole, same) == 0);
	if (c->s.csum_at)
		oracle_check(memcmp(c->out + same + 2, c->whole + same + 2, n - same - 2) == 0);
}

/* One of several: TCP or UDP of its own, its payload at `done` of the whole's. */
static size_t check_piece(const cut *c, const ip_view *v, size_t n, size_t done)
{
	size_t payload = n - c->s.hdr_len;
	ip_view t = *v;

	t.hdr_len = c->s.ip.hdr_len; /* behind extension headers, too */
	oracle_check(n > c->s.hdr_len && payload <= c->s.seg_len);
	oracle_check(csum_transport(c->out, &t, c->s.ip.proto) == 0);
	oracle_check(memcmp(c->out + c->s.hdr_len, c->whole + c->s.hdr_len + done, payload) == 0);
	if (c->s.ip.proto == IPPROTO_NUM_TCP)
		oracle_check(load_be32(c->out + t.hdr_len + 4) ==
			     load_be32(c->whole + t.hdr_len + 4) + (uint32_t)done);
	return payload;
}

static void drain(cut *c)
{
	size_t n, done = 0, packets = 0, octets = 0;
	bool cuts = c->s.seg_len > 0 && c->s.frag.piece == 0;

	for (; (n = segment_next(&c->s, c->out)) != 0; packets++) {
		ip_view v;
		oracle_check(n <= c->mtu && ip_parse_packet(c->out, n, false, &v) && v.len == n);
		if (v.version == 4 && (cuts || c->s.frag.piece))
			oracle_check(csum_fold(csum_partial(c->out, (size_t)(c->out[0] & 15) * 4,
							    0)) == 0);
		if (c->s.frag.piece)
			cuts = false;
		if (cuts)
			done += check_piece(c, &v, n, done);
		else if (!c->s.frag.piece)
			check_one(c, n);
		octets += n - v.hdr_len;
		oracle_check(packets < 70000);
	}
	oracle_check(!cuts || done == c->s.n - c->s.hdr_len);
	oracle_check(octets >= c->s.n - c->s.ip.hdr_len);
	oracle_check(segment_next(&c->s, c->out) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 2)
		return 0;
	cut c = { .mtu = load_be16(data) };
	c.in = malloc(n - 2 ? n - 2 : 1);
	c.out = malloc(c.mtu ? c.mtu : 1);
	oracle_check(c.in && c.out);
	memcpy(c.in, data + 2, n - 2);
	c.whole = data + 2 + VNET_HDR_LEN;
	segment_verdict v = segment_begin(&c.s, c.in, n - 2, c.mtu);
	if (v == SEGMENT_OK)
		drain(&c);
	else if (v == SEGMENT_TOO_BIG)
		oracle_check(memcmp(c.in, data + 2, n - 2) == 0);
	free(c.in);
	free(c.out);
	return 0;
}
