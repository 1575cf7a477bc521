/* SPDX-License-Identifier: MIT */
/* A hostile stream of every kind, to either end: fed whole, octet by octet, and cut at places the input
 * names, some heads at a time, the same datagrams and answers come out, and it ends the same way. What comes out, put again by
 * the other end, comes out again. The first octet picks kind and end, the second and third seed the cuts. */
#include "core/http/framing_priv.h"
#include "oracle.h"

enum { LOG_MAX = 64 * 1024, OUT_MAX = FRAMING_DATAGRAM_MAX + FRAMING_OVERHEAD };

typedef struct record {
	framing_result res;
	const char *why;
	wire_wr log;
	framing *back;  /* the other end, which puts what came out */
	framing *again; /* reads that */
	const uint8_t *put;
	size_t put_n;
} record;

static void note(record *r, uint8_t kind, const uint8_t *p, size_t n)
{
	wire_put_u8(&r->log, kind);
	wire_put_u16(&r->log, (uint16_t)n);
	wire_put(&r->log, p, n);
	oracle_check(!r->log.bad);
}

static void same_again(void *ctx, uint8_t *p, size_t n)
{
	record *r = ctx;

	oracle_check(oracle_same((wire_bytes){ p, n }, (wire_bytes){ r->put, r->put_n }));
	r->put = NULL;
}

static void no_reply(void *ctx, const uint8_t *p, size_t n)
{
	(void)ctx, (void)p, (void)n;
	abort();
}

static void put_again(record *r, const uint8_t *p, size_t n)
{
	const framing_events ev = { r, same_again, no_reply };
	const char *why;
	uint8_t *out = malloc(n + FRAMING_OVERHEAD);

	oracle_check(out != NULL);
	size_t len = framing_put(r->back, p, n, out);
	oracle_check(len > n && len <= n + FRAMING_OVERHEAD);
	r->put = p;
	r->put_n = n;
	oracle_check(framing_feed(r->again, out, len, &ev, &why) == FRAMING_OK && r->put == NULL);
	free(out);
}

static void on_datagram(void *ctx, uint8_t *p, size_t n)
{
	record *r = ctx;

	oracle_check(r->res == FRAMING_OK && n > 0 && n <= FRAMING_DATAGRAM_MAX);
	note(r, 'd', p, n);
	if (r->back)
		put_again(r, p, n);
	memset(p, 0xdd, n);
}

/* A client's masks are random: what is under them is compared. */
static void on_reply(void *ctx, const uint8_t *p, size_t n)
{
	uint8_t b[WS_CONTROL_MAX];
	wire_rd r = wire_reader(p, n);
	ws_head h;

	oracle_check(ws_head_get(&r, &h) == 1 && h.opcode >= WS_CLOSE && h.len == wire_left(&r));
	wire_get(&r, b, (size_t)h.len);
	ws_mask(b, (size_t)h.len, h.mask, 0);
	note(ctx, h.opcode, b, (size_t)h.len);
}

static size_t piece(uint32_t *seed, size_t left)
{
	if (*seed == UINT32_MAX)
		return left;
	*seed = *seed * 1103515245 + 12345;
	size_t n = 1 + (*seed >> 16) % ((*seed >> 30) ? 5 : 700);
	return n < left ? n : left;
}

/* So many heads in a turn; what was not used comes again. */
static void feed_by_turns(record *r, framing *f, uint8_t *p, size_t n, unsigned most)
{
	const framing_events ev = { r, on_datagram, on_reply };

	for (size_t at = 0, used; at < n && r->res == FRAMING_OK; at += used) {
		unsigned heads = most;
		r->res = framing_feed_some(f, p + at, n - at, &heads, &used, &ev, &r->why);
		oracle_check(used <= n - at && heads <= most);
		oracle_check(used == n - at || heads == 0 || r->res != FRAMING_OK);
	}
}

static void run(record *r, framing *f, const uint8_t *data, size_t n, uint32_t seed)
{
	oracle_check(f != NULL);
	for (size_t at = 0, k; at < n && r->res == FRAMING_OK; at += k) {
		k = seed ? piece(&seed, n - at) : 1;
		uint8_t *exact = malloc(k);
		oracle_check(exact != NULL);
		memcpy(exact, data + at, k);
		feed_by_turns(r, f, exact, k, seed % 7 + 1);
		free(exact);
		oracle_check((r->why != NULL) == (r->res == FRAMING_BROKEN));
		oracle_check(f->buf == NULL || f->data.have || f->ws.control.have);
	}
	framing_free(f);
}

static void same(const record *a, const record *b)
{
	oracle_check(a->res == b->res);
	oracle_check(!a->why || strcmp(a->why, b->why) == 0);
	oracle_check(oracle_same(oracle_body(&a->log, 0), oracle_body(&b->log, 0)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t log[2][LOG_MAX]; /* too large for the stack */

	if (n < 3 || n > LOG_MAX / 4)
		return 0;
	framing_kind kind = (framing_kind)(data[0] % 3);
	framing_end end = data[0] & 0x80 ? FRAMING_SERVER : FRAMING_CLIENT;
	framing_end other = data[0] & 0x80 ? FRAMING_CLIENT : FRAMING_SERVER;
	const uint32_t seeds[] = { 0, 1 + (uint32_t)load_be16(data + 1) };
	record whole = { .log = wire_writer(log[0], LOG_MAX) };

	whole.back = framing_new(kind, other);
	whole.again = framing_new(kind, end);
	oracle_check(whole.back && whole.again);
	run(&whole, framing_new(kind, end), data + 3, n - 3, UINT32_MAX);
	framing_free(whole.back);
	framing_free(whole.again);
	for (size_t i = 0; i < 2; i++) {
		record cut = { .log = wire_writer(log[1], LOG_MAX) };
		run(&cut, framing_new(kind, end), data + 3, n - 3, seeds[i]);
		same(&whole, &cut);
	}
	return 0;
}
