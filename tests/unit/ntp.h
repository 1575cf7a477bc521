/* SPDX-License-Identifier: MIT */
/* ntp.h - a duration in the format of NTP timestamps (RFC 5905 6), for tests that advance a clock. */
#ifndef HW_TESTS_NTP_H
#define HW_TESTS_NTP_H

#include <stdint.h>

static inline uint64_t ntp_from_ms(uint64_t ms)
{
	return (ms / 1000) << 32 | ((ms % 1000) << 32) / 1000;
}

#endif
