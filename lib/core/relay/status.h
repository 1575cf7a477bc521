/* SPDX-License-Identifier: MIT */
/* status.h - what a relay reports of itself. */
#ifndef HW_CORE_RELAY_STATUS_H
#define HW_CORE_RELAY_STATUS_H

#include "base/addr.h"

typedef enum relay_link_state {
	RELAY_LINK_DOWN,
	RELAY_LINK_ASKING,
	RELAY_LINK_UP
} relay_link_state;

typedef struct relay_status {
	relay_link_state link;
	bool list_complete; /* home's list of clients */
	uint32_t admitted;  /* clients that may register */
	uint32_t visitors, pending;
	double home_rtt_ms; /* negative: unknown */
	uint64_t accepted, denied_auth, denied_replay, denied_malformed, timeouts, table_full;
	uint64_t up_packets, up_bytes, down_packets, down_bytes; /* of visitors */
	uint64_t strangers;     /* datagrams of nobody registered here */
	uint64_t not_from_home; /* IP-in-IP from others */
	uint64_t bad_replies;   /* from home's address, but not authentic */
	uint64_t hints_sent, hints_held_back;
} relay_status;

typedef struct relay_visitor_status {
	endpoint client;
	uint16_t port;       /* towards home */
	uint32_t lifetime_s; /* left */
	uint64_t up_bytes, down_bytes;
} relay_visitor_status;

#endif
