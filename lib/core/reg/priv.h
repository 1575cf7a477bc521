/* SPDX-License-Identifier: MIT */
/* priv.h - what scan.c, request.c and reply.c share. */
#ifndef HW_CORE_REG_PRIV_H
#define HW_CORE_REG_PRIV_H

#include "core/reg/codec.h"
#include "core/reg/seal_ext.h"

/* Extensions that the mobile-home authenticator covers, in order; others don't exist for us. */
wire_rd reg_extensions(const reg_scan *s);
bool reg_walk_covered(const reg_scan *s, wire_rd *r, mip_ext *x);

/* What home appends for a relay: its copy of KEY3 and an authentication. */
enum { REG_RELAY_ROOM = 140 };
bool reg_key3_take(const general_sa *sa, reg_key3 *out); /* false: not a KEY3 */

/* Appends the mobile-home authentication; the message's length or 0. */
size_t reg_finish(wire_wr *w, const key0_set *k, uint32_t spi);

void reg_sa_put(wire_wr *w, const reg_sa *s);
bool reg_sa_get(const reg_scan *s, reg_sa *out); /* false: malformed, or not all three parts */

/* One address in a sealed general IP extension; nothing for one of len 0. */
void reg_put_ip(wire_wr *w, size_t hdr_len, const uint8_t key[AEAD_KEY_LEN], uint32_t spi,
		uint8_t content, const ip_addr *a);

#endif
