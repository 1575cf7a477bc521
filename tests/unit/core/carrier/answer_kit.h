/* SPDX-License-Identifier: MIT */
/* answer_kit.h - the head of an answer, read from text. */
#ifndef HW_TESTS_CARRIER_ANSWER_KIT_H
#define HW_TESTS_CARRIER_ANSWER_KIT_H

#include "core/http/http.h"
#include "unit.h"
#include <stdio.h>

typedef struct answer {
	http_parser *http; /* owns the head */
	const http_head *head;
} answer;

static bool keep_head(void *ctx, const http_head *h)
{
	answer *a = ctx;

	a->head = h;
	return false;
}

/* The status line and fields, without the empty line; http_parser_free(a->http) when done. */
static void answer_read(answer *a, const char *text)
{
	const http_events ev = { .ctx = a, .head = keep_head };
	char octets[512];
	int n = snprintf(octets, sizeof octets, "HTTP/1.1 %s\r\n\r\n", text);

	*a = (answer){ .http = http_parser_new(HTTP_RESPONSES, &ev) };
	assert_non_null(a->http);
	http_feed(a->http, (uint8_t *)octets, (size_t)n);
	assert_non_null(a->head);
}

#endif
