/* SPDX-License-Identifier: MIT */
/* dgram.h - what a core takes: a datagram that came, the time it is. */
#ifndef HW_CORE_DGRAM_H
#define HW_CORE_DGRAM_H

#include "base/addr.h"

typedef struct dgram_in {
	uint32_t sock;    /* the shell's name for the socket it came on */
	uint32_t ifindex; /* the link it came on; 0: not known */
	endpoint from;
	ip_addr local; /* our address it was sent to; len 0: not known */
	uint8_t *p;    /* may be modified; stays until the shell has written what the core queued */
	size_t n;
} dgram_in;

typedef struct core_time {
	uint64_t ms;  /* monotonic */
	uint64_t ntp; /* real time, 64-bit NTP timestamp */
} core_time;

#endif
