/* SPDX-License-Identifier: MIT */
/* notice.h - what home sends to a client when it was restarted: that it holds none of the client's associations any more
 * (docs/protocol.md, section 22).
 *
 * Sealed under a key of its own from KEY0, and about one registration: inside is the last identification that home has
 * accepted of the client. So nobody else can make one, an observer learns nothing of the client from it, and it is void
 * when the client has registered once more. No clock is needed at either end. */
#ifndef HW_CORE_REG_NOTICE_H
#define HW_CORE_REG_NOTICE_H

#include "core/reg/keys.h"

enum { REG_NOTICE_LEN = 40 };

/* Returns REG_NOTICE_LEN; 0: no randomness, or cryptography failed. */
size_t reg_notice_build(const key0_set *k, uint64_t last_id, uint8_t out[REG_NOTICE_LEN]);
/* False: it is no such notice, or not authentic. */
bool reg_notice_open(const key0_set *k, wire_bytes msg, uint64_t *last_id);

#endif
