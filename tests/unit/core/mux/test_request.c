/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/mux/request.h"
#include <stdio.h>

#define SESSION "0123456789abcdef0123456789abcdef"

static const mux_config config = { .targets = { { .name = "home" } }, .n_targets = 1 };

static mux_request ask(const char *method, const char *uri)
{
	mux_request q;

	mux_request_read(&config, method, uri, &q);
	return q;
}

typedef struct expected {
	const char *method, *uri;
	mux_request_kind kind;
	unsigned status;
} expected;

static void check(const expected *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		mux_request q = ask(list[i].method, list[i].uri);
		if (q.kind != list[i].kind || q.status != list[i].status)
			print_error("%s %s: kind %d, status %u\n", list[i].method, list[i].uri,
				    (int)q.kind, q.status);
		assert_int_equal(q.kind, list[i].kind);
		assert_int_equal(q.status, list[i].status);
		assert_int_equal(q.target != NULL,
				 q.kind > MUX_REQUEST_GENERATE_204 && q.status != 404);
	}
}

TEST(tunnels_are_found_by_their_target)
{
	static const expected list[] = {
		{ "GET", "/.well-known/masque/udp/home/4500/", MUX_REQUEST_UDP, 0 },
		{ "GET", "/.well-known/masque/udp/home/1", MUX_REQUEST_UDP, 0 },
		{ "GET", "/.well-known/masque/udp/home/65535", MUX_REQUEST_UDP, 0 },
		{ "GET", "/.well-known/masque/udp/h%6fme/4500/?a=b", MUX_REQUEST_UDP, 0 },
		{ "GET", "http://any.example/homeward/home", MUX_REQUEST_WEBSOCKET, 0 },
		{ "GET", "HTTPS://any.example:8443/homeward/home#x", MUX_REQUEST_WEBSOCKET, 0 },
		{ "POST", "/homeward/home/" SESSION "/up", MUX_REQUEST_UP, 0 },
		{ "GET", "/homeward/home/" SESSION "/down?wait=5", MUX_REQUEST_DOWN, 0 },
		{ "GET", "/generate_204", MUX_REQUEST_GENERATE_204, 204 },
		{ "HEAD", "/generate_204?x", MUX_REQUEST_GENERATE_204, 204 },
	};

	check(list, COUNT(list));
}

TEST(targets_that_are_not_configured_are_not_found)
{
	static const expected list[] = {
		{ "GET", "/.well-known/masque/udp/192.0.2.1/53/", MUX_REQUEST_UDP, 404 },
		{ "GET", "/.well-known/masque/udp/home", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/.well-known/masque/udp/home/4500/x", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/.well-known/masque/udp/../4500/", MUX_REQUEST_UDP, 404 },
		{ "GET", "/.well-known/masque/udp/%2e%2e/4500/", MUX_REQUEST_UDP, 404 },
		{ "GET", "/.well-known/masque/udp/HOME/4500/", MUX_REQUEST_UDP, 404 },
		{ "GET", "/homeward/..%2f..%2fetc", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/homeward/home%00", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/homeward/%zz", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/homeward/hom%6", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/homeward/", MUX_REQUEST_WEBSOCKET, 404 },
		{ "GET", "/homeward/home/../home", MUX_REQUEST_PAGE, 404 },
		{ "POST", "/homeward/other/" SESSION "/up", MUX_REQUEST_UP, 404 },
	};

	check(list, COUNT(list));
}

