/* SPDX-License-Identifier: MIT */
#include "core/carrier/connect.h"
#include "unit.h"
#include <stdio.h>

static const carrier_proxy proxy = { .name = "p.test:3128", .user = "u", .password = "w" };

/* What the answer to CONNECT means; with credentials in the request, or without. */
static carrier_connect_result judged(const char *text, bool credentials, carrier_auth *a,
				     carrier_error *e)
{
	const carrier_mux m = { .host = "mux.test", .port = 443 };
	carrier_connect c;
	char out[CARRIER_CONNECT_MAX], octets[512];

	*a = (carrier_auth){ .challenge.scheme = credentials ? HTTP_AUTH_BASIC : HTTP_AUTH_NONE };
	assert_true(carrier_connect_begin(&c, &m, &proxy, a, out) > 0);
	int n = snprintf(octets, sizeof octets, "%s", text);
	carrier_connect_result r =
		carrier_connect_octets(&c, &proxy, a, (uint8_t *)octets, (size_t)n, e);
	carrier_connect_end(&c);
	return r;
}

static void check(const char *status, bool credentials, carrier_connect_result want)
{
	carrier_auth a;
	carrier_error e;
	char text[128];

	snprintf(text, sizeof text, "HTTP/1.1 %s x\r\nContent-Length: 0\r\n\r\n", status);
	assert_int_equal(judged(text, credentials, &a, &e), want);
}

/* RFC 9110 9.3.6 */
TEST(any_2xx_connects_and_nothing_else_does)
{
	check("200", false, CONNECT_ACCEPTED);
	check("201", false, CONNECT_ACCEPTED);
	check("299", false, CONNECT_ACCEPTED);
	check("300", false, CONNECT_FAILED);
	check("404", false, CONNECT_FAILED);
}

/* RFC 9110 15.2 */
TEST(an_interim_answer_is_not_the_answer)
{
	carrier_auth a;
	carrier_error e;

	check("100", false, CONNECT_PENDING);
	check("103", false, CONNECT_PENDING);
	check("199", false, CONNECT_PENDING);
	assert_int_equal(judged("HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 x\r\n\r\n", false, &a, &e),
			 CONNECT_ACCEPTED);
	assert_int_equal(judged("HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 x\r\n\r\n!", false, &a, &e),
			 CONNECT_FAILED);
	assert_string_equal(e.text, "proxy p.test:3128: sends more than the answer to CONNECT");
}

TEST(credentials_are_accepted_where_the_request_had_some)
{
	carrier_auth a;
	carrier_error e;

	judged("HTTP/1.1 200 x\r\n\r\n", true, &a, &e);
	assert_true(a.accepted);
	judged("HTTP/1.1 200 x\r\n\r\n", false, &a, &e);
	assert_false(a.accepted);
}

/* As tinyproxy has it. */
TEST(a_401_is_about_credentials_where_the_request_had_some)
{
	static const struct {
		unsigned status;
		bool credentials;
		carrier_error_rank rank;
	} answers[] = {
		{ 400, true, CARRIER_REFUSED }, { 401, true, CARRIER_CREDENTIALS },
		{ 402, true, CARRIER_REFUSED }, { 401, false, CARRIER_REFUSED },
		{ 406, true, CARRIER_REFUSED }, { 408, true, CARRIER_REFUSED },
	};

	for (size_t i = 0; i < COUNT(answers); i++) {
		carrier_auth a;
		carrier_error e;
		char text[128];
		snprintf(text, sizeof text, "HTTP/1.1 %u x\r\nContent-Length: 0\r\n\r\n",
			 answers[i].status);
		assert_int_equal(judged(text, answers[i].credentials, &a, &e), CONNECT_FAILED);
		assert_int_equal(e.rank, answers[i].rank);
	}
}

static void check_request(const char *host, uint16_t port, const char *want)
{
	carrier_mux m = { .port = port };
	carrier_connect c;
	carrier_auth a = { 0 };
	char out[CARRIER_CONNECT_MAX];

	snprintf(m.host, sizeof m.host, "%s", host);
	size_t n = carrier_connect_begin(&c, &m, &proxy, &a, out);
	carrier_connect_end(&c);
	assert_int_equal(n, strlen(want));
	assert_memory_equal(out, want, n);
}

/* RFC 9112 3.2.3 */
TEST(the_port_is_always_named)
{
	check_request("mux.test", 443,
		      "CONNECT mux.test:443 HTTP/1.1\r\nHost: mux.test:443\r\n\r\n");
	check_request("2001:db8::1", 80,
		      "CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n");
}

TEST(the_longest_name_and_credentials_have_room)
{
	carrier_mux m = { .port = 65535 };
	carrier_proxy p = proxy;
	carrier_connect c;
	carrier_auth a = { .challenge.scheme = HTTP_AUTH_BASIC };
	char out[CARRIER_CONNECT_MAX];

	memset(m.host, 'm', sizeof m.host - 1);
	memset(p.user, 'u', sizeof p.user - 1);
	memset(p.password, 'w', sizeof p.password - 1);
	size_t n = carrier_connect_begin(&c, &m, &p, &a, out);
	carrier_connect_end(&c);
	assert_in_range(n, 2 * sizeof m.host + (sizeof p.user + sizeof p.password) * 4 / 3,
			sizeof out - 1);
	assert_memory_equal(out + n - 4, "\r\n\r\n", 4);
}

RUN(T(any_2xx_connects_and_nothing_else_does), T(an_interim_answer_is_not_the_answer),
    T(credentials_are_accepted_where_the_request_had_some),
    T(a_401_is_about_credentials_where_the_request_had_some), T(the_port_is_always_named),
    T(the_longest_name_and_credentials_have_room))
