/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "answer.h"
#include "upgrade.h"
#include <stdio.h>
#include <stdlib.h>

enum { DAY = 784111777 }; /* RFC 9110 5.6.7's example: Sun, 06 Nov 1994 08:49:37 GMT */

static const char *text_of(const answer *a, char out[ANSWER_MAX + 1])
{
	size_t n = answer_put(a, out);

	assert_true(n > 0);
	out[n] = '\0';
	return out;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in '%s'", part, text);
}

static size_t length_said(const char *text)
{
	const char *at = strstr(text, "Content-Length: ");

	assert_non_null(at);
	return strtoul(at + 16, NULL, 10);
}

TEST(answers_say_what_they_are)
{
	char out[ANSWER_MAX + 1];
	answer a = { .status = 404, .unix_s = DAY };
	const char *t = text_of(&a, out);

	assert_memory_equal(t, "HTTP/1.1 404 Not Found\r\n", 24);
	has(t, "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
	has(t, "\r\nConnection: keep-alive\r\n");
	assert_int_equal(length_said(t), strlen(strstr(t, "\r\n\r\n") + 4));
	a.close = true;
	has(text_of(&a, out), "\r\nConnection: close\r\n");
}

TEST(answer_to_head_has_the_length_and_no_page)
{
	char out[ANSWER_MAX + 1];
	answer a = { .status = 404, .head_only = true };
	const char *t = text_of(&a, out);

	assert_true(length_said(t) > 0);
	assert_string_equal(strstr(t, "\r\n\r\n"), "\r\n\r\n");
}

TEST(no_content_has_none)
{
	char out[ANSWER_MAX + 1];
	answer a = { .status = 204 };
	const char *t = text_of(&a, out);

	assert_null(strstr(t, "Content-"));
	assert_string_equal(strstr(t, "\r\n\r\n"), "\r\n\r\n");
}

TEST(methods_and_upgrades_are_named)
{
	char out[ANSWER_MAX + 1];
	answer a = { .status = 405, .allow = "GET, HEAD" };

	has(text_of(&a, out), "\r\nAllow: GET, HEAD\r\n");
	a = (answer){ .status = 426, .kind = REQUEST_WEBSOCKET };
	has(text_of(&a, out), "\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	has(out, "\r\nConnection: upgrade\r\n");
	a.kind = REQUEST_UDP;
	has(text_of(&a, out), "\r\nUpgrade: connect-udp\r\n");
}

TEST(every_status_fits_and_has_a_reason)
{
	static const unsigned all[] = { 204, 400, 404, 405, 408, 413, 414, 426,
					429, 431, 500, 501, 503, 504, 505 };
	char out[ANSWER_MAX + 1];

	for (size_t i = 0; i < COUNT(all); i++) {
		answer a = { .status = all[i], .kind = REQUEST_WEBSOCKET, .allow = "GET, HEAD" };
		text_of(&a, out);
		assert_string_not_equal(answer_reason(all[i]), "Error");
		size_t n = answer_put_cgi(&a, out);
		assert_true(n > 0 && memcmp(out, "Status: ", 8) == 0);
	}
}

TEST(streams_are_chunked_or_end_with_the_connection)
{
	char out[ANSWER_MAX + 1];

	out[answer_stream_head(true, DAY, out)] = '\0';
	has(out, "\r\nTransfer-Encoding: chunked\r\n");
	has(out, "\r\nX-Accel-Buffering: no\r\n");
	out[answer_stream_head(false, DAY, out)] = '\0';
	assert_null(strstr(out, "chunked"));
	has(out, "\r\nConnection: close\r\n");
}

/* --- upgrades --- */

typedef struct asked {
	request_kind kind;
	unsigned status;
	char answer[UPGRADE_ANSWER + 1];
} asked;

static bool on_head(void *ctx, const http_head *h)
{
	asked *a = ctx;

	a->status = upgrade_check(a->kind, h);
	if (!a->status)
		a->answer[upgrade_answer(a->kind, h, a->answer)] = '\0';
	return false;
}

static asked upgrade(request_kind k, const char *fields)
{
	char text[1024];
	asked a = { .kind = k, .status = 999 };
	const http_events ev = { .ctx = &a, .head = on_head };
	http_parser *p = http_parser_new(HTTP_REQUESTS, &ev);
	int n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);

	assert_int_equal(http_feed(p, (uint8_t *)text, (size_t)n).refuse, 0);
	http_parser_free(p);
	return a;
}

#define UPGRADE(what) "Connection: keep-alive, Upgrade\r\nUpgrade: " what "\r\n"
#define KEY           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION       "Sec-WebSocket-Version: 13\r\n"

TEST(connect_udp_is_granted)
{
	asked a = upgrade(REQUEST_UDP, UPGRADE("connect-udp") "Capsule-Protocol: ?1\r\n");

	assert_int_equal(a.status, 0);
	assert_string_equal(a.answer, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
				      "Upgrade: connect-udp\r\nCapsule-Protocol: ?1\r\n\r\n");
}

/* The key and its answer are RFC 6455 1.3's. */
TEST(websocket_is_granted_with_the_standards_example)
{
	asked a = upgrade(REQUEST_WEBSOCKET, UPGRADE("WebSocket") KEY VERSION);

	assert_int_equal(a.status, 0);
	has(a.answer, "\r\nUpgrade: websocket\r\n");
	has(a.answer, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST(requests_that_do_not_upgrade_are_told_to)
{
	assert_int_equal(upgrade(REQUEST_UDP, "").status, 426);
	assert_int_equal(upgrade(REQUEST_UDP, UPGRADE("websocket")).status, 426);
	assert_int_equal(upgrade(REQUEST_UDP, "Upgrade: connect-udp\r\n").status, 426);
	assert_int_equal(upgrade(REQUEST_WEBSOCKET, UPGRADE("connect-udp")).status, 426);
	assert_int_equal(upgrade(REQUEST_WEBSOCKET, UPGRADE("websocket") KEY).status, 426);
	assert_int_equal(
		upgrade(REQUEST_WEBSOCKET, UPGRADE("websocket") KEY "Sec-WebSocket-Version: 8\r\n")
			.status,
		426);
}

TEST(upgrades_that_are_malformed_are_refused)
{
	assert_int_equal(upgrade(REQUEST_WEBSOCKET, UPGRADE("websocket") VERSION).status, 400);
	assert_int_equal(upgrade(REQUEST_WEBSOCKET, UPGRADE("websocket") VERSION KEY KEY).status,
			 400);
	assert_int_equal(upgrade(REQUEST_WEBSOCKET,
				 UPGRADE("websocket") VERSION "Sec-WebSocket-Key: c2hvcnQ=\r\n")
				 .status,
			 400);
	assert_int_equal(upgrade(REQUEST_WEBSOCKET, UPGRADE("websocket") VERSION
				 "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==\r\n")
				 .status,
			 400);
	assert_int_equal(
		upgrade(REQUEST_UDP, UPGRADE("connect-udp") "Content-Length: 3\r\n").status, 400);
	assert_int_equal(
		upgrade(REQUEST_UDP, UPGRADE("connect-udp") "Transfer-Encoding: chunked\r\n")
			.status,
		400);
	assert_int_equal(
		upgrade(REQUEST_UDP, UPGRADE("connect-udp") "Content-Length: 0\r\n").status, 0);
}

RUN(T(answers_say_what_they_are), T(answer_to_head_has_the_length_and_no_page),
    T(no_content_has_none), T(methods_and_upgrades_are_named),
    T(every_status_fits_and_has_a_reason), T(streams_are_chunked_or_end_with_the_connection),
    T(connect_udp_is_granted), T(websocket_is_granted_with_the_standards_example),
    T(requests_that_do_not_upgrade_are_told_to), T(upgrades_that_are_malformed_are_refused))
