/* SPDX-License-Identifier: MIT */
#include "core/mux/upgrade.h"
#include "unit.h"
#include <stdio.h>

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in '%s'", part, text);
}

typedef struct asked {
	mux_request_kind kind;
	unsigned status;
	char answer[MUX_UPGRADE_ANSWER + 1];
} asked;

static bool on_head(void *ctx, const http_head *h)
{
	asked *a = ctx;

	a->status = mux_upgrade_check(a->kind, h);
	if (!a->status)
		a->answer[mux_upgrade_answer(a->kind, h, a->answer)] = '\0';
	return false;
}

static asked upgrade(mux_request_kind k, const char *fields)
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
	asked a = upgrade(MUX_REQUEST_UDP, UPGRADE("connect-udp") "Capsule-Protocol: ?1\r\n");

	assert_int_equal(a.status, 0);
	assert_string_equal(a.answer, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
				      "Upgrade: connect-udp\r\nCapsule-Protocol: ?1\r\n\r\n");
}

/* The key and its answer are RFC 6455 1.3's. */
TEST(websocket_is_granted_with_the_standards_example)
{
	asked a = upgrade(MUX_REQUEST_WEBSOCKET, UPGRADE("WebSocket") KEY VERSION);

	assert_int_equal(a.status, 0);
	has(a.answer, "\r\nUpgrade: websocket\r\n");
	has(a.answer, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST(requests_that_do_not_upgrade_are_asked_to)
{
	assert_int_equal(upgrade(MUX_REQUEST_UDP, "").status, 426);
	assert_int_equal(upgrade(MUX_REQUEST_UDP, UPGRADE("websocket")).status, 426);
	assert_int_equal(upgrade(MUX_REQUEST_UDP, "Upgrade: connect-udp\r\n").status, 426);
	assert_int_equal(upgrade(MUX_REQUEST_WEBSOCKET, UPGRADE("connect-udp")).status, 426);
	assert_int_equal(upgrade(MUX_REQUEST_WEBSOCKET, UPGRADE("websocket") KEY).status, 426);
	static const char *const versions[] = { "8", "12", "14", "1", "130" };
	for (size_t i = 0; i < COUNT(versions); i++) {
		char fields[256];
		snprintf(fields, sizeof fields,
			 UPGRADE("websocket") KEY "Sec-WebSocket-Version: %s\r\n", versions[i]);
		assert_int_equal(upgrade(MUX_REQUEST_WEBSOCKET, fields).status, 426);
	}
}

/* RFC 9110 7.8: HTTP/1.0 has no upgrades. */
TEST(an_upgrade_takes_http_1_1)
{
	asked a = { .kind = MUX_REQUEST_UDP, .status = 999 };
	const http_events ev = { .ctx = &a, .head = on_head };
	http_parser *p = http_parser_new(HTTP_REQUESTS, &ev);
	char text[] = "GET / HTTP/1.0\r\nHost: a\r\n" UPGRADE("connect-udp") "\r\n";

	http_feed(p, (uint8_t *)text, sizeof text - 1);
	http_parser_free(p);
	assert_int_equal(a.status, 426);
}

TEST(upgrades_that_are_malformed_are_refused)
{
	assert_int_equal(upgrade(MUX_REQUEST_WEBSOCKET, UPGRADE("websocket") VERSION).status, 400);
	assert_int_equal(
		upgrade(MUX_REQUEST_WEBSOCKET, UPGRADE("websocket") VERSION KEY KEY).status, 400);
	assert_int_equal(upgrade(MUX_REQUEST_WEBSOCKET,
				 UPGRADE("websocket") VERSION "Sec-WebSocket-Key: c2hvcnQ=\r\n")
				 .status,
			 400);
	assert_int_equal(upgrade(MUX_REQUEST_WEBSOCKET, UPGRADE("websocket") VERSION
				 "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==\r\n")
				 .status,
			 400);
	assert_int_equal(
		upgrade(MUX_REQUEST_UDP, UPGRADE("connect-udp") "Content-Length: 3\r\n").status,
		400);
	assert_int_equal(
		upgrade(MUX_REQUEST_UDP, UPGRADE("connect-udp") "Transfer-Encoding: chunked\r\n")
			.status,
		400);
	assert_int_equal(
		upgrade(MUX_REQUEST_UDP, UPGRADE("connect-udp") "Content-Length: 0\r\n").status, 0);
}

RUN(T(connect_udp_is_granted), T(websocket_is_granted_with_the_standards_example),
    T(requests_that_do_not_upgrade_are_asked_to), T(an_upgrade_takes_http_1_1),
    T(upgrades_that_are_malformed_are_refused))
