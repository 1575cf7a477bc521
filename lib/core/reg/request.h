/* SPDX-License-Identifier: MIT */
/* request.h - the registration request: what a client asks, and what home reads of it. */
#ifndef HW_CORE_REG_REQUEST_H
#define HW_CORE_REG_REQUEST_H

#include "core/reg/message.h"
#include "core/reg/sa_ext.h"
#include "core/reg/scan.h"

typedef struct reg_request {
	uint8_t flags; /* MIP_S, MIP_D, ... */
	uint16_t lifetime_s;
	ip_addr home_agent, care_of; /* care_of of either family; IPv6 travels in an extension */
	uint64_t identification;
	uint32_t pseudonym; /* the SPI that names KEY0 for now */
	char nai[NAI_MAX + 1];
	ip_addr home4, home6; /* len 0: not asked for; any: assign me one */
	uint8_t mac[MAC_LEN];
	bool has_mac, home_link;
	bool standby;    /* admit the path, leave the binding alone */
	bool carrier;    /* by a multiplexer */
	bool udp_tunnel; /* RFC 3519 request present */
	bool asks_time; /* registers nothing: a question for home's time, which is answered with code 133 */
	reg_sa sa;
} reg_request;

/* The message's length; 0: it does not fit MIP_MAX_MESSAGE, or cryptography failed. */
size_t reg_request_build(const key0_set *k, const reg_request *m, uint8_t out[MIP_MAX_MESSAGE]);
/* After reg_verify_mobile_home(). */
bool reg_request_open(const reg_scan *s, const key0_set *k, reg_request *out);

#endif
