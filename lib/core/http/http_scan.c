/* SPDX-License-Identifier: MIT */
#include "core/http/http_scan.h"

enum { LINE_MAX_REQUEST = HTTP_TARGET_MAX + 64 };

static void refuse(http_scan *s, unsigned status, const char *why)
{
	if (s->refuse)
		return;
	s->refuse = status;
	s->why = why;
}

static bool line_end(http_scan *s)
{
	if (s->last != '\r')
		refuse(s, 400, "a line that ends without CR");
	bool last_line = s->started && s->line_n == 0;
	s->started = true;
	s->line_n = 0;
	return last_line;
}

static void octet(http_scan *s, uint8_t c)
{
	bool begins_field = s->started && s->line_n == 0;

	if (s->last == '\r')
		refuse(s, 400, "a CR without LF");
	if (c == '\r')
		return;
	if ((c < 0x20 && c != '\t') || c == 0x7f)
		refuse(s, 400, "a control character in the head");
	if (begins_field && (c == ' ' || c == '\t'))
		refuse(s, 400, "a folded line");
	if (begins_field && c == ':')
		refuse(s, 400, "a field without a name");
	if (!s->started && s->side == HTTP_REQUESTS && s->line_n >= LINE_MAX_REQUEST)
		refuse(s, 414, "a request target that is too long");
	s->line_n++;
}

size_t http_scan_some(http_scan *s, const uint8_t *data, size_t n, bool *whole)
{
	size_t i = 0;

	while (i < n && !*whole && !s->refuse) {
		uint8_t c = data[i++];
		if (s->head_n++ == HTTP_HEAD_MAX)
			refuse(s, 431, "a head that is too long");
		if (c == '\n')
			*whole = line_end(s);
		else
			octet(s, c);
		s->last = c;
	}
	return i;
}
