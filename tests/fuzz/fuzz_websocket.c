/* SPDX-License-Identifier: MIT */
/* A stream of WebSocket frames: heads are written as they were read, in the same octets, whatever is cut
 * says "more"; masking twice, or octet by octet, is the same. */
#include "proto/websocket.h"
#include "oracle.h"

static void check_cuts(const uint8_t *p, size_t n)
{
	ws_head h;

	for (size_t k = 0; k < n; k++) {
		wire_rd r = wire_reader(p, k);
		oracle_check(ws_head_get(&r, &h) == 0 && !r.bad && wire_left(&r) == k);
	}
}

static void check_again(const ws_head *h, const uint8_t *p, size_t n)
{
	uint8_t b[WS_HEAD_MAX];
	wire_wr w = wire_writer(b, sizeof b);

	ws_head_put(&w, h);
	oracle_check(!w.bad && oracle_same((wire_bytes){ b, wire_len(&w) }, (wire_bytes){ p, n }));
}

static void check_mask(const uint8_t *p, size_t n, const ws_head *h)
{
	uint8_t *b = malloc(n ? n : 1);
	size_t at = (size_t)h->len;

	oracle_check(b != NULL);
	memcpy(b, p, n);
	ws_mask(b, n, h->mask, at);
	for (size_t i = 0; i < n; i++)
		oracle_check((b[i] ^ p[i]) == h->mask[(at + i) % 4]);
	size_t half = n / 3;
	ws_mask(b, half, h->mask, at);
	ws_mask(b + half, n - half, h->mask, at + half);
	oracle_check(memcmp(b, p, n) == 0);
	free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	wire_rd r = wire_reader(data, n);
	const uint8_t *from = r.p;
	int got;
	ws_head h;

	while ((got = ws_head_get(&r, &h)) > 0) {
		size_t head = (size_t)(r.p - from);
		oracle_check(head <= WS_HEAD_MAX && h.len >> 63 == 0);
		check_cuts(from, head);
		check_again(&h, from, head);
		size_t here = h.len < wire_left(&r) ? (size_t)h.len : wire_left(&r);
		check_mask(r.p, here, &h);
		wire_take(&r, here);
		from = r.p;
	}
	oracle_check(!r.bad && r.p == from && (got < 0 || wire_left(&r) < WS_HEAD_MAX));
	return 0;
}
