/* SPDX-License-Identifier: MIT */
#include "core/reg/ident.h"

enum { LOW_RANDOM_BITS = 10 }; /* below a microsecond: unpredictable, and no two alike */

uint64_t ident_now(uint64_t last, uint64_t now_ntp)
{
	return last > now_ntp ? last + (1ull << 32) : now_ntp;
}

ident_verdict ident_check(uint64_t id, uint64_t last, uint64_t now_ntp)
{
	uint64_t tolerance = (uint64_t)IDENT_TOLERANCE_S << 32, now = ident_now(last, now_ntp);
	uint64_t away = id > now ? id - now : now - id;

	if (away > tolerance)
		return IDENT_SKEWED;
	return id > last ? IDENT_FRESH : IDENT_STALE;
}

uint64_t ident_resync(uint64_t request_id, uint64_t now_ntp)
{
	return (now_ntp & ~0xffffffffull) | (request_id & 0xffffffff);
}

uint64_t ident_next(ident_clock *c, uint64_t now_ntp, uint32_t random)
{
	uint64_t mask = (1u << LOW_RANDOM_BITS) - 1;
	uint64_t id = now_ntp + ((uint64_t)c->offset_s << 32);

	id = (id & ~mask) | (random & mask);
	if (id <= c->last)
		id = c->last + 1 + (random & mask);
	c->last = id;
	return id;
}

void ident_learn(ident_clock *c, uint64_t reply_id, uint64_t now_ntp)
{
	c->offset_s = (int64_t)(reply_id >> 32) - (int64_t)(now_ntp >> 32);
	c->last = 0; /* home refused what we sent: it counts from its own clock */
}
