/* SPDX-License-Identifier: MIT */
/* ident.h - replay protection of registrations by 64-bit NTP timestamps (RFC 5944 5.7.1) and the
 * resynchronisation that code 133 brings. Pure arithmetic on values that callers own. */
#ifndef HW_CORE_REG_IDENT_H
#define HW_CORE_REG_IDENT_H

#include <stdbool.h>
#include <stdint.h>

enum { IDENT_TOLERANCE_S = 7 }; /* RFC 5944 5.7.1's default */

typedef enum ident_verdict { IDENT_FRESH, IDENT_STALE, IDENT_SKEWED } ident_verdict;
/* Home's side: fresh if within the tolerance of now and above the last one accepted. */
ident_verdict ident_check(uint64_t id, uint64_t last, uint64_t now_ntp);
/* The time home goes by for one client: the real time, or a second past the last identification it
 * accepted where that is later (home's clock was set back). Give it to ident_resync(). */
uint64_t ident_now(uint64_t last, uint64_t now_ntp);
/* The identification of a refusal with code 133: home's time above, the request's low half below. */
uint64_t ident_resync(uint64_t request_id, uint64_t now_ntp);

/* Client's side: strictly increasing; low-order bits random. */
typedef struct ident_clock {
	int64_t offset_s; /* home's time less ours, learned from an authenticated 133 */
	uint64_t last;
} ident_clock;
uint64_t ident_next(ident_clock *c, uint64_t now_ntp, uint32_t random);
void ident_learn(ident_clock *c, uint64_t reply_id, uint64_t now_ntp);

#endif
