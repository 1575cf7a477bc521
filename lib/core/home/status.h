/* SPDX-License-Identifier: MIT */
/* status.h - what the home agent reports of itself. No key, no pseudonym. */
#ifndef HW_CORE_HOME_STATUS_H
#define HW_CORE_HOME_STATUS_H

#include "core/reg/message.h"
#include "core/sa/esp_sa.h"

typedef struct home_binding_status {
	char nai[NAI_MAX + 1];
	ip_addr home4, home6;
	endpoint care_of; /* where packets go */
	bool nat, at_home;
	uint32_t lifetime_s; /* left */
	uint64_t rx_bytes, tx_bytes, rx_packets, tx_packets;
	uint32_t handovers;
	esp_cipher cipher;
	uint16_t mtu; /* inner */
	int relay;    /* by relay i; -1: not by one */
	bool carrier; /* by a multiplexer */
} home_binding_status;

typedef struct home_relay_status {
	bool linked;          /* it is there and holds our KEY2 */
	bool has_all_clients; /* it has acknowledged every client */
	uint64_t refused;     /* hellos under another key */
} home_relay_status;

typedef struct home_register_counters {
	uint64_t accepted, denied_unknown, denied_auth, denied_replay, denied_malformed,
		denied_policy;
} home_register_counters;
typedef struct home_inbound_counters {
	uint64_t unknown_spi, replay, auth, spoofed_source, hints_sent, hints_held_back;
} home_inbound_counters;
typedef struct home_outbound_counters {
	uint64_t too_big, no_binding;
} home_outbound_counters;

struct home_peer;
home_binding_status home_status_of(const struct home_peer *p, uint16_t link_mtu, uint64_t now_ms);

#endif
