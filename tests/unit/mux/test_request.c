/* SPDX-License-Identifier: MIT */
#include "mux_kit.h"
#include "request.h"

#define SESSION "0123456789abcdef0123456789abcdef"

static mux_file *conf(void)
{
	err e = { 0 };
	mux_file *c = mux_kit_load("[mux]\nlisten = http://127.0.0.1\n"
				   "[target home]\naddress = 127.0.0.1\n",
				   &e);

	assert_non_null(c);
	return c;
}

static request ask(const mux_file *c, const char *method, const char *uri)
{
	request q;

	request_read(c, method, uri, &q);
	return q;
}

typedef struct expected {
	const char *method, *uri;
	request_kind kind;
	unsigned status;
} expected;

static void check(const expected *list, size_t n)
{
	mux_file *c = conf();

	for (size_t i = 0; i < n; i++) {
		request q = ask(c, list[i].method, list[i].uri);
		if (q.kind != list[i].kind || q.status != list[i].status)
			print_error("%s %s: kind %d, status %u\n", list[i].method, list[i].uri,
				    (int)q.kind, q.status);
		assert_int_equal(q.kind, list[i].kind);
		assert_int_equal(q.status, list[i].status);
		assert_int_equal(q.target != NULL,
				 q.kind > REQUEST_GENERATE_204 && q.status != 404);
	}
	mux_file_free(c);
}

TEST(tunnels_are_found_by_their_target)
{
	static const expected list[] = {
		{ "GET", "/.well-known/masque/udp/home/4500/", REQUEST_UDP, 0 },
		{ "GET", "/.well-known/masque/udp/home/1", REQUEST_UDP, 0 },
		{ "GET", "/.well-known/masque/udp/h%6fme/4500/?a=b", REQUEST_UDP, 0 },
		{ "GET", "http://any.example/homeward/home", REQUEST_WEBSOCKET, 0 },
		{ "GET", "HTTPS://any.example:8443/homeward/home#x", REQUEST_WEBSOCKET, 0 },
		{ "POST", "/homeward/home/" SESSION "/up", REQUEST_UP, 0 },
		{ "GET", "/homeward/home/" SESSION "/down?wait=5", REQUEST_DOWN, 0 },
		{ "GET", "/generate_204", REQUEST_GENERATE_204, 204 },
		{ "HEAD", "/generate_204?x", REQUEST_GENERATE_204, 204 },
	};
	check(list, COUNT(list));
}

TEST(targets_that_are_not_configured_are_not_found)
{
	static const expected list[] = {
		{ "GET", "/.well-known/masque/udp/192.0.2.1/53/", REQUEST_UDP, 404 },
		{ "GET", "/.well-known/masque/udp/../4500/", REQUEST_UDP, 404 },
		{ "GET", "/.well-known/masque/udp/%2e%2e/4500/", REQUEST_UDP, 404 },
		{ "GET", "/.well-known/masque/udp/HOME/4500/", REQUEST_UDP, 404 },
		{ "GET", "/homeward/..%2f..%2fetc", REQUEST_PAGE, 404 },
		{ "GET", "/homeward/home%00", REQUEST_PAGE, 404 },
		{ "GET", "/homeward/%zz", REQUEST_PAGE, 404 },
		{ "GET", "/homeward/hom%6", REQUEST_PAGE, 404 },
		{ "GET", "/homeward/", REQUEST_WEBSOCKET, 404 },
		{ "GET", "/homeward/home/../home", REQUEST_PAGE, 404 },
		{ "POST", "/homeward/other/" SESSION "/up", REQUEST_UP, 404 },
	};
	check(list, COUNT(list));
}

TEST(anything_else_is_a_page_that_is_not_there)
{
	static const expected list[] = {
		{ "GET", "/", REQUEST_PAGE, 404 },
		{ "POST", "/index.php", REQUEST_PAGE, 404 },
		{ "OPTIONS", "*", REQUEST_PAGE, 404 },
		{ "CONNECT", "192.0.2.1:443", REQUEST_PAGE, 404 },
		{ "GET", "http://any.example", REQUEST_PAGE, 404 },
		{ "GET", "/a/b/c/d/e/f/g/h/i", REQUEST_PAGE, 404 },
		{ "GET", "//generate_204", REQUEST_PAGE, 404 },
		{ "GET", "/generate_204/", REQUEST_PAGE, 404 },
		{ "GET", "/homeward", REQUEST_PAGE, 404 },
	};
	check(list, COUNT(list));
}

