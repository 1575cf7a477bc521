/* SPDX-License-Identifier: MIT */
/* key3_ext.h - KEY3 of one registration as an extension of the reply: the client's copy, sealed under
 * KEY0, and the relay's, sealed under KEY2. */
#ifndef HW_CORE_REG_KEY3_EXT_H
#define HW_CORE_REG_KEY3_EXT_H

#include "core/reg/message.h"
#include "core/reg/seal_ext.h"

/* Appends it to the reply w; the vendor type says whose copy it is, spi which key seals it. */
bool reg_key3_put(wire_wr *w, const uint8_t seal[AEAD_KEY_LEN], uint16_t vendor_type, uint32_t spi,
		  const reg_key3 *k);
bool reg_key3_get(const general_sa *sa, reg_key3 *out); /* false: not a KEY3 */

#endif
