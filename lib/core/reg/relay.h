/* SPDX-License-Identifier: MIT */
/* relay.h - what relays add to registration messages (RFC 5944 3.7): mobile-foreign and foreign-home
 * authentication, and the relay's copy of KEY3. All of it follows the mobile-home authentication, so
 * that home and client see the same inner message whatever the way (reg_scan.inner_len).
 * Keys here are 32 octets and authenticate by HMAC-SHA-256 truncated to 128 bits. */
#ifndef HW_CORE_REG_RELAY_H
#define HW_CORE_REG_RELAY_H

#include "core/reg/codec.h"

enum { REG_AUTH_EXT_LEN = 22 }; /* type, length, SPI, authenticator */

/* Appends MIP_EXT_MOBILE_FOREIGN or MIP_EXT_FOREIGN_HOME to the n octets at msg, which has room for `room`.
 * Returns the new length; 0: no room, or cryptography failed. */
size_t reg_auth_add(uint8_t *msg, size_t n, size_t room, uint8_t type, uint32_t spi,
		    const uint8_t key[32]);
/* Constant time; false also when the extension is absent. */
bool reg_mobile_foreign_ok(const reg_scan *s, const uint8_t key[32]);
bool reg_foreign_home_ok(const reg_scan *s, const uint8_t key[32]);

/* The relay's copy of KEY3, sealed under KEY2 of this registration (row K3). */
size_t reg_relay_key_add(uint8_t *msg, size_t n, size_t room, const key2_registration *k2,
			 const reg_key3 *k);
bool reg_relay_key_get(const reg_scan *s, const key2_registration *k2, reg_key3 *out);

/* A reply of the relay's own: 20 octets, the relay's name where the question was long enough to be answered
 * so, and mobile-foreign authentication (key NULL: none). `identification` as in the request, but for 133. */
typedef struct relay_refusal {
	const mip_request *request;
	size_t request_len; /* the answer is never longer */
	uint8_t code;
	uint64_t identification;
	const char *name;
	uint32_t spi;       /* as the request's mobile-foreign authentication had it */
	const uint8_t *key; /* KEY3; NULL: not known or not proven, the refusal is bare */
} relay_refusal;
size_t reg_relay_refusal_build(const relay_refusal *f, uint8_t out[MIP_MAX_MESSAGE]);

#endif
