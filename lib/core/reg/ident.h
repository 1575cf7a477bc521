/* SPDX-License-Identifier: MIT */
/* ident.h - replay protection of registrations by 64-bit NTP timestamps (RFC 5944 5.7.1) and the resynchronisation
 * that code 133 brings (docs/protocol.md, section 9). Pure arithmetic on values that callers own. */
#ifndef HW_CORE_REG_IDENT_H
#define HW_CORE_REG_IDENT_H

#include <stdbool.h>
#include <stdint.h>

enum { IDENT_TOLERANCE_S = 7 }; /* RFC 5944 5.7.1's default */

typedef enum ident_verdict {
	IDENT_FRESH,
	IDENT_USED,   /* not above the last one accepted: a recording, or overtaken */
	IDENT_SKEWED, /* above it, and farther from now than the tolerance */
} ident_verdict;
ident_verdict ident_check(uint64_t id, uint64_t last, uint64_t now_ntp); /* home's side */
/* The identification of a refusal with code 133: home's time above, the request's low half below. The time is never that
 * of an identification which has been accepted already: home's clock may have been set back. */
uint64_t ident_resync(uint64_t request_id, uint64_t last, uint64_t now_ntp);

/* Client's side: home's time, as home itself has stated it, and the time gone by since on a clock that nobody else
 * sets. The machine's real-time clock has no part in it: whoever could set that one forward would collect
 * identifications that home accepts later. */
typedef struct ident_clock {
	uint64_t home_ntp; /* home's time, NTP format, ...; 0: not known */
	uint64_t at_ms;    /* ... when the monotonic clock showed this */
	uint64_t last;     /* the latest identification */
} ident_clock;
static inline bool ident_is_set(const ident_clock *c)
{
	return c->home_ntp != 0;
}
/* reply_id: of an authenticated 133. False: it has no time in it. */
bool ident_set(ident_clock *c, uint64_t reply_id, uint64_t now_ms);
/* Home's time, if the clock is set. */
uint64_t ident_home_ntp(const ident_clock *c, uint64_t now_ms);
/* The next identification: above all before, and within 3 s of home's time; which of those that could be is random, so
 * that it shows nothing of this clock. The clock is set. */
uint64_t ident_next(ident_clock *c, uint64_t now_ms, uint64_t random);

#endif
