/* SPDX-License-Identifier: MIT */
#include "core/carrier/answer.h"
#include "unit.h"
#include <stdio.h>

static bool is_accepted;

static bool look(void *ctx, const http_head *h)
{
	(void)ctx;
	is_accepted = carrier_answer_is_connect_udp(h);
	return false;
}

static void ignore_body(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx, (void)p, (void)n;
}

static void ignore_end(void *ctx)
{
	(void)ctx;
}

static bool accepts(const char *answer)
{
	const http_events ev = { NULL, look, ignore_body, ignore_end };
	http_parser *p = http_parser_new(HTTP_RESPONSES, &ev);
	char octets[256];
	int n = snprintf(octets, sizeof octets, "%s\r\n\r\n", answer);

	assert_non_null(p);
	is_accepted = false;
	http_feed(p, (uint8_t *)octets, (size_t)n);
	http_parser_free(p);
	return is_accepted;
}

TEST(only_101_that_upgrades_to_connect_udp_accepts_it)
{
#define FIELDS "\r\nConnection: Upgrade\r\nUpgrade: connect-udp"
	assert_true(accepts("HTTP/1.1 101 Switching Protocols" FIELDS));
	assert_false(accepts("HTTP/1.1 100 Continue" FIELDS));
	assert_false(accepts("HTTP/1.1 102 Processing" FIELDS));
	assert_false(accepts("HTTP/1.1 200 OK" FIELDS));
	assert_false(accepts("HTTP/1.1 426 Upgrade Required" FIELDS));
	assert_false(accepts("HTTP/1.1 101 Yes\r\nConnection: close\r\nUpgrade: connect-udp"));
	assert_false(accepts("HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket"));
}

RUN(T(only_101_that_upgrades_to_connect_udp_accepts_it))
