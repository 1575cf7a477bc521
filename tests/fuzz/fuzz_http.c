/* SPDX-License-Identifier: MIT */
/* Heads and bodies of requests and responses: what is understood must not depend on the pieces it comes in.
 * The first octet says which side, the second how long the pieces are. */
#include "core/http/http.h"
#include "oracle.h"

typedef struct trace {
	uint64_t hash;
	unsigned events;
	http_parser *p;
	uint8_t choice;
} trace;

static void mix(trace *t, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		t->hash = (t->hash ^ b[i]) * 0x100000001b3u;
}

static void mix_string(trace *t, const char *s)
{
	mix(t, s, strlen(s) + 1);
}

static bool on_head(void *ctx, const http_head *h)
{
	static const char *const names[] = { "host", "content-length", "transfer-encoding", "x" };
	trace *t = ctx;

	t->events++;
	mix_string(t, http_target(h));
	if (http_method(h)) {
		mix_string(t, http_method(h));
		oracle_check(strlen(http_target(h)) <= HTTP_TARGET_MAX);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *v;
		for (unsigned at = 0; (v = http_next(h, names[i], &at));)
			mix_string(t, v);
	}
	/* A length that could be read two ways never comes this far. */
	unsigned at = 0;
	if (http_next(h, "content-length", &at))
		oracle_check(!http_next(h, "content-length", &at) && !http_get(h, names[2]));
	mix(t, &(uint8_t){ http_keep_alive(h) }, 1);
	if (t->choice & 2)
		http_body_max(t->p, 20);
	return !(t->choice & 4) || !http_has_token(h, "connection", "upgrade");
}

static void on_body(void *ctx, uint8_t *p, size_t n)
{
	mix(ctx, p, n);
}

static void on_end(void *ctx)
{
	trace *t = ctx;

	t->events++;
	mix(t, "|", 1);
}

static http_result parse(trace *t, const uint8_t *data, size_t n, size_t piece, uint8_t choice)
{
	http_events ev = { t, on_head, on_body, on_end };
	http_result all = { 0 };
	uint8_t *copy = malloc(n ? n : 1);

	*t = (trace){ .hash = 0xcbf29ce484222325u, .choice = choice };
	t->p = http_parser_new(choice & 1 ? HTTP_RESPONSES : HTTP_REQUESTS, &ev);
	oracle_check(copy && t->p);
	memcpy(copy, data, n);
	if (choice & 8)
		http_expect(t->p, choice & 16);
	while (all.used < n) {
		size_t take = n - all.used < piece ? n - all.used : piece;
		http_result r = http_feed(t->p, copy + all.used, take);
		oracle_check(r.used <= take);
		all = (http_result){ all.used + r.used, r.refuse, r.why, r.upgraded };
		if (r.refuse || r.upgraded || r.used < take)
			break;
	}
	http_parser_free(t->p);
	free(copy);
	return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	trace whole, pieces;

	if (n < 2)
		return 0;
	http_result a = parse(&whole, data + 2, n - 2, n, data[0]);
	http_result b = parse(&pieces, data + 2, n - 2, 1u + data[1] % 16, data[0]);
	/* Of two faults in one head either may be met first. */
	oracle_check(!a.refuse == !b.refuse && a.upgraded == b.upgraded);
	oracle_check(whole.events == pieces.events);
	if (!a.refuse)
		oracle_check(whole.hash == pieces.hash && a.used == b.used);
	return 0;
}
