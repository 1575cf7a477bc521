/* SPDX-License-Identifier: MIT */
/* reply.h - the registration reply: what home grants or refuses, and what the client reads of it. */
#ifndef HW_CORE_REG_REPLY_H
#define HW_CORE_REG_REPLY_H

#include "core/reg/message.h"
#include "core/reg/sa_ext.h"
#include "core/reg/scan.h"

typedef struct reg_reply {
	uint8_t code;
	uint16_t lifetime_s;
	ip_addr home_agent;
	uint64_t identification;
	uint32_t pseudonym;      /* the one the request came with */
	uint32_t next_pseudonym; /* 0: none given (refusals) */
	ip_addr home4, home6;
	ip_prefix network4, network6; /* the home networks; addr.len 0: not given */
	ip_addr home_lan;             /* home server's address on the home link */
	endpoint observed;            /* addr.len 0: not given */
	bool udp_tunnel;
	uint16_t keepalive_s;
	mip_notify notify;            /* NOTIFY_NONE: absent */
	reg_key3 key3;                /* by a relay only */
	reg_relay relays[REG_RELAYS]; /* home's, as many as fit */
	uint8_t n_relays;
	reg_sa sa;
} reg_reply;

/* The message's length; 0: it does not fit MIP_MAX_MESSAGE, or cryptography failed. */
size_t reg_reply_build(const key0_set *k, const reg_reply *m, uint8_t out[MIP_MAX_MESSAGE]);
/* A refusal for a stranger: the bare 20 octets, no authentication. */
size_t reg_refusal_build(const mip_request *q, uint8_t code, uint8_t out[MIP_REPLY_LEN]);
/* After reg_verify_mobile_home(). */
bool reg_reply_open(const reg_scan *s, const key0_set *k, reg_reply *out);

#endif
