/* SPDX-License-Identifier: MIT */
#include "core/carrier/hint.h"
#include "unit.h"

static void check_text(carrier_method m, const char *proxy, const char *want)
{
	char text[CARRIER_HINT];

	carrier_hint_put(m, proxy, text);
	assert_string_equal(text, want);
	const carrier_hint h = carrier_hint_get(text);
	assert_true(h.known);
	assert_int_equal(h.method, m);
	assert_string_equal(h.proxy, proxy ? proxy : "");
}

TEST(a_hint_is_the_same_after_it_was_text)
{
	check_text(CARRIER_CONNECT_UDP, NULL, "connect-udp");
	check_text(CARRIER_WEBSOCKET, "[2001:db8::1]:3128", "websocket [2001:db8::1]:3128");
	check_text(CARRIER_PLAIN, "proxy.example.net:8080", "plain proxy.example.net:8080");
}

TEST(the_longest_name_of_a_proxy_has_room)
{
	char name[sizeof(((carrier_proxy *)0)->name)], text[CARRIER_HINT];

	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = 0;
	carrier_hint_put(CARRIER_CONNECT_UDP, name, text);
	assert_string_equal(carrier_hint_get(text).proxy, name);
}

TEST(text_that_is_no_hint_is_none)
{
	static const char *const bad[] = {
		"", " ", "plai", "plainer", "PLAIN", "proxy:3128 plain"
	};
	char text[2048];

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(carrier_hint_get(bad[i]).known);
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = 0;
	assert_false(carrier_hint_get(text).known);
	memcpy(text, "plain ", 6); /* a proxy's name too long to be one */
	assert_false(carrier_hint_get(text).known);
	assert_string_equal(carrier_hint_get(text).proxy, "");
	text[6 + sizeof(((carrier_proxy *)0)->name)] = 0; /* by one octet */
	assert_false(carrier_hint_get(text).known);
	assert_false(carrier_hint_get("a-method-that-is").known); /* as long as there is room */
	assert_true(carrier_hint_get("websocket p:1 of a later version").known);
}

RUN(T(a_hint_is_the_same_after_it_was_text), T(the_longest_name_of_a_proxy_has_room),
    T(text_that_is_no_hint_is_none))
