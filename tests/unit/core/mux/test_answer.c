/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/mux/answer.h"
#include <stdio.h>
#include <stdlib.h>

enum { DAY = 784111777 }; /* RFC 9110 5.6.7's example: Sun, 06 Nov 1994 08:49:37 GMT */

static const char *text_of(const mux_answer *a, char out[MUX_ANSWER_MAX + 1])
{
	size_t n = mux_answer_put(a, out);

	assert_true(n > 0);
	out[n] = '\0';
	return out;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in '%s'", part, text);
}

static size_t length_said(const char *text)
{
	const char *at = strstr(text, "Content-Length: ");

	assert_non_null(at);
	return strtoul(at + 16, NULL, 10);
}

TEST(answers_say_what_they_are)
{
	char out[MUX_ANSWER_MAX + 1];
	mux_answer a = { .status = 404, .unix_s = DAY };
	const char *t = text_of(&a, out);

	assert_memory_equal(t, "HTTP/1.1 404 Not Found\r\n", 24);
	has(t, "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
	has(t, "\r\nConnection: keep-alive\r\n");
	has(t, "\r\n\r\n<html><head><title>404 Not Found</title></head>"
	       "<body><h1>404 Not Found</h1></body></html>\n");
	assert_int_equal(length_said(t), strlen(strstr(t, "\r\n\r\n") + 4));
	a.close = true;
	has(text_of(&a, out), "\r\nConnection: close\r\n");
}

TEST(answer_to_head_has_the_length_and_no_page)
{
	char out[MUX_ANSWER_MAX + 1];
	mux_answer a = { .status = 404, .head_only = true };
	const char *t = text_of(&a, out);

	assert_true(length_said(t) > 0);
	assert_string_equal(strstr(t, "\r\n\r\n"), "\r\n\r\n");
}

TEST(no_content_has_none)
{
	char out[MUX_ANSWER_MAX + 1];
	mux_answer a = { .status = 204 };
	const char *t = text_of(&a, out);

	assert_null(strstr(t, "Content-"));
	assert_string_equal(strstr(t, "\r\n\r\n"), "\r\n\r\n");
}

TEST(methods_and_upgrades_are_named)
{
	char out[MUX_ANSWER_MAX + 1];
	mux_answer a = { .status = 405, .allow = "GET, HEAD" };

	has(text_of(&a, out), "\r\nAllow: GET, HEAD\r\n");
	a = (mux_answer){ .status = 426, .kind = MUX_REQUEST_WEBSOCKET };
	has(text_of(&a, out), "\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	has(out, "\r\nConnection: upgrade\r\n");
	a.kind = MUX_REQUEST_UDP;
	has(text_of(&a, out), "\r\nUpgrade: connect-udp\r\n");
}

TEST(every_status_fits_and_has_a_reason)
{
	static const unsigned all[] = { 204, 400, 404, 405, 408, 413, 414, 426,
					429, 431, 500, 501, 503, 504, 505 };
	char out[MUX_ANSWER_MAX + 1];

	for (size_t i = 0; i < COUNT(all); i++) {
		mux_answer a = { .status = all[i],
				 .kind = MUX_REQUEST_WEBSOCKET,
				 .allow = "GET, HEAD" };
		text_of(&a, out);
		assert_string_not_equal(mux_answer_reason(all[i]), "Error");
		size_t n = mux_answer_put_cgi(&a, out);
		assert_true(n > 0 && memcmp(out, "Status: ", 8) == 0);
	}
}

TEST(streams_are_chunked_or_end_with_the_connection)
{
	char out[MUX_ANSWER_MAX + 1];

	out[mux_answer_stream_head(true, DAY, out)] = '\0';
	has(out, "\r\nTransfer-Encoding: chunked\r\n");
	has(out, "\r\nX-Accel-Buffering: no\r\n");
	out[mux_answer_stream_head(false, DAY, out)] = '\0';
	assert_null(strstr(out, "chunked"));
	has(out, "\r\nConnection: close\r\n");
}

TEST(statuses_have_the_phrases_of_rfc_9110)
{
	assert_string_equal(mux_answer_reason(200), "OK");
	assert_string_equal(mux_answer_reason(413), "Content Too Large");
	assert_string_equal(mux_answer_reason(505), "HTTP Version Not Supported");
	assert_string_equal(mux_answer_reason(299), "Error");
}

TEST(what_may_pass_soon_says_when_to_come_again)
{
	static const struct {
		unsigned status;
		bool again;
	} list[] = { { 429, true }, { 503, true }, { 504, true }, { 400, false }, { 500, false } };
	char out[MUX_ANSWER_MAX + 1];

	for (size_t i = 0; i < COUNT(list); i++) {
		mux_answer a = { .status = list[i].status };
		assert_int_equal(strstr(text_of(&a, out), "\r\nRetry-After: 1\r\n") != NULL,
				 list[i].again);
	}
}

/* Each where its status calls for it, and nowhere else. */
TEST(methods_upgrades_and_times_are_named_by_no_other_status)
{
	static const unsigned all[] = { 200, 400, 404, 405, 408, 413, 414, 426,
					429, 431, 500, 501, 502, 503, 504, 505 };
	char out[MUX_ANSWER_MAX + 1];

	for (size_t i = 0; i < COUNT(all); i++) {
		const unsigned s = all[i];
		mux_answer a = { .status = s, .kind = MUX_REQUEST_UDP, .allow = "GET" };
		const char *t = text_of(&a, out);
		assert_int_equal(strstr(t, "\r\nAllow: GET\r\n") != NULL, s == 405);
		assert_int_equal(strstr(t, "\r\nUpgrade: ") != NULL, s == 426);
		assert_int_equal(strstr(t, "\r\nConnection: upgrade\r\n") != NULL, s == 426);
		assert_int_equal(strstr(t, "\r\nRetry-After: 1\r\n") != NULL,
				 s == 429 || s == 503 || s == 504);
		assert_non_null(strstr(t, "\r\nContent-Length: "));
		a.allow = NULL;
		assert_null(strstr(text_of(&a, out), "\r\nAllow: "));
	}
}

/* RFC 9110 5.6.7 */
TEST(dates_have_two_digits_each_and_names_of_three_letters)
{
	static const struct {
		uint64_t unix_s;
		const char *text;
	} dates[] = {
		{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ 946684799, "Fri, 31 Dec 1999 23:59:59 GMT" },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ 1792829288, "Sat, 24 Oct 2026 08:08:08 GMT" },
	};
	char out[MUX_ANSWER_MAX + 1], field[64];

	for (size_t i = 0; i < COUNT(dates); i++) {
		mux_answer a = { .status = 404, .unix_s = dates[i].unix_s };
		snprintf(field, sizeof field, "\r\nDate: %s\r\n", dates[i].text);
		has(text_of(&a, out), field);
	}
}

RUN(T(methods_upgrades_and_times_are_named_by_no_other_status),
    T(dates_have_two_digits_each_and_names_of_three_letters),
    T(what_may_pass_soon_says_when_to_come_again), T(statuses_have_the_phrases_of_rfc_9110),
    T(answers_say_what_they_are), T(answer_to_head_has_the_length_and_no_page),
    T(no_content_has_none), T(methods_and_upgrades_are_named),
    T(every_status_fits_and_has_a_reason), T(streams_are_chunked_or_end_with_the_connection))
