/* SPDX-License-Identifier: MIT */
/* oracle.h - what fuzz targets share: a check that stops the run, and looking at what was written. */
#ifndef HW_TESTS_ORACLE_H
#define HW_TESTS_ORACLE_H

#include "base/wire.h"
#include <stdlib.h>

enum { ORACLE_ROOM = 65536 + 64 }; /* no extension is longer */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static inline void oracle_check(bool holds)
{
	if (!holds)
		abort();
}

static inline bool oracle_same(wire_bytes a, wire_bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* What w holds after a header of so many octets. */
static inline wire_bytes oracle_body(const wire_wr *w, size_t hdr_len)
{
	oracle_check(!w->bad && wire_len(w) >= hdr_len);
	return (wire_bytes){ w->start + hdr_len, wire_len(w) - hdr_len };
}

#endif
