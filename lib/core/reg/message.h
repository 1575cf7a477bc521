/* SPDX-License-Identifier: MIT */
/* message.h - values that occur in registration messages, and their bounds. */
#ifndef HW_CORE_REG_MESSAGE_H
#define HW_CORE_REG_MESSAGE_H

#include "base/addr.h"
#include "core/reg/keys.h"
#include <assert.h>

enum { NAI_MAX = 200, MAC_LEN = 6, RELAY_NAME_MAX = 63, REG_RELAYS = 4 };

/* docs/protocol.md, section 2.5: a relay keeps a client's port for as long as home may still bind it. */
enum {
	REG_HOME_ANSWERS_MS = 5000, /* home has decided a request by then, or refuses it */
	REG_RELAY_WAITS_MS = 6000,  /* for home's answer to each */
};
static_assert((int)REG_RELAY_WAITS_MS >= (int)REG_HOME_ANSWERS_MS + 1000,
	      "a relay waits for home's latest answer and for the way there and back");

typedef struct reg_relay { /* a relay, as clients know it */
	endpoint at;
	char name[RELAY_NAME_MAX + 1]; /* "": not known yet */
} reg_relay;

typedef struct reg_key3 { /* KEY3 of one registration: unique, made by home, sent to both ends */
	uint32_t spi;     /* names it in mobile-foreign authentication; 0: none */
	uint8_t key[KEY3_LEN];
} reg_key3;

#endif
