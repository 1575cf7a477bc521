/* SPDX-License-Identifier: MIT */
/* clock.h - the only place that reads a clock; cores take time as an argument. */
#ifndef HW_BASE_CLOCK_H
#define HW_BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_mono_ms(void); /* CLOCK_BOOTTIME: continues while the machine is suspended */
uint64_t clock_mono_us(void);

/* 64-bit NTP timestamp of the real time: seconds since 1900 << 32 | fraction (RFC 5905 6). */
uint64_t clock_ntp(void);
uint64_t clock_unix_s(void);

#define NTP_UNIX_OFFSET 2208988800ull

#endif
