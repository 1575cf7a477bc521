/* SPDX-License-Identifier: MIT */
#include "core/http/http.h"
#include "tests/unit/unit.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct scene {
	http_parser *p;
	char log[16384]; /* what came, in words */
	size_t n;
	bool stop_at_head, free_at_head, free_at_body;
	uint64_t max;
} scene;

static void say(scene *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(scene *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(s->log + s->n, sizeof(s->log) - s->n, fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof(s->log) - s->n);
	s->n += (size_t)n;
}

static bool on_head(void *ctx, const http_head *h)
{
	scene *s = ctx;

	if (http_method(h))
		say(s, "[%s %s 1.%u%s]", http_method(h), http_target(h), http_minor(h),
		    http_keep_alive(h) ? "" : " last");
	else
		say(s, "[%u %s%s]", http_status(h), http_reason(h),
		    http_keep_alive(h) ? "" : " last");
	const char *x;
	for (unsigned at = 0; (x = http_next(h, "X", &at));)
		say(s, "x=%s;", x);
	if (s->max)
		http_body_max(s->p, s->max);
	if (s->free_at_head)
		http_parser_free(s->p);
	return !s->stop_at_head;
}

static void on_body(void *ctx, uint8_t *p, size_t n)
{
	scene *s = ctx;

	say(s, "%.*s", (int)n, (char *)p);
	if (s->free_at_body)
		http_parser_free(s->p);
}

static void on_end(void *ctx)
{
	say(ctx, "|");
}

static void begin(scene *s, http_side side)
{
	http_events ev = { s, on_head, on_body, on_end };

	memset(s, 0, sizeof(*s));
	s->p = http_parser_new(side, &ev);
	assert_non_null(s->p);
}

static http_result feed(scene *s, const char *text, size_t n, size_t piece)
{
	http_result all = { 0 };
	uint8_t *copy = malloc(n); /* exactly so many: whoever reads on is found */

	assert_non_null(copy);
	memcpy(copy, text, n);
	while (all.used < n) {
		size_t left = n - all.used, take = left < piece ? left : piece;
		http_result r = http_feed(s->p, copy + all.used, take);
		all.used += r.used;
		all.refuse = r.refuse;
		all.why = r.why;
		all.upgraded = r.upgraded;
		assert_true(!r.refuse == !r.why);
		if (r.refuse || r.upgraded || r.used < take)
			break;
	}
	free(copy);
	return all;
}

/* The same whole and octet by octet. */
static void check(http_side side, const char *text, const char *want, unsigned refuse)
{
	static const size_t pieces[] = { 1 << 20, 1, 7 };

	for (size_t i = 0; i < COUNT(pieces); i++) {
		scene s;
		begin(&s, side);
		http_result r = feed(&s, text, strlen(text), pieces[i]);
		if (r.refuse != refuse)
			print_error("in pieces of %zu: %.200s\n", pieces[i], text);
		assert_int_equal(r.refuse, refuse);
		if (want)
			assert_string_equal(s.log, want);
		http_parser_free(s.p);
	}
}

static void request(const char *text, const char *want)
{
	check(HTTP_REQUESTS, text, want, 0);
}

static void refused(const char *text, unsigned status)
{
	check(HTTP_REQUESTS, text, NULL, status);
}

#define GET  "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST /p HTTP/1.1\r\nHost: a\r\n"

TEST(requests_are_read_with_their_bodies)
{
	request(GET "\r\n", "[GET / 1.1]|");
	request("\r\n\r\n" GET "X:  one \t\r\nX:\r\nx: a b\r\n\r\n", "[GET / 1.1]x=one;x=;x=a b;|");
	request(POST "Content-Length: 5\r\n\r\nhello", "[POST /p 1.1]hello|");
	request(POST "Content-Length: 0\r\n\r\n", "[POST /p 1.1]|");
	request(POST "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nT: "
		     "x\r\n\r\n" GET "\r\n",
		NULL);
	request("GET http://h/x HTTP/1.0\r\n\r\n", "[GET http://h/x 1.0 last]|");
	request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "[GET / 1.0]|");
}

TEST(chunked_coding_is_undone)
{
	scene s;
	const char *text =
		POST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n";

	request(text, NULL);
	begin(&s, HTTP_REQUESTS);
	feed(&s, text, strlen(text), 4096);
	assert_string_equal(s.log, "[POST /p 1.1]hello0123456789|");
	http_parser_free(s.p);
}

TEST(pipelined_requests_are_separated)
{
	request(GET "\r\n" POST "Content-Length: 3\r\n\r\nabc" GET "X: 2\r\n\r\n",
		"[GET / 1.1]|[POST /p 1.1]abc|[GET / 1.1]x=2;|");
}