TEST(methods_and_ports_that_do_not_fit_are_said_so)
{
	static const expected list[] = {
		{ "POST", "/.well-known/masque/udp/home/4500/", REQUEST_UDP, 405 },
		{ "POST", "/homeward/home", REQUEST_WEBSOCKET, 405 },
		{ "HEAD", "/homeward/home", REQUEST_WEBSOCKET, 405 },
		{ "GET", "/homeward/home/" SESSION "/up", REQUEST_UP, 405 },
		{ "POST", "/homeward/home/" SESSION "/down", REQUEST_DOWN, 405 },
		{ "DELETE", "/generate_204", REQUEST_GENERATE_204, 405 },
		{ "GET", "/.well-known/masque/udp/home/0/", REQUEST_UDP, 400 },
		{ "GET", "/.well-known/masque/udp/home/65536/", REQUEST_UDP, 400 },
		{ "GET", "/.well-known/masque/udp/home/-1/", REQUEST_UDP, 400 },
		{ "GET", "/.well-known/masque/udp/home//", REQUEST_UDP, 400 },
		{ "GET", "/.well-known/masque/udp/home/4500x/", REQUEST_UDP, 400 },
	};
	check(list, COUNT(list));
	mux_file *c = conf();
	assert_string_equal(ask(c, "POST", "/homeward/home").allow, "GET");
	assert_string_equal(ask(c, "GET", "/homeward/home/" SESSION "/up").allow, "POST");
	mux_file_free(c);
}

TEST(sessions_have_names_of_128_bits_at_least)
{
	static const expected list[] = {
		{ "POST", "/homeward/home/012345678901234567890/up", REQUEST_UP, 400 },
		{ "POST", "/homeward/home/0123456789012345678901/up", REQUEST_UP, 0 },
		{ "POST", "/homeward/home/-_23456789012345678901/up", REQUEST_UP, 0 },
		{ "POST", "/homeward/home/+123456789012345678901/up", REQUEST_UP, 400 },
		{ "POST", "/homeward/home//up", REQUEST_UP, 400 },
		{ "GET", "/homeward/home/" SESSION SESSION "/down", REQUEST_DOWN, 0 },
		{ "GET", "/homeward/home/" SESSION SESSION "0/down", REQUEST_DOWN, 400 },
	};
	check(list, COUNT(list));
	mux_file *c = conf();
	request q = ask(c, "POST", "/homeward/home/" SESSION "/up");
	assert_string_equal(q.session, SESSION);
	mux_file_free(c);
}

TEST(down_may_be_asked_to_wait_less)
{
	mux_file *c = conf();

	assert_int_equal(ask(c, "GET", "/homeward/home/" SESSION "/down").wait_ms, DOWN_MS);
	assert_int_equal(ask(c, "GET", "/homeward/home/" SESSION "/down?wait=0").wait_ms, 0);
	assert_int_equal(ask(c, "GET", "/homeward/home/" SESSION "/down?wait=15").wait_ms, 15);
	assert_int_equal(ask(c, "GET", "/homeward/home/" SESSION "/down?wait=x").wait_ms, DOWN_MS);
	assert_int_equal(
		ask(c, "GET", "/homeward/home/" SESSION "/down?wait=99999999999999999999").wait_ms,
		DOWN_MS);
	mux_file_free(c);
}

RUN(T(tunnels_are_found_by_their_target), T(targets_that_are_not_configured_are_not_found),
    T(anything_else_is_a_page_that_is_not_there), T(methods_and_ports_that_do_not_fit_are_said_so),
    T(sessions_have_names_of_128_bits_at_least), T(down_may_be_asked_to_wait_less))
