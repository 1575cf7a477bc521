/* SPDX-License-Identifier: MIT */
#include "core/mux/answer.h"

#include "core/mux/upgrade.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DATE_LEN = 40, PAGE_MAX = 192 };

/* Nobody on the path is to store datagrams or to gather them; the last field is how nginx is asked not to. */
#define STREAM_FIELDS                                                                              \
	"Content-Type: application/octet-stream\r\nCache-Control: no-store, no-transform\r\n"      \
	"X-Accel-Buffering: no\r\n"

static const struct reason {
	unsigned status;
	const char *text;
} reasons[] = {
	{ 200, "OK" },
	{ 204, "No Content" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

const char *mux_answer_reason(unsigned status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Error";
}

/* RFC 9110 5.6.7; not by strftime(), whose names depend on the locale. */
static const char *format_date(uint64_t unix_s, char out[DATE_LEN])
{
	static const char days[] = "SunMonTueWedThuFriSat",
			  months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)unix_s;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	snprintf(out, DATE_LEN, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * tm.tm_wday,
		 (unsigned)tm.tm_mday % 100, months + 3 * tm.tm_mon,
		 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
		 (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
	return out;
}

static size_t put_page(unsigned status, char out[PAGE_MAX])
{
	const char *text = mux_answer_reason(status);
	int n = status == 204 ? 0
			      : snprintf(out, PAGE_MAX,
					 "<html><head><title>%u %s</title></head>"
					 "<body><h1>%u %s</h1></body></html>\n",
					 status, text, status, text);

	return n < PAGE_MAX ? (size_t)n : PAGE_MAX - 1;
}

static wire_wr begin(char out[MUX_ANSWER_MAX])
{
	return wire_writer(out, MUX_ANSWER_MAX);
}

static void put(wire_wr *w, const char *text)
{
	wire_put(w, text, strlen(text));
}

static void put_fields(wire_wr *w, const mux_answer *a, size_t page)
{
	char text[96];

	if (a->status == 405 && a->allow) {
		put(w, "Allow: ");
		put(w, a->allow);
		put(w, "\r\n");
	}
	if (a->status == 426)
		put(w, mux_upgrade_fields(a->kind));
	if (a->status == 429 || a->status == 503 || a->status == 504)
		put(w, "Retry-After: 1\r\n");
	if (a->status == 204)
		return;
	snprintf(text, sizeof text, "Content-Type: text/html\r\nContent-Length: %zu\r\n", page);
	put(w, text);
}

static size_t finish(wire_wr *w, const mux_answer *a, const char *page, size_t n)
{
	put(w, "\r\n");
	if (!a->head_only)
		wire_put(w, page, n);
	return w->bad ? 0 : wire_len(w);
}

size_t mux_answer_put(const mux_answer *a, char out[MUX_ANSWER_MAX])
{
	char page[PAGE_MAX], date[DATE_LEN], text[160];
	size_t n = put_page(a->status, page);
	wire_wr w = begin(out);

	snprintf(text, sizeof text, "HTTP/1.1 %u %s\r\nDate: %s\r\n", a->status,
		 mux_answer_reason(a->status), format_date(a->unix_s, date));
	put(&w, text);
	put_fields(&w, a, n);
	if (a->status == 426)
		put(&w, a->close ? "Connection: upgrade, close\r\n" : "Connection: upgrade\r\n");
	else
		put(&w, a->close ? "Connection: close\r\n" : "Connection: keep-alive\r\n");
	return finish(&w, a, page, n);
}

size_t mux_answer_stream_head(bool chunked, uint64_t unix_s, char out[MUX_ANSWER_MAX])
{
	char date[DATE_LEN], text[96];
	wire_wr w = begin(out);

	snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nDate: %s\r\n", format_date(unix_s, date));
	put(&w, text);
	put(&w, STREAM_FIELDS);
	put(&w, chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Connection: close\r\n\r\n");
	return wire_len(&w);
}

size_t mux_answer_put_cgi(const mux_answer *a, char out[MUX_ANSWER_MAX])
{
	char page[PAGE_MAX], text[64];
	size_t n = put_page(a->status, page);
	wire_wr w = begin(out);

	snprintf(text, sizeof text, "Status: %u %s\r\n", a->status, mux_answer_reason(a->status));
	put(&w, text);
	put_fields(&w, a, n);
	return finish(&w, a, page, n);
}

size_t mux_answer_stream_head_cgi(char out[MUX_ANSWER_MAX])
{
	wire_wr w = begin(out);

	put(&w, "Status: 200 OK\r\n" STREAM_FIELDS "\r\n");
	return wire_len(&w);
}
