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

RUN(T(tunnels_are_found_by_their_target), T(targets_that_are_not_configured_are_not_found),
    T(anything_else_is_a_page_that_is_not_there), T(methods_and_ports_that_do_not_fit_are_refused),
    T(sessions_have_names_of_128_bits_at_least), T(down_may_be_asked_to_wait_less))
