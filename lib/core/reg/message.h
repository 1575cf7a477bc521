/* SPDX-License-Identifier: MIT */
/* message.h - values that occur in registration messages, and their bounds. */
#ifndef HW_CORE_REG_MESSAGE_H
#define HW_CORE_REG_MESSAGE_H

#include "base/addr.h"
#include "core/reg/keys.h"

enum { NAI_MAX = 200, MAC_LEN = 6, RELAY_NAME_MAX = 63, REG_RELAYS = 4 };

typedef struct reg_relay { /* a relay, as clients know it */
	endpoint at;
	char name[RELAY_NAME_MAX + 1]; /* "": not known yet */
} reg_relay;

typedef struct reg_key3 { /* KEY3 of one registration: unique, made by home, sent to both ends */
	uint32_t spi;     /* names it in mobile-foreign authentication; 0: none */
	uint8_t key[KEY3_LEN];
} reg_key3;

#endif
