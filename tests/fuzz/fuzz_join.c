/* SPDX-License-Identifier: MIT */
/* Packets of any kind, many of them following each other as a flow's do, are joined and cut again: every
 * packet must come back, octet for octet, and in order within its flow. */
#include "core/packet/join.h"
#include "proto/checksum.h"
#include "oracle.h"

enum { PACKETS = 64, MAX = 2048 };

typedef struct packet {
	uint8_t *p;       /* given to the joiner */
	uint8_t was[MAX]; /* as it came */
	ip_view v;
	bool back;
} packet;

typedef struct batch {
	packet pkt[PACKETS];
	size_t n;
	join j;
} batch;

static void mend(uint8_t *p, const ip_view *v)
{
	ip_set_len(p, v, v->len);
	size_t at = v->proto == IPPROTO_NUM_TCP ? 16 : 6;
	if (v->fragment || v->hdr_len + at + 2 > v->len)
		return;
	memset(p + v->hdr_len + at, 0, 2);
	uint16_t sum = csum_transport(p, v, v->proto);
	if (sum == 0)
		sum = 0xffff;
	memcpy(p + v->hdr_len + at, &sum, 2);
}

/* A copy of the packet before, further on in its stream, with one octet changed and the end cut off. */
static size_t follow(const packet *prev, wire_rd *r, uint8_t *out)
{
	tcp_view t;
	size_t n = prev->v.len, at = wire_u16(r) % n;

	memcpy(out, prev->was, n);
	if (prev->v.version == 4)
		store_be16(out + 4, (uint16_t)(load_be16(out + 4) + 1));
	if (tcp_parse(out, &prev->v, &t))
		store_be32(out + prev->v.hdr_len + 4, t.seq + t.payload_len);
	out[at] ^= wire_u8(r);
	size_t cut = wire_u8(r);
	if (cut < n && n - cut >= prev->v.hdr_len)
		n -= cut;
	if (prev->v.version == 4)
		store_be16(out + 2, (uint16_t)n);
	else
		store_be16(out + 4, (uint16_t)(n - 40));
	if (prev->v.proto == IPPROTO_NUM_UDP && n >= prev->v.hdr_len + 8u)
		store_be16(out + prev->v.hdr_len + 4, (uint16_t)(n - prev->v.hdr_len));
	return n;
}

static size_t fresh(wire_rd *r, uint8_t *out)
{
	size_t n = wire_u16(r) % MAX;

	if (n > wire_left(r))
		n = wire_left(r);
	wire_get(r, out, n);
	return n;
}

static void add(batch *b, wire_rd *r)
{
	packet *k = &b->pkt[b->n];
	uint8_t how = wire_u8(r), tmp[MAX];
	size_t n = b->n > 0 && how & 1 ? follow(&k[-1], r, tmp) : fresh(r, tmp);

	if (r->bad || !ip_parse_packet(tmp, n, false, &k->v))
		return;
	if (how & 2)
		mend(tmp, &k->v);
	k->p = malloc(k->v.len);
	oracle_check(k->p != NULL && join_has_room(&b->j));
	memcpy(k->p, tmp, k->v.len);
	memcpy(k->was, tmp, k->v.len);
	join_add(&b->j, k->p, &k->v);
	b->n++;
}

/* Addresses, protocol and, if there are such, ports. */
static bool same_flow(const packet *a, const uint8_t *p, const ip_view *v)
{
	size_t at = v->version == 4 ? 12 : 8, n = v->version == 4 ? 8 : 32;

	if (a->v.version != v->version || a->v.proto != v->proto ||
	    memcmp(a->was + at, p + at, n) != 0)
		return false;
	if (a->v.fragment || v->fragment || a->v.len < a->v.hdr_len + 4u ||
	    v->len < v->hdr_len + 4u)
		return a->v.len == v->len;
	return memcmp(a->was + a->v.hdr_len, p + v->hdr_len, 4) == 0;
}

/* Where DF is set the identification means nothing, and the header's checksum follows it. */
static bool same_packet(const packet *a, uint8_t *p, const ip_view *v, bool joined)
{
	if (a->v.len != v->len)
		return false;
	if (joined && v->version == 4 && v->dont_fragment) {
		oracle_check(csum_fold(csum_partial(p, v->hdr_len, 0)) == 0);
		memcpy(p + 4, a->was + 4, 2);
		memcpy(p + 10, a->was + 10, 2);
	}
	if (joined && v->proto == IPPROTO_NUM_TCP && load_be16(a->was + v->hdr_len + 16) == 0)
		memset(p + v->hdr_len + 16, 0, 2); /* the other zero */
	return memcmp(a->was, p, v->len) == 0;
}

static void came_back(batch *b, uint8_t *p, size_t n, bool joined)
{
	ip_view v;

	oracle_check(ip_parse_packet(p, n, false, &v) && v.len == n);
	for (size_t i = 0; i < b->n; i++) {
		packet *k = &b->pkt[i];
		if (k->back || !same_flow(k, p, &v))
			continue;
		oracle_check(
			same_packet(k, p, &v, joined)); /* the flow's next, or order was lost */
		k->back = true;
		return;
	}
	abort();
}

static void cut_again(batch *b, const join_item *it)
{
	uint8_t *flat = malloc(VNET_HDR_LEN + it->len), out[MAX];
	segmenter s;
	size_t n = 0, len;

	oracle_check(flat != NULL && it->len <= 65535);
	for (int i = 0; i < it->n_iov; i++) {
		memcpy(flat + n, it->iov[i].iov_base, it->iov[i].iov_len);
		n += it->iov[i].iov_len;
	}
	oracle_check(n == VNET_HDR_LEN + it->len);
	if (it->n_iov == 2) {
		came_back(b, flat + VNET_HDR_LEN, it->len, false);
		free(flat);
		return;
	}
	oracle_check(segment_begin(&s, flat, n, MAX) == SEGMENT_OK);
	while ((len = segment_next(&s, out)) != 0)
		came_back(b, out, len, true);
	free(flat);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static batch b; /* too large for the stack; empty again at the end */
	wire_rd r = wire_reader(data, n);

	oracle_check(join_init(&b.j, wire_u8(&r) & 1));
	while (b.n < PACKETS && wire_left(&r) > 0)
		add(&b, &r);
	join_finish(&b.j);
	for (uint32_t i = 0; i < b.j.n; i++)
		cut_again(&b, &b.j.items[i]);
	for (size_t i = 0; i < b.n; i++) {
		oracle_check(b.pkt[i].back);
		b.pkt[i].back = false;
		free(b.pkt[i].p);
	}
	b.n = 0;
	join_free(&b.j);
	return 0;
}
