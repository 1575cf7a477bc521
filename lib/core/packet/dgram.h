/* SPDX-License-Identifier: MIT */
/* dgram.h - what a core takes as input: a received datagram, and the time. */
#ifndef HW_CORE_PACKET_DGRAM_H
#define HW_CORE_PACKET_DGRAM_H

#include "base/addr.h"

/* Socket numbers from here on are relays: a datagram of sock DGRAM_RELAY + i comes from relay i of the
 * configuration in IP-in-IP, or goes there; `from` and `local` are those of the inner packet. */
enum { DGRAM_RELAY = 0x40000000 };

typedef struct dgram_in {
	uint32_t sock;    /* the shell's number of the socket it came on */
	uint32_t ifindex; /* the link it came on; 0: not known */
	endpoint from;
	ip_addr local;       /* our address it was sent to; len 0: not known */
	uint16_t local_port; /* the port it was sent to; 0: its socket's */
	uint8_t *p; /* may be modified; stays until the shell has written what the core queued */
	size_t n;
} dgram_in;

typedef struct core_time {
	uint64_t ms;  /* monotonic */
	uint64_t ntp; /* real time, 64-bit NTP timestamp */
} core_time;

#endif
