/* SPDX-License-Identifier: MIT */
/* sa_ext.h - the part of a registration that asks for or grants an association: SA payload, key exchange and
 * nonce, an extension each. They come all three or not at all. */
#ifndef HW_CORE_REG_SA_EXT_H
#define HW_CORE_REG_SA_EXT_H

#include "core/reg/keys.h"
#include "core/sa/negotiate.h"
#include "proto/mip_ext.h"

typedef struct reg_sa {
	bool present;
	uint8_t parts;      /* when reading: those that were found */
	sa_offer sa;        /* offer or answer, when writing */
	sa_payload payload; /* when reading: borrows from the message */
	uint16_t ke_group;
	wire_bytes ke_value; /* borrowed */
	uint8_t nonce[NONCE_LEN];
} reg_sa;

void reg_sa_put(wire_wr *w, const reg_sa *s);
/* Reads an extension of any kind into *s, which starts with present and parts zero; those that are not of
 * the three change nothing. False: malformed. */
bool reg_sa_take(const mip_ext *x, reg_sa *s);
bool reg_sa_finish(reg_sa *s); /* sets present; false: some of the three are missing */

#endif
