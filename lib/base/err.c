/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(err *e, err_kind kind, const char *fmt, ...)
{
	if (!e)
		return false;
	/* Formatted into a copy: an argument may be the text that is replaced. */
	char text[sizeof e->text];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	e->kind = kind;
	memcpy(e->text, text, sizeof text);
	return false;
}

bool err_sys(err *e, int errno_value, const char *fmt, ...)
{
	if (!e)
		return false;
	char what[sizeof e->text];
	char reason[128];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	/* The reason matters most: a long sentence before it is cut, the reason is not. */
	const char *r = strerror_r(errno_value, reason, sizeof reason);
	size_t room = sizeof e->text - 3 - strnlen(r, sizeof reason);
	e->kind = ERR_SYSTEM;
	snprintf(e->text, sizeof e->text, "%.*s: %s", (int)room, what, r);
	return false;
}

bool err_prefix(err *e, const char *fmt, ...)
{
	if (!e)
		return false;
	char prefix[sizeof e->text];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(prefix, sizeof prefix, fmt, ap);
	va_end(ap);
	size_t n = strlen(prefix);
	if (n + 3 > sizeof e->text)
		return false;
	size_t keep = strlen(e->text);
	if (keep > sizeof e->text - n - 3)
		keep = sizeof e->text - n - 3;
	memmove(e->text + n + 2, e->text, keep);
	memcpy(e->text, prefix, n);
	memcpy(e->text + n, ": ", 2);
	e->text[n + 2 + keep] = 0;
	return false;
}