TEST(after_the_last_request_nothing_more_is_read)
{
	scene s;
	const char *text = GET "Connection: close\r\n\r\n" GET "\r\n";

	begin(&s, HTTP_REQUESTS);
	http_result r = feed(&s, text, strlen(text), 4096);
	assert_string_equal(s.log, "[GET / 1.1 last]|");
	assert_int_equal(r.refuse, 0);
	assert_int_equal(r.used, strlen(GET "Connection: close\r\n\r\n"));
	http_parser_free(s.p);
}

TEST(lengths_that_conflict_are_refused)
{
	refused(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
	refused(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400);
	refused(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400);
	refused(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400);
	refused(POST "Content-Length: 5, 5\r\n\r\nhello", 400);
	refused(POST "Content-Length: +5\r\n\r\nhello", 400);
	refused(POST "Content-Length: -1\r\n\r\n", 400);
	refused(POST "Content-Length: 0x5\r\n\r\nhello", 400);
	refused(POST "Content-Length: 99999999999999999999\r\n\r\n", 400);
	refused(POST "Content-Length : 5\r\n\r\nhello", 400);
	refused(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
	refused("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
}

TEST(transfer_codings_but_chunked_are_unknown)
{
	refused(POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501);
	refused(POST "Transfer-Encoding: identity\r\n\r\n", 501);
	refused(POST "Transfer-Encoding: xchunked\r\n\r\n", 501);
	refused(POST "Transfer-Encoding: chunked, identity\r\n\r\n", 400);
	refused(POST "Transfer-Encoding:\r\n\r\n", 501);
}

TEST(chunks_that_can_be_read_two_ways_are_refused)
{
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
	refused(CHUNKED "5\nhello\r\n0\r\n\r\n", 400);
	refused(CHUNKED "5\r\nhello0\r\n\r\n", 400);
	refused(CHUNKED "5\r\nhello\n0\r\n\r\n", 400);
	refused(CHUNKED "5 \r\nhello\r\n", 400);
	refused(CHUNKED "0x5\r\nhello\r\n", 400);
	refused(CHUNKED "-1\r\n", 400);
	refused(CHUNKED "\r\n", 400);
	refused(CHUNKED "11111111111111111\r\n", 400);
	refused(CHUNKED "0\r\nGET / HTTP/1.1\r\n", 400);
}

TEST(lines_end_in_cr_lf_and_nothing_else)
{
	refused("GET / HTTP/1.1\nHost: a\n\n", 400);
	refused("GET / HTTP/1.1\r\nHost: a\n\r\n", 400);
	refused("GET / HTTP/1.1\r\nHost: a\r\n\n", 400);
	refused("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400);
	refused("GET / HTTP/1.1\rHost: a\r\n\r\n", 400);
	refused("\r\n\r\n\r\n\r\n\r\n\r\n", 400);
}

TEST(folded_lines_and_control_characters_are_refused)
{
	refused(GET "X: a\r\n b\r\n\r\n", 400);
	refused(GET "X: a\r\n\tb\r\n\r\n", 400);
	refused("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400);
	refused(GET "X: a\001b\r\n\r\n", 400);
	refused(GET "X: a\177b\r\n\r\n", 400);
	refused(GET "X y: b\r\n\r\n", 400);
	refused(GET ": b\r\n\r\n", 400);
	refused(GET "nothing\r\n\r\n", 400);
}

TEST(nul_in_a_head_is_refused)
{
	scene s;
	static const char text[] = GET "X: a\0b\r\n\r\n";

	begin(&s, HTTP_REQUESTS);
	assert_int_equal(feed(&s, text, sizeof(text) - 1, 4096).refuse, 400);
	http_parser_free(s.p);
}

TEST(first_line_that_is_none_is_refused)
{
	refused("hello\r\n\r\n", 400);
	refused("GET /\r\n\r\n", 505); /* as HTTP/0.9 had it */
	refused("\x16\x03\x01\x02\x00\x01", 400);
	refused("GET  HTTP/1.1\r\nHost: a\r\n\r\n", 400);
	refused("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 505);
	refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505);
	refused("GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505);
	refused("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505);
	refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400);
}

TEST(exactly_one_host_is_wanted)
{
	refused("GET / HTTP/1.1\r\n\r\n", 400);
	refused(GET "Host: b\r\n\r\n", 400);
	refused("GET / HTTP/1.0\r\nHost: b\r\nHost: b\r\n\r\n", 400);
}

static char *repeat(const char *before, char c, size_t n, const char *after)
{
	char *text = malloc(strlen(before) + n + strlen(after) + 1);

	assert_non_null(text);
	strcpy(text, before);
	memset(text + strlen(before), c, n);
	strcpy(text + strlen(before) + n, after);
	return text;
}

static void refused_long(const char *before, char c, size_t n, const char *after, unsigned status)
{
	char *text = repeat(before, c, n, after);

	check(HTTP_REQUESTS, text, NULL, status);
	free(text);
}

TEST(heads_are_bounded)
{
	refused_long("GET /", 'a', HTTP_TARGET_MAX - 1, " HTTP/1.1\r\nHost: a\r\n\r\n", 0);
	refused_long("GET /", 'a', HTTP_TARGET_MAX, " HTTP/1.1\r\nHost: a\r\n\r\n", 414);
	refused_long("GET /", 'a', 100000, "", 414);
	refused_long(GET "X: ", 'a', HTTP_HEAD_MAX - 100, "\r\n\r\n", 0);
	refused_long(GET "X: ", 'a', HTTP_HEAD_MAX, "\r\n\r\n", 431);
	refused_long(GET "", 'a', 100000, "", 431);
}

TEST(fields_are_counted)
{
	char text[4096] = GET;

	for (int i = 1; i < HTTP_FIELDS; i++)
		strcat(text, "X: \r\n");
	strcat(text, "\r\n");
	check(HTTP_REQUESTS, text, NULL, 0);
	strcpy(text + strlen(text) - 2, "X: \r\n\r\n");
	check(HTTP_REQUESTS, text, NULL, 431);
}

TEST(trailers_and_chunk_extensions_are_bounded)
{
	refused_long(CHUNKED "0\r\nT: ", 'a', 100000, "\r\n\r\n", 431);
	refused_long(CHUNKED "1;a=", 'a', 100000, "\r\n", 400);
	refused_long(CHUNKED "0\r\nT: ", 'a', 1024 - 1, "\r\n\r\n", 0); /* with its name */
	refused_long(CHUNKED "0\r\nT: ", 'a', 1024, "\r\n\r\n", 431);
	refused_long(CHUNKED "1;a=", 'a', 1024 - 1, "\r\nx\r\n0\r\n\r\n", 0);
	refused_long(CHUNKED "1;a=", 'a', 1024, "\r\nx\r\n0\r\n\r\n", 400);
}

/* RFC 9112 2.2 */
TEST(a_few_empty_lines_before_a_request_are_skipped)
{
	request("\r\n\r\n\r\n\r\n" GET "\r\n", "[GET / 1.1]|");
	refused("\r\n\r\n\r\n\r\n\r" GET "\r\n", 400);
	refused_long("", '\n', 9, GET "\r\n", 400);
}

TEST(bodies_longer_than_the_limit_are_refused)
{
	static const char *const texts[] = { POST "Content-Length: 6\r\n\r\nabcdef",
					     CHUNKED "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		scene s;
		begin(&s, HTTP_REQUESTS);
		http_body_max(s.p, 5);
		assert_int_equal(feed(&s, texts[i], strlen(texts[i]), 4096).refuse, 413);
		http_parser_free(s.p);
		begin(&s, HTTP_REQUESTS);
		http_body_max(s.p, 5);
		s.max = 6; /* the head lets this one pass */
		assert_int_equal(feed(&s, texts[i], strlen(texts[i]), 4096).refuse, 0);
		assert_string_equal(s.log, "[POST /p 1.1]abcdef|");
		http_parser_free(s.p);
	}
}

TEST(head_that_says_stop_leaves_the_rest)
{
	scene s;
	const char *head = GET "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
	char text[256];

	begin(&s, HTTP_REQUESTS);
	s.stop_at_head = true;
	snprintf(text, sizeof(text), "%s\x82\x7f more", head);
	http_result r = feed(&s, text, strlen(text), 4096);
	assert_true(r.upgraded);
	assert_int_equal(r.used, strlen(head));
	assert_string_equal(s.log, "[GET / 1.1]");
	http_parser_free(s.p);
}

TEST(upgrades_that_are_not_wanted_are_plain_requests)
{
	request(GET "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n" GET "\r\n",
		"[GET / 1.1]|[GET / 1.1]|");
	request(POST "Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nhi" GET
		     "\r\n",
		"[POST /p 1.1]hi|[GET / 1.1]|");
	request("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n" GET "\r\n",
		"[CONNECT a:1 1.1]|[GET / 1.1]|");
}

static void response(const char *text, const char *want, bool upgraded)
{
	scene s;

	begin(&s, HTTP_RESPONSES);
	http_result r = feed(&s, text, strlen(text), 1);
	assert_int_equal(r.refuse, 0);
	assert_int_equal(r.upgraded, upgraded);
	http_parser_free(s.p);
	check(HTTP_RESPONSES, text, NULL, 0);
	begin(&s, HTTP_RESPONSES);
	feed(&s, text, strlen(text), 4096);
	assert_string_equal(s.log, want);
	http_parser_free(s.p);
}

TEST(responses_are_read)
{
	response("HTTP/1.1 200 OK fine\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 204 \r\n\r\n",
		 "[200 OK fine]hi|[204 ]|", false);
	response("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
		 "[200 ]hi|", false);
	response("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
		 "[100 Continue]|[403 No]|", false);
	response("HTTP/1.0 407 Auth\r\n\r\nuntil it closes", "[407 Auth last]until it closes",
		 false);
	response("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nrest",
		 "[101 Switching]", true);
}

TEST(responses_with_conflicting_lengths_are_refused)
{
	check(HTTP_RESPONSES,
	      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", NULL,
	      400);
	check(HTTP_RESPONSES, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
	      NULL, 400);
	check(HTTP_RESPONSES, "SSH-2.0-OpenSSH\r\n", NULL, 400);
}

TEST(answer_to_head_has_no_body_and_to_connect_is_a_tunnel)
{
	scene s;
	const char *text =
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
	char both[256];

	begin(&s, HTTP_RESPONSES);
	snprintf(both, sizeof(both), "%sHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nhi", text);
	http_expect(s.p, false);
	assert_int_equal(feed(&s, both, strlen(both), 1).refuse, 0);
	assert_string_equal(s.log, "[100 Continue]|[200 OK]|[404 No]hi|");
	http_parser_free(s.p);
	begin(&s, HTTP_RESPONSES);
	http_expect(s.p, true);
	http_result r = feed(&s, text, strlen(text), 4096);
	assert_true(r.upgraded);
	assert_int_equal(r.used, strlen(text));
	http_parser_free(s.p);
	begin(&s, HTTP_RESPONSES);
	http_expect(s.p, true);
	text = "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nhi";
	assert_false(feed(&s, text, strlen(text), 4096).upgraded);
	assert_string_equal(s.log, "[407 No]hi|");
	http_parser_free(s.p);
}

static bool look_for_tokens(void *ctx, const http_head *h)
{
	bool *ok = ctx;

	*ok = http_has_token(h, "connection", "upgrade") &&
	      http_has_token(h, "Connection", "Keep-Alive") &&
	      !http_has_token(h, "connection", "up") && !http_has_token(h, "connection", "") &&
	      !http_has_token(h, "nothing", "x") && strcmp(http_get(h, "hOST"), "a") == 0 &&
	      !http_get(h, "nothing");
	return true;
}

TEST(tokens_are_found_in_lists)
{
	bool ok = false;
	http_events ev = { .ctx = &ok, .head = look_for_tokens };
	http_parser *p = http_parser_new(HTTP_REQUESTS, &ev);
	uint8_t text[] = GET "Connection: x,\tUpgrade ,y\r\nConnection: keep-alive\r\n\r\n";

	assert_int_equal(http_feed(p, text, sizeof(text) - 1).refuse, 0);
	assert_true(ok);
	http_parser_free(p);
}

TEST(parser_may_be_freed_inside_its_events)
{
	scene s;
	const char *text = POST "Content-Length: 2\r\n\r\nhi" GET "\r\n";

	begin(&s, HTTP_REQUESTS);
	s.free_at_head = true;
	feed(&s, text, strlen(text), 4096);
	assert_string_equal(s.log, "[POST /p 1.1]");
	begin(&s, HTTP_REQUESTS);
	s.free_at_body = true;
	feed(&s, text, strlen(text), 4096);
	assert_string_equal(s.log, "[POST /p 1.1]hi");
}

RUN(T(requests_are_read_with_their_bodies), T(chunked_coding_is_undone),
    T(pipelined_requests_are_separated), T(after_the_last_request_nothing_more_is_read),
    T(lengths_that_conflict_are_refused), T(transfer_codings_but_chunked_are_unknown),
    T(chunks_that_can_be_read_two_ways_are_refused), T(lines_end_in_cr_lf_and_nothing_else),
    T(folded_lines_and_control_characters_are_refused), T(nul_in_a_head_is_refused),
    T(first_line_that_is_none_is_refused), T(exactly_one_host_is_wanted), T(heads_are_bounded),
    T(fields_are_counted), T(a_few_empty_lines_before_a_request_are_skipped),
    T(trailers_and_chunk_extensions_are_bounded), T(bodies_longer_than_the_limit_are_refused),
    T(head_that_says_stop_leaves_the_rest), T(upgrades_that_are_not_wanted_are_plain_requests),
    T(responses_are_read), T(responses_with_conflicting_lengths_are_refused),
    T(answer_to_head_has_no_body_and_to_connect_is_a_tunnel), T(tokens_are_found_in_lists),
    T(parser_may_be_freed_inside_its_events))
