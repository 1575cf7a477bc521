/* SPDX-License-Identifier: MIT */
#include "core/carrier/answer.h"
#include "answer_kit.h"

static bool accepts_connect_udp(const char *text)
{
	answer a;

	answer_read(&a, text);
	bool yes = carrier_answer_is_connect_udp(a.head);
	http_parser_free(a.http);
	return yes;
}

TEST(only_101_that_upgrades_to_connect_udp_accepts_it)
{
#define FIELDS "\r\nConnection: Upgrade\r\nUpgrade: connect-udp"
	assert_true(accepts_connect_udp("101 Switching Protocols" FIELDS));
	assert_false(accepts_connect_udp("100 Continue" FIELDS));
	assert_false(accepts_connect_udp("102 Processing" FIELDS));
	assert_false(accepts_connect_udp("200 OK" FIELDS));
	assert_false(accepts_connect_udp("426 Upgrade Required" FIELDS));
	assert_false(accepts_connect_udp("101 Yes\r\nConnection: close\r\nUpgrade: connect-udp"));
	assert_false(accepts_connect_udp("101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket"));
}

/* The key and what answers it are RFC 6455 1.3's. */
static bool accepts_websocket(const char *accept)
{
	answer a;
	char text[256];

	snprintf(text, sizeof text, "101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket%s",
		 accept);
	answer_read(&a, text);
	bool yes = carrier_answer_is_websocket(a.head, "dGhlIHNhbXBsZSBub25jZQ==");
	http_parser_free(a.http);
	return yes;
}

TEST(a_websocket_is_accepted_by_the_answer_to_its_key)
{
#define ACCEPT "\r\nSec-WebSocket-Accept: "
	assert_true(accepts_websocket(ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	assert_false(accepts_websocket(ACCEPT "a3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	assert_false(accepts_websocket(ACCEPT "z3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	assert_false(accepts_websocket(ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo"));
	assert_false(accepts_websocket(""));
}

static bool is_html(const char *fields)
{
	answer a;
	char text[256];

	snprintf(text, sizeof text, "200 OK%s", fields);
	answer_read(&a, text);
	bool yes = carrier_answer_is_html(a.head);
	http_parser_free(a.http);
	return yes;
}

TEST(a_web_page_is_known_by_its_type)
{
	assert_true(is_html("\r\nContent-Type: text/html"));
	assert_true(is_html("\r\nContent-Type: Text/HTML; charset=utf-8"));
	assert_false(is_html("\r\nContent-Type: application/octet-stream"));
	assert_false(is_html("\r\nContent-Type: text/plain"));
	assert_false(is_html(""));
}

static void check_explained(const char *text, carrier_error_rank rank, const char *want)
{
	answer a;
	carrier_error e = { 0 };

	answer_read(&a, text);
	carrier_answer_explain(a.head, &e);
	http_parser_free(a.http);
	assert_string_equal(e.text, want);
	assert_int_equal(e.rank, rank);
}

TEST(a_redirection_is_a_captive_portals)
{
#define ELSEWHERE "\r\nLocation: http://p.test/"
	check_explained("300 x" ELSEWHERE, CARRIER_PORTAL, "captive portal at http://p.test/");
	check_explained("302 x" ELSEWHERE, CARRIER_PORTAL, "captive portal at http://p.test/");
	check_explained("399 x" ELSEWHERE, CARRIER_PORTAL, "captive portal at http://p.test/");
	check_explained("299 x" ELSEWHERE, CARRIER_ANSWERED, "the multiplexer's answer is 299 x");
	check_explained("400 x" ELSEWHERE, CARRIER_ANSWERED, "the multiplexer's answer is 400 x");
	check_explained("302 x", CARRIER_ANSWERED, "the multiplexer's answer is 302 x");
	check_explained("511 x", CARRIER_PORTAL,
			"captive portal: network authentication required (511)");
}

TEST(other_answers_are_explained_by_their_status)
{
#define PAGE "\r\nContent-Type: text/html"
	check_explained("200 x" PAGE, CARRIER_ANSWERED,
			"a web server that is not a multiplexer answers");
	check_explained("299 x" PAGE, CARRIER_ANSWERED,
			"a web server that is not a multiplexer answers");
	check_explained("300 x" PAGE, CARRIER_ANSWERED, "the multiplexer's answer is 300 x");
	check_explained("403 x" PAGE, CARRIER_ANSWERED, "the multiplexer's answer is 403 x");
	check_explained("404 x" PAGE, CARRIER_ANSWERED,
			"404 Not Found: no multiplexer there, or it has no such target");
	check_explained("405 x", CARRIER_ANSWERED, "the multiplexer's answer is 405 x");
	check_explained("503 x", CARRIER_ANSWERED, "the multiplexer's answer is 503 x");
	check_explained("504 x", CARRIER_ANSWERED,
			"504 Gateway Timeout: the multiplexer's target is down");
	check_explained("505 x", CARRIER_ANSWERED, "the multiplexer's answer is 505 x");
	check_explained("510 x", CARRIER_ANSWERED, "the multiplexer's answer is 510 x");
	check_explained("512 x", CARRIER_ANSWERED, "the multiplexer's answer is 512 x");
}

RUN(T(only_101_that_upgrades_to_connect_udp_accepts_it),
    T(a_websocket_is_accepted_by_the_answer_to_its_key), T(a_web_page_is_known_by_its_type),
    T(a_redirection_is_a_captive_portals), T(other_answers_are_explained_by_their_status))
