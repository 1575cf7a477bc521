/* SPDX-License-Identifier: MIT */
#include "core/mux/forwarded.h"
#include "unit.h"
#include <stdio.h>

static ip_addr found;

static bool look(void *ctx, const http_head *h)
{
	(void)ctx;
	mux_forwarded_for(h, &found);
	return true;
}

static void ignore_body(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx, (void)p, (void)n;
}

static void ignore_end(void *ctx)
{
	(void)ctx;
}

/* The address that these header fields lead to; 192.0.2.1 where they name none. */
static const char *found_in(const char *fields)
{
	static char text[ADDR_STRLEN];
	const http_events ev = { NULL, look, ignore_body, ignore_end };
	http_parser *p = http_parser_new(HTTP_REQUESTS, &ev);
	char request[1024];
	int n = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", fields);

	assert_non_null(p);
	found = ip4(192, 0, 2, 1);
	http_feed(p, (uint8_t *)request, (size_t)n);
	http_parser_free(p);
	return ip_format(&found, text);
}

TEST(the_last_address_of_the_last_field_is_the_clients)
{
	assert_string_equal(found_in(""), "192.0.2.1");
	assert_string_equal(found_in("X-Forwarded-For: 198.51.100.7\r\n"), "198.51.100.7");
	assert_string_equal(found_in("X-Forwarded-For: 10.0.0.1, 198.51.100.7 \r\n"),
			    "198.51.100.7");
	assert_string_equal(
		found_in("X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-For: 2001:db8::1\r\n"),
		"2001:db8::1");
	assert_string_equal(found_in("X-Forwarded-For: [2001:db8::1]:443\r\n"), "2001:db8::1");
}

TEST(what_is_no_address_of_any_length_names_nobody)
{
	char field[256] = "X-Forwarded-For: ";
	size_t at = strlen(field);

	for (size_t n = 0; n < 100; n++) {
		memset(field + at, '7', n);
		memcpy(field + at + n, "\r\n", 3);
		assert_string_equal(found_in(field), "192.0.2.1");
	}
}

RUN(T(the_last_address_of_the_last_field_is_the_clients),
    T(what_is_no_address_of_any_length_names_nobody))
