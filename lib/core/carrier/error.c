/* SPDX-License-Identifier: MIT */
#include "core/carrier/error.h"
#include <stdarg.h>
#include <stdio.h>

void carrier_error_set(carrier_error *e, carrier_error_rank rank, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	for (char *c = e->text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	e->rank = rank;
}
