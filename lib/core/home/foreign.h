/* SPDX-License-Identifier: MIT */
/* foreign.h - a relay's part of a registration: it has to vouch for it (RFC 5944 3.8.2.1), and the reply carries its
 * copy of KEY3 and an authentication for it (docs/protocol.md, section 18). */
#ifndef HW_CORE_HOME_FOREIGN_H
#define HW_CORE_HOME_FOREIGN_H

#include "core/reg/relay.h"

/* relay: KEY2 of the relay by which the request came. */
bool home_foreign_vouches(const key2_set *relay, const reg_scan *request);
bool home_foreign_make_key3(reg_key3 *out); /* false: no randomness */
/* Signs the reply of n octets for the relay, with its copy of KEY3 where there is one (spi not 0). Returns the new
 * length; 0: it failed. */
size_t home_foreign_sign(const key2_set *relay, const reg_scan *request, const reg_key3 *key3,
			 uint8_t msg[MIP_MAX_MESSAGE], size_t n);

#endif
