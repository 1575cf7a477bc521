/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <time.h>

static struct timespec now(clockid_t id)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(id, &ts); /* cannot fail for a clock that the kernel has */
	return ts;
}

uint64_t clock_mono_us(void)
{
	struct timespec ts = now(CLOCK_BOOTTIME);

	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

uint64_t clock_ntp(void)
{
	struct timespec ts = now(CLOCK_REALTIME);
	uint64_t s = (uint64_t)ts.tv_sec + NTP_UNIX_OFFSET;

	return s << 32 | ((uint64_t)ts.tv_nsec << 32) / 1000000000;
}

uint64_t clock_unix_s(void)
{
	return (uint64_t)now(CLOCK_REALTIME).tv_sec;
}
