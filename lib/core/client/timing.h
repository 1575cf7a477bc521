/* SPDX-License-Identifier: MIT */
/* timing.h - what the machine's timers share: points in time, differences, jitter. */
#ifndef HW_CORE_CLIENT_TIMING_H
#define HW_CORE_CLIENT_TIMING_H

#include "core/packet/dgram.h"

#define NEVER UINT64_MAX

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

uint64_t client_time_us(core_time now); /* of the real time; good for differences below a second */
/* Since the moment at which the monotonic clock showed then_ms and client_time_us() then_us. */
uint32_t client_time_since_us(core_time now, uint64_t then_ms, uint64_t then_us);
uint64_t client_time_jitter(uint64_t ms); /* +-20 % */
/* The point at which something that lives until now + life_ms is renewed: after 70 to 75 % of it. */
uint64_t client_time_renewal(uint64_t now_ms, uint64_t life_ms);
uint32_t client_random(void);

#endif