TEST(anything_else_is_a_page_that_is_not_there)
{
	static const expected list[] = {
		{ "GET", "/", MUX_REQUEST_PAGE, 404 },
		{ "POST", "/index.php", MUX_REQUEST_PAGE, 404 },
		{ "OPTIONS", "*", MUX_REQUEST_PAGE, 404 },
		{ "CONNECT", "192.0.2.1:443", MUX_REQUEST_PAGE, 404 },
		{ "GET", "http://any.example", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/a/b/c/d/e/f/g/h/i", MUX_REQUEST_PAGE, 404 },
		{ "GET", "//generate_204", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/generate_204/", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/homeward", MUX_REQUEST_PAGE, 404 },
	};

	check(list, COUNT(list));
}

TEST(methods_and_ports_that_do_not_fit_are_refused)
{
	static const expected list[] = {
		{ "POST", "/.well-known/masque/udp/home/4500/", MUX_REQUEST_UDP, 405 },
		{ "POST", "/homeward/home", MUX_REQUEST_WEBSOCKET, 405 },
		{ "HEAD", "/homeward/home", MUX_REQUEST_WEBSOCKET, 405 },
		{ "GET", "/homeward/home/" SESSION "/up", MUX_REQUEST_UP, 405 },
		{ "POST", "/homeward/home/" SESSION "/down", MUX_REQUEST_DOWN, 405 },
		{ "DELETE", "/generate_204", MUX_REQUEST_GENERATE_204, 405 },
		{ "GET", "/.well-known/masque/udp/home/0/", MUX_REQUEST_UDP, 400 },
		{ "GET", "/.well-known/masque/udp/home/65536/", MUX_REQUEST_UDP, 400 },
		{ "GET", "/.well-known/masque/udp/home/004500/", MUX_REQUEST_UDP, 400 },
		{ "GET", "/.well-known/masque/udp/home/-1/", MUX_REQUEST_UDP, 400 },
		{ "GET", "/.well-known/masque/udp/home//", MUX_REQUEST_UDP, 400 },
		{ "GET", "/.well-known/masque/udp/home/4500x/", MUX_REQUEST_UDP, 400 },
	};

	check(list, COUNT(list));
	assert_string_equal(ask("POST", "/homeward/home").allow, "GET");
	assert_string_equal(ask("GET", "/homeward/home/" SESSION "/up").allow, "POST");
}

TEST(sessions_have_names_of_128_bits_at_least)
{
	static const expected list[] = {
		{ "POST", "/homeward/home/012345678901234567890/up", MUX_REQUEST_UP, 400 },
		{ "POST", "/homeward/home/0123456789012345678901/up", MUX_REQUEST_UP, 0 },
		{ "POST", "/homeward/home/-_23456789012345678901/up", MUX_REQUEST_UP, 0 },
		{ "POST", "/homeward/home/+123456789012345678901/up", MUX_REQUEST_UP, 400 },
		{ "POST", "/homeward/home//up", MUX_REQUEST_UP, 400 },
		{ "GET", "/homeward/home/" SESSION SESSION "/down", MUX_REQUEST_DOWN, 0 },
		{ "GET", "/homeward/home/" SESSION SESSION "0/down", MUX_REQUEST_DOWN, 400 },
	};

	check(list, COUNT(list));
	mux_request q = ask("POST", "/homeward/home/" SESSION "/up");
	assert_string_equal(q.session, SESSION);
}

TEST(down_may_be_asked_to_wait_less)
{
	assert_int_equal(ask("GET", "/homeward/home/" SESSION "/down").wait_ms, MUX_DOWN_MS);
	assert_int_equal(ask("GET", "/homeward/home/" SESSION "/down?wait=0").wait_ms, 0);
	assert_int_equal(ask("GET", "/homeward/home/" SESSION "/down?wait=15").wait_ms, 15);
	assert_int_equal(ask("GET", "/homeward/home/" SESSION "/down?wait=x").wait_ms, MUX_DOWN_MS);
	assert_int_equal(
		ask("GET", "/homeward/home/" SESSION "/down?wait=99999999999999999999").wait_ms,
		MUX_DOWN_MS);
}

TEST(a_query_is_what_follows_the_question_mark)
{
#define DOWN "/homeward/home/" SESSION "/down"
	assert_int_equal(ask("GET", DOWN "#wait=5").wait_ms, MUX_DOWN_MS);
	assert_int_equal(ask("GET", DOWN "?aaaa=5").wait_ms, MUX_DOWN_MS);
	assert_int_equal(ask("GET", DOWN "?zzzz=5").wait_ms, MUX_DOWN_MS);
	assert_int_equal(ask("GET", DOWN "?wait=").wait_ms, MUX_DOWN_MS);
	assert_int_equal(ask("GET", DOWN "?wait=19999").wait_ms, 19999);
	assert_int_equal(ask("GET", DOWN "?wait=20001").wait_ms, MUX_DOWN_MS);
}

/* RFC 3986 2.1 */
TEST(escapes_are_undone_once)
{
	static const char *const bad[] = { "%4",  "%",   "%4g", "%g4",   "%4:", "%4@", "%4`",
					   "%4G", "%/4", "%4.", "%2541", "%00", "%2f", "%2F" };
	char uri[256];

	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(uri, sizeof uri, "/homeward/home/%s0123456789012345678901/up", bad[i]);
		assert_true(ask("POST", uri).status >= 400);
		snprintf(uri, sizeof uri, "/homeward/home/0123456789012345678901%s/up", bad[i]);
		assert_true(ask("POST", uri).status >= 400);
	}
	mux_request q =
		ask("POST",
		    "/homeward/%68%6F%6d%65/%30%39%41%46%4a%4F%5a%61%66%6A%7a%5F%2D0123456789/up");
	assert_int_equal(q.status, 0);
	assert_string_equal(q.session, "09AFJOZafjz_-0123456789");
}

TEST(absolute_forms_are_of_http_and_https)
{
	static const expected list[] = {
		{ "GET", "HTTP://a/homeward/home", MUX_REQUEST_WEBSOCKET, 0 },
		{ "GET", "https://a/homeward/home", MUX_REQUEST_WEBSOCKET, 0 },
		{ "GET", "aaaa://a/homeward/home", MUX_REQUEST_PAGE, 404 },
		{ "GET", "zzzz://a/homeward/home", MUX_REQUEST_PAGE, 404 },
		{ "GET", "aaaaa://a/homeward/home", MUX_REQUEST_PAGE, 404 },
		{ "GET", "zzzzz://a/homeward/home", MUX_REQUEST_PAGE, 404 },
		{ "GET", "http://", MUX_REQUEST_PAGE, 404 },
		{ "GET", "https://", MUX_REQUEST_PAGE, 404 },
	};

	check(list, COUNT(list));
}

TEST(paths_have_a_fixed_number_of_segments_of_any_length)
{
	static const expected list[] = {
		{ "GET", "/homeward/home/" SESSION "/down/x", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/homeward/home/" SESSION, MUX_REQUEST_PAGE, 404 },
		{ "GET", "/homeward/home/" SESSION "/side", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/.well-known/masque/udp/home/4500//", MUX_REQUEST_PAGE, 404 },
		{ "GET", "/generate_204/x", MUX_REQUEST_PAGE, 404 },
	};
	char uri[256] = "/homeward/";

	check(list, COUNT(list));
	for (size_t n = 1; n < 200; n++) {
		memset(uri + 10, 'x', n);
		uri[10 + n] = '\0';
		assert_int_equal(ask("GET", uri).status, 404);
	}
}

RUN(T(a_query_is_what_follows_the_question_mark), T(escapes_are_undone_once),
    T(absolute_forms_are_of_http_and_https), T(paths_have_a_fixed_number_of_segments_of_any_length),
    T(tunnels_are_found_by_their_target), T(targets_that_are_not_configured_are_not_found),
    T(anything_else_is_a_page_that_is_not_there), T(methods_and_ports_that_do_not_fit_are_refused),
    T(sessions_have_names_of_128_bits_at_least), T(down_may_be_asked_to_wait_less))
