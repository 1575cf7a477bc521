/* SPDX-License-Identifier: MIT */
/* A stream of capsules: what a head says does not depend on where the stream is cut, what is read is written
 * to what reads the same, in no more octets. */
#include "proto/capsule.h"
#include "oracle.h"

/* Every shorter piece of the head says "more" and moves nothing. */
static void check_cuts(const uint8_t *p, size_t n, const capsule_head *h)
{
	capsule_head cut;

	for (size_t k = 0; k <= n; k++) {
		uint8_t *exact = malloc(k ? k : 1);
		oracle_check(exact != NULL);
		memcpy(exact, p, k);
		wire_rd r = wire_reader(exact, k);
		int got = capsule_head_get(&r, &cut);
		oracle_check(got == (k == n) && !r.bad && wire_left(&r) == (got ? 0 : k));
		oracle_check(!got || (cut.type == h->type && cut.len == h->len));
		free(exact);
	}
}

static void check_again(const capsule_head *h, size_t n)
{
	uint8_t b[CAPSULE_HEAD_MAX];
	wire_wr w = wire_writer(b, sizeof b);

	varint_put(&w, h->type);
	varint_put(&w, h->len);
	oracle_check(!w.bad && wire_len(&w) <= n);
	wire_rd r = wire_reader(b, wire_len(&w));
	capsule_head again;
	oracle_check(capsule_head_get(&r, &again) == 1 && wire_done(&r));
	oracle_check(again.type == h->type && again.len == h->len);
}

static void check_datagram(size_t n)
{
	uint8_t b[CAPSULE_HEAD_MAX + VARINT_MAX_LEN];
	wire_wr w = wire_writer(b, sizeof b);
	capsule_head h;

	capsule_datagram_put(&w, n);
	wire_rd r = wire_reader(b, wire_len(&w));
	oracle_check(!w.bad && capsule_head_get(&r, &h) == 1 && h.type == CAPSULE_DATAGRAM);
	size_t before = wire_left(&r);
	oracle_check(varint_get(&r) == CAPSULE_CONTEXT_UDP && wire_done(&r));
	oracle_check(h.len == n + before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	wire_rd r = wire_reader(data, n);
	const uint8_t *from = r.p;
	capsule_head h;

	while (capsule_head_get(&r, &h) > 0) {
		size_t head = (size_t)(r.p - from);
		oracle_check(head <= CAPSULE_HEAD_MAX);
		check_cuts(from, head, &h);
		check_again(&h, head);
		check_datagram((size_t)(h.len >> 4));
		wire_take(&r, h.len < wire_left(&r) ? (size_t)h.len : wire_left(&r));
		from = r.p;
	}
	oracle_check(!r.bad && r.p == from && wire_left(&r) < CAPSULE_HEAD_MAX);
	return 0;
}
