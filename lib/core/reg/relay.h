/* SPDX-License-Identifier: MIT */
/* relay.h - the relay's part of registration messages (RFC 5944 3.7): its copy of KEY3, and replies of its
 * own. What is appended to a message follows its mobile-home authentication. */
#ifndef HW_CORE_REG_RELAY_H
#define HW_CORE_REG_RELAY_H

#include "core/reg/auth_ext.h"
#include "core/reg/message.h"
#include "core/reg/scan.h"

enum { REG_RELAY_ROOM = 140 }; /* for what home appends: a copy of KEY3 and an authentication */

/* The relay's copy of KEY3, sealed under KEY2 of this registration. The new length; 0: no room, or
 * cryptography failed. */
size_t reg_relay_key_add(uint8_t *msg, size_t n, size_t room, const key2_registration *k2,
			 const reg_key3 *k);
bool reg_relay_key_get(const reg_scan *s, const key2_registration *k2, reg_key3 *out);

/* A reply of the relay's own: 20 octets, the relay's name where the request was long enough for an answer
 * with it, and mobile-foreign authentication (key NULL: none). `identification` as in the request, but for
 * 133. */
typedef struct reg_relay_refusal {
	const mip_request *request;
	size_t request_len; /* the answer is never longer */
	uint8_t code;
	uint64_t identification;
	const char *name;
	uint32_t spi;       /* as the request's mobile-foreign authentication had it */
	const uint8_t *key; /* KEY3; NULL: unknown or not proven, the refusal is bare */
} reg_relay_refusal;
size_t reg_relay_refusal_build(const reg_relay_refusal *f, uint8_t out[MIP_MAX_MESSAGE]);

#endif
