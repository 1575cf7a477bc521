/* SPDX-License-Identifier: MIT */
/* http_scan.h - walks over the octets of a head before anything is made of them (RFC 9112): lines end in
 * CRLF and nothing else, no control characters, no folded lines (5.2), no more octets than HTTP_HEAD_MAX; and
 * finds the head's end. Private to lib/core/http. */
#ifndef HW_CORE_HTTP_HTTP_SCAN_H
#define HW_CORE_HTTP_HTTP_SCAN_H

#include "core/http/http.h"

typedef struct http_scan { /* begin zeroed, but for side */
	http_side side;
	size_t head_n, line_n; /* octets of the head so far; of the line */
	uint8_t last;
	bool started;    /* the first line is over */
	unsigned refuse; /* the status that answers it; 0: fine so far */
	const char *why;
} http_scan;

/* How many of these octets belong to the head; *whole: they complete it. */
size_t http_scan_some(http_scan *s, const uint8_t *data, size_t n, bool *whole);

#endif
