/* SPDX-License-Identifier: MIT */
/* octets.h - for tests of parsers: input that ends where it says, and comparing what was written. */
#ifndef HW_TESTS_OCTETS_H
#define HW_TESTS_OCTETS_H

#include "unit.h"
#include "base/wire.h"
#include <stdlib.h>

/* A heap block of exactly n octets, so that AddressSanitizer sees a read beyond. The caller frees. */
static inline uint8_t *octets_exact(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n);

	assert_non_null(copy);
	memcpy(copy, p, n);
	return copy;
}

#define assert_wrote(w, expected)                                                                  \
	do {                                                                                       \
		assert_false((w).bad);                                                             \
		assert_int_equal(wire_len(&(w)), sizeof(expected));                                \
		assert_memory_equal((w).start, (expected), sizeof(expected));                      \
	} while (0)

#define BYTES(a) ((wire_bytes){ (a), sizeof(a) })

#define assert_bytes(b, expected)                                                                  \
	do {                                                                                       \
		assert_int_equal((b).n, sizeof(expected));                                         \
		assert_memory_equal((b).p, (expected), sizeof(expected));                          \
	} while (0)

#endif
