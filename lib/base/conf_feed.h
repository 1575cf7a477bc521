/* SPDX-License-Identifier: MIT */
/* conf_feed.h - gives inih a text line by line, in a form that it reads right. Internal to conf.c.
 *
 * inih doesn't say which line it is at, cuts lines at 200 characters, doesn't mention sections
 * without keys, and takes any indented line for a continuation. So comments and indentation are
 * removed, a line that goes on with a value is marked by one blank, a long line is fed in pieces
 * that look like lines that go on, and each section header is followed by a line of our own that
 * makes inih call us. */
#ifndef HW_BASE_CONF_FEED_H
#define HW_BASE_CONF_FEED_H

#include <stdbool.h>
#include <stddef.h>

/* The name of that line of our own. No line of a file holds it: control characters are refused. */
#define CONF_SECTION_BEGINS "\001"

typedef struct conf_feed {
	const char *next, *end; /* what is still to be read */
	const char *rest;       /* what is still to be fed of this line */
	size_t rest_n;
	unsigned line; /* the number of that line, from 1 */
	bool announce; /* it was a section header: CONF_SECTION_BEGINS comes next */
	bool in_key;   /* there is a key whose value may go on */
	size_t key_indent;

	bool piece;          /* what was fed last belongs to the line before ... */
	bool goes_on;        /* ... or is another line of the same value */
	bool unanswered;     /* inih was fed what it should call its handler for; the handler clears
				this */
	bool stop;           /* nothing more is to be read: done, or failed */
	const char *problem; /* what is wrong with the line, or NULL */
} conf_feed;

conf_feed conf_feed_of(const char *text, size_t len);
char *conf_feed_line(char *out, int room, void *feed); /* an ini_reader */

/* After inih is through: the last line may be what it didn't understand. */
void conf_feed_end(conf_feed *f);

#endif
