/* SPDX-License-Identifier: MIT */
/* http_head.h - what is kept of the head of a message: its strings one after the other in one piece of
 * memory that grows with them. Private to lib/core/http. */
#ifndef HW_CORE_HTTP_HTTP_HEAD_H
#define HW_CORE_HTTP_HTTP_HEAD_H

#include "core/http/http.h"

enum { HEAD_TEXT_MAX = HTTP_HEAD_MAX + 2 * HTTP_FIELDS + 2 };

struct http_head {
	const char *method;
	unsigned status, minor;
	bool keep_alive;
	unsigned n_fields;
	uint16_t name[HTTP_FIELDS], value[HTTP_FIELDS]; /* where they are in text */
	char *text;                                     /* first the target, or the reason */
	size_t n, room;
};

http_head *http_head_new(void); /* NULL: no memory */
void http_head_free(http_head *h);
bool http_head_put(http_head *h, const char *p, size_t n); /* false: no room */
bool http_head_end_string(http_head *h);                   /* without blanks at its end */
void http_head_lower(char *p, size_t n);

/* May a complete head be read as it is (RFC 9112 3.2, 6.1)? 0, or the status that refuses it, and why. */
unsigned http_head_check(http_head *h, http_side side, unsigned major, const char **why);

#endif
