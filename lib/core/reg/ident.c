/* SPDX-License-Identifier: MIT */
#include "core/reg/ident.h"

#define SECOND (1ull << 32)

enum {
	SPREAD_BITS = 34, /* 4 s */
	STEP_BITS = 26,   /* 16 ms: of one that can't be below the one before */
};

/* Where home's clock was set back, its time counts as that of the last identification. */
static uint64_t time_of_home(uint64_t last, uint64_t now_ntp)
{
	return last > now_ntp ? last + SECOND : now_ntp;
}

ident_verdict ident_check(uint64_t id, uint64_t last, uint64_t now_ntp)
{
	uint64_t tolerance = IDENT_TOLERANCE_S * SECOND, now = time_of_home(last, now_ntp);
	uint64_t away = id > now ? id - now : now - id;

	if (id <= last)
		return IDENT_USED;
	return away > tolerance ? IDENT_SKEWED : IDENT_FRESH;
}

uint64_t ident_resync(uint64_t request_id, uint64_t last, uint64_t now_ntp)
{
	uint64_t time = last + SECOND > now_ntp ? last + SECOND : now_ntp;

	return (time & ~0xffffffffull) | (request_id & 0xffffffff);
}

/* The lower half of home's time is not in the reply. That second is above all that home has accepted. */
bool ident_set(ident_clock *c, uint64_t reply_id, uint64_t now_ms)
{
	uint64_t second = reply_id & ~0xffffffffull;

	if (second == 0)
		return false;
	*c = (ident_clock){ .home_ntp = second + SECOND / 2, .at_ms = now_ms, .last = second };
	return true;
}

static uint64_t ntp_of_ms(uint64_t ms)
{
	return (ms / 1000) * SECOND + (ms % 1000) * SECOND / 1000;
}

uint64_t ident_home_ntp(const ident_clock *c, uint64_t now_ms)
{
	return c->home_ntp + ntp_of_ms(now_ms - c->at_ms);
}

uint64_t ident_next(ident_clock *c, uint64_t now_ms, uint64_t random)
{
	uint64_t spread = 1ull << SPREAD_BITS, step = 1ull << STEP_BITS;
	uint64_t id = ident_home_ntp(c, now_ms) - spread / 2 + random % spread;

	if (id <= c->last)
		id = c->last + 1 + random % step;
	c->last = id;
	return id;
}
