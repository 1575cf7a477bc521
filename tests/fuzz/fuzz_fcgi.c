/* SPDX-License-Identifier: MIT */
/* FastCGI records one after the other: heads and pairs are written to what reads the same. */
#include "proto/fcgi.h"
#include "oracle.h"

static void head(const fcgi_head *h)
{
	uint8_t b[FCGI_HEAD_LEN];
	wire_wr w = wire_writer(b, sizeof b);
	fcgi_head again;

	fcgi_head_put(&w, h);
	wire_rd r = wire_reader(b, wire_len(&w));
	oracle_check(!w.bad && fcgi_head_get(&r, &again) == 1 && wire_done(&r));
	oracle_check(again.type == h->type && again.request == h->request && again.len == h->len &&
		     again.padding == h->padding);
}

static void pairs(wire_rd r)
{
	wire_bytes name, value, name2, value2;
	size_t n = wire_left(&r);
	uint8_t *b = malloc(n ? n : 1); /* never longer than it was */
	wire_wr w = wire_writer(b, n);
	wire_rd copy = r;
	int got;

	oracle_check(b != NULL);
	while ((got = fcgi_pair_get(&r, &name, &value)) > 0)
		fcgi_pair_put(&w, name, value);
	oracle_check(!w.bad && (got == 0 ? wire_done(&r) : r.bad));
	wire_rd back = wire_reader(b, wire_len(&w));
	while (fcgi_pair_get(&back, &name2, &value2) > 0) {
		oracle_check(fcgi_pair_get(&copy, &name, &value) == 1);
		oracle_check(oracle_same(name, name2) && oracle_same(value, value2));
	}
	oracle_check(wire_done(&back) && fcgi_pair_get(&copy, &name, &value) == got);
	free(b);
}

static void content(const fcgi_head *h, wire_rd body)
{
	uint16_t role;
	uint8_t flags;

	if (h->type == FCGI_BEGIN_REQUEST) {
		bool whole = wire_left(&body) == 8;
		oracle_check(fcgi_begin_get(&body, &role, &flags) == whole);
	} else {
		pairs(body);
	}
}

/* In memory of just that size. */
static void exact(const fcgi_head *h, wire_bytes b)
{
	uint8_t *copy = malloc(b.n ? b.n : 1);

	oracle_check(copy != NULL);
	memcpy(copy, b.p, b.n);
	content(h, wire_reader(copy, b.n));
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	wire_rd r = wire_reader(data, n);
	fcgi_head h;

	while (fcgi_head_get(&r, &h) > 0) {
		head(&h);
		wire_rd body = wire_sub(&r, h.len);
		if (r.bad)
			break;
		exact(&h, wire_rest(&body));
		wire_take(&r, h.padding < wire_left(&r) ? h.padding : wire_left(&r));
	}
	return 0;
}
