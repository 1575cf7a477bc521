/* SPDX-License-Identifier: MIT */
#include "core/client/timing.h"

#include <openssl/rand.h>

uint64_t client_time_us(core_time now)
{
	return (now.ntp >> 32) * 1000000u + (((now.ntp & 0xffffffffu) * 1000000u) >> 32);
}

/* The real time is finer, but may have been set in between: then the monotonic clock decides. */
uint32_t client_time_since_us(core_time now, uint64_t then_ms, uint64_t then_us)
{
	uint64_t coarse = (now.ms - then_ms) * 1000, fine = client_time_us(now) - then_us;
	uint64_t apart = fine > coarse ? fine - coarse : coarse - fine;
	uint64_t us = apart > 2000 ? coarse : fine;

	return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

uint64_t client_time_jitter(uint64_t ms)
{
	return ms * (80 + client_random() % 41) / 100;
}

uint64_t client_time_renewal(uint64_t now_ms, uint64_t life_ms)
{
	return now_ms + life_ms * (70 + client_random() % 6) / 100;
}

uint32_t client_random(void)
{
	uint32_t v = 0;

	RAND_bytes((uint8_t *)&v, sizeof v);
	return v;
}
