/* SPDX-License-Identifier: MIT */
/* auth_ext.h - writing the authentication extensions of registration messages (RFC 5944 3.5.2 to 3.5.4).
 * Reading and verifying them is in scan.h. */
#ifndef HW_CORE_REG_AUTH_EXT_H
#define HW_CORE_REG_AUTH_EXT_H

#include "core/reg/keys.h"

enum { REG_AUTH_EXT_LEN = 22 }; /* type, length, SPI, authenticator */

/* Ends the message that w has been writing with its mobile-home authentication under KEY0. Returns the
 * message's length; 0: no room, or cryptography failed. */
size_t reg_auth_finish(wire_wr *w, const key0_set *k, uint32_t spi);
/* Appends MIP_EXT_MOBILE_FOREIGN or MIP_EXT_FOREIGN_HOME to the n octets at msg, which has room for `room`:
 * HMAC-SHA-256 truncated to 128 bits. Returns the new length; 0: no room, or cryptography failed. */
size_t reg_auth_add(uint8_t *msg, size_t n, size_t room, uint8_t type, uint32_t spi,
		    const uint8_t key[32]);

#endif
