/* SPDX-License-Identifier: MIT */
#include "base/conf_feed.h"

#include <stdio.h>
#include <string.h>

#define MAX_SECTION 49 /* inih cuts a longer name */

conf_feed conf_feed_of(const char *text, size_t len)
{
	static const char bom[] = "\xef\xbb\xbf";
	size_t skip = len >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0;

	return (conf_feed){ .next = text + skip, .end = text + len };
}

static bool refuse(conf_feed *f, const char *problem)
{
	f->problem = problem;
	f->stop = true;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Without comment and without blanks at both ends; *indent is how many were before. */
static void trim(const char **p, size_t *n, size_t *indent)
{
	const char *s = *p, *end = s + *n;

	while (s < end && is_blank(*s))
		s++;
	*indent = (size_t)(s - *p);
	for (const char *c = s; c < end; c++) {
		if ((*c == '#' || *c == ';') && (c == s || is_blank(c[-1]))) {
			end = c;
			break;
		}
	}
	while (end > s && is_blank(end[-1]))
		end--;
	*p = s;
	*n = (size_t)(end - s);
}

static bool has_control(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)p[i] < ' ' && !is_blank(p[i])) || p[i] == 0x7f)
			return true;
	return false;
}

static bool take_header(conf_feed *f, const char *p, size_t n)
{
	if (p[n - 1] != ']' || memchr(p, ']', n - 1))
		return refuse(f, "a section's name stands in brackets: [NAME]");
	if (n - 2 > MAX_SECTION)
		return refuse(f, "a section's name has at most 49 characters");
	f->announce = true;
	f->in_key = false;
	return true;
}

/* Only a line indented deeper than its key continues the key's value. */
static bool classify(conf_feed *f, const char *p, size_t n, size_t indent)
{
	f->rest = p;
	f->rest_n = n;
	f->piece = false;
	f->goes_on = f->in_key && indent > f->key_indent;
	if (f->goes_on)
		return true;
	if (*p == '[')
		return take_header(f, p, n);
	f->in_key = true;
	f->key_indent = indent;
	return true;
}

/* The next line that is not empty or a comment; false at the end. */
static bool take_line(conf_feed *f)
{
	while (f->next < f->end) {
		const char *p = f->next, *nl = memchr(p, '\n', (size_t)(f->end - p));
		size_t n = (size_t)((nl ? nl : f->end) - p), indent;
		f->next = nl ? nl + 1 : f->end;
		f->line++;
		if (has_control(p, n))
			return refuse(f, "a control character; is this a text file?");
		trim(&p, &n, &indent);
		if (n)
			return classify(f, p, n, indent);
	}
	return false;
}

/* How much of the line fits, cut where neither side begins or ends with a blank or looks like a
 * comment. */
static size_t piece_len(const conf_feed *f, size_t room)
{
	if (f->rest_n <= room)
		return f->rest_n;
	size_t n = room;
	while (n && (is_blank(f->rest[n]) || is_blank(f->rest[n - 1]) || f->rest[n] == '#' ||
		     f->rest[n] == ';'))
		n--;
	return n;
}

static bool feed_piece(conf_feed *f, char *out, size_t room)
{
	size_t n = piece_len(f, room - 4); /* a blank, a newline, a 0, and never quite full */

	if (!n)
		return refuse(f, "too many blanks in a row");
	if (f->piece || f->goes_on)
		*out++ = ' ';
	memcpy(out, f->rest, n);
	memcpy(out + n, "\n", 2);
	f->unanswered = !f->announce;
	f->rest += n;
	f->rest_n -= n;
	return true;
}

static bool feed_announcement(conf_feed *f, char *out, size_t room)
{
	f->announce = false;
	f->unanswered = true;
	snprintf(out, room, "%s = 1\n", CONF_SECTION_BEGINS);
	return true;
}

void conf_feed_end(conf_feed *f)
{
	if (!f->stop && f->unanswered)
		refuse(f, "expected KEY = VALUE or [SECTION]");
}

char *conf_feed_line(char *out, int room, void *feed)
{
	conf_feed *f = feed;

	conf_feed_end(f);
	if (f->stop || room < 128) /* a section's header must fit in whole */
		return NULL;
	if (f->rest_n) {
		f->piece = true;
		return feed_piece(f, out, (size_t)room) ? out : NULL;
	}
	if (f->announce)
		return feed_announcement(f, out, (size_t)room) ? out : NULL;
	return take_line(f) && feed_piece(f, out, (size_t)room) ? out : NULL;
}
