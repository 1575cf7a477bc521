/* SPDX-License-Identifier: MIT */
#include "core/carrier/request.h"
#include "unit.h"
#include <stdio.h>

static const carrier_mux mux = { .host = "mux.test", .port = 80, .target = "home" };
static const carrier_proxy proxy = { .name = "p.test:3128", .user = "u", .password = "w" };
static const char session[] = "0123456789abcdef0123456789abcdef";

TEST(sessions_are_named_by_128_random_bits)
{
	char a[CARRIER_SESSION + 1], b[CARRIER_SESSION + 1];

	assert_true(carrier_request_new_session(a) && carrier_request_new_session(b));
	assert_int_equal(strlen(a), 32);
	assert_int_equal(strspn(a, "0123456789abcdef"), 32);
	assert_string_not_equal(a, b);
}

static void check_text(const char *out, size_t n, const char *want)
{
	assert_int_equal(n, strlen(want));
	assert_memory_equal(out, want, n);
}

/* RFC 9298 3.2 */
TEST(connect_udp_names_the_target_and_its_port_in_the_path)
{
	char out[CARRIER_REQUEST_MAX];

	check_text(out, carrier_request_connect_udp(&mux, out),
		   "GET /.well-known/masque/udp/home/4500/ HTTP/1.1\r\nHost: mux.test\r\n"
		   "User-Agent: homeward\r\nConnection: Upgrade\r\nUpgrade: connect-udp\r\n"
		   "Capsule-Protocol: ?1\r\n\r\n");
}

/* RFC 6455 4.1 */
TEST(a_websockets_key_is_new_each_time)
{
	char out[CARRIER_REQUEST_MAX], want[512], a[CARRIER_WS_KEY + 1], b[CARRIER_WS_KEY + 1];
	size_t n = carrier_request_websocket(&mux, a, out);

	assert_int_equal(strlen(a), 24);
	assert_string_equal(a + 22, "==");
	snprintf(want, sizeof want,
		 "GET /homeward/home HTTP/1.1\r\nHost: mux.test\r\nUser-Agent: homeward\r\n"
		 "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		 "Sec-WebSocket-Key: %s\r\n\r\n",
		 a);
	check_text(out, n, want);
	carrier_request_websocket(&mux, b, out);
	assert_string_not_equal(a, b);
}

TEST(a_plain_request_has_a_session_and_is_not_stored)
{
	char out[CARRIER_REQUEST_MAX];
	carrier_plain_request q = { .mux = &mux, .session = session, .post = true, .body = 1234 };
	bool had_line = true;

	check_text(out, carrier_request_plain(&q, out, &had_line),
		   "POST /homeward/home/0123456789abcdef0123456789abcdef/up HTTP/1.1\r\n"
		   "Host: mux.test\r\nUser-Agent: homeward\r\nCache-Control: no-store\r\n"
		   "Content-Type: application/octet-stream\r\nContent-Length: 1234\r\n\r\n");
	assert_false(had_line);
	q = (carrier_plain_request){ .mux = &mux, .session = session };
	check_text(out, carrier_request_plain(&q, out, &had_line),
		   "GET /homeward/home/0123456789abcdef0123456789abcdef/down HTTP/1.1\r\n"
		   "Host: mux.test\r\nUser-Agent: homeward\r\nCache-Control: no-store\r\n\r\n");
	q.wait_ms = 30;
	carrier_request_plain(&q, out, &had_line);
	assert_non_null(strstr(out, "/down?wait=30 HTTP/1.1\r\n"));
}

/* RFC 9112 3.2.2 */
TEST(a_proxy_gets_the_whole_uri_and_its_credentials)
{
	char out[CARRIER_REQUEST_MAX];
	carrier_auth auth = { .challenge.scheme = HTTP_AUTH_BASIC };
	const carrier_plain_request q = {
		.mux = &mux, .session = session, .proxy = &proxy, .auth = &auth
	};
	bool had_line = false;

	check_text(out, carrier_request_plain(&q, out, &had_line),
		   "GET http://mux.test/homeward/home/0123456789abcdef0123456789abcdef/down "
		   "HTTP/1.1\r\nHost: mux.test\r\nUser-Agent: homeward\r\n"
		   "Proxy-Authorization: Basic dTp3\r\nCache-Control: no-store\r\n\r\n");
	assert_true(had_line);
}

static void check_host(const char *host, bool https, uint16_t port, const char *want)
{
	carrier_mux m = { .https = https, .port = port, .target = "home" };
	char out[CARRIER_REQUEST_MAX], field[64];

	snprintf(m.host, sizeof m.host, "%s", host);
	size_t n = carrier_request_connect_udp(&m, out);
	out[n] = 0;
	snprintf(field, sizeof field, "\r\nHost: %s\r\n", want);
	if (!strstr(out, field))
		fail_msg("not %s:\n%s", want, out);
}

/* RFC 9112 3.2 */
TEST(the_schemes_own_port_is_left_out)
{
	check_host("m", false, 80, "m");
	check_host("m", true, 443, "m");
	check_host("m", true, 80, "m:80");
	check_host("m", false, 443, "m:443");
	check_host("m", false, 79, "m:79");
	check_host("m", false, 81, "m:81");
	check_host("2001:db8::1", false, 80, "[2001:db8::1]");
	check_host("2001:db8::1", true, 8443, "[2001:db8::1]:8443");
}

/* RFC 3986 2.3 */
TEST(a_targets_name_is_escaped)
{
	carrier_mux m = mux;
	char out[CARRIER_REQUEST_MAX];

	memcpy(m.target, "aZ09-._~ /%?#\xc3", sizeof "aZ09-._~ /%?#\xc3");
	out[carrier_request_connect_udp(&m, out)] = 0;
	assert_non_null(strstr(out, "/udp/aZ09-._~%20%2F%25%3F%23%C3/4500/"));
}

TEST(a_long_name_has_room_until_the_uri_is_too_long)
{
	carrier_mux m = { .port = 65535 };
	carrier_auth auth = { 0 };
	carrier_plain_request q = { .mux = &m, .session = session, .auth = &auth };
	char out[CARRIER_REQUEST_MAX];
	bool had_line;

	memset(m.host, 'm', sizeof m.host - 1);
	memset(m.target, ' ', sizeof m.target - 1);
	assert_in_range(carrier_request_plain(&q, out, &had_line), 500, CARRIER_REQUEST_MAX - 1);
	q.proxy = &proxy;
	q.wait_ms = 30;
	assert_true(carrier_request_plain(&q, out, &had_line) > 0);
	q.wait_ms = 300; /* one octet more */
	assert_int_equal(carrier_request_plain(&q, out, &had_line), 0);
}

RUN(T(sessions_are_named_by_128_random_bits),
    T(connect_udp_names_the_target_and_its_port_in_the_path), T(a_websockets_key_is_new_each_time),
    T(a_plain_request_has_a_session_and_is_not_stored),
    T(a_proxy_gets_the_whole_uri_and_its_credentials), T(the_schemes_own_port_is_left_out),
    T(a_targets_name_is_escaped), T(a_long_name_has_room_until_the_uri_is_too_long))
