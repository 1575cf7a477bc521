/* SPDX-License-Identifier: MIT */
/* verdict.h - what a check says of a registration. */
#ifndef HW_CORE_HOME_VERDICT_H
#define HW_CORE_HOME_VERDICT_H

#include "core/home/env.h"
#include "proto/mip.h"
#include "proto/mip_ext.h"

typedef enum home_outcome { HOME_PASS, HOME_REFUSE, HOME_MUST_WAIT } home_outcome;

typedef struct home_verdict {
	home_outcome outcome;
	home_wait wait;    /* what for */
	uint8_t code;      /* of the refusal (RFC 5944 3.4) */
	mip_notify notify; /* and why, more closely */
} home_verdict;

static inline home_verdict home_pass(void)
{
	return (home_verdict){ .outcome = HOME_PASS };
}

static inline home_verdict home_must_wait(home_wait w)
{
	return (home_verdict){ .outcome = HOME_MUST_WAIT, .wait = w };
}

static inline home_verdict home_refuse_because(uint8_t code, uint16_t reason, uint32_t data)
{
	return (home_verdict){ .outcome = HOME_REFUSE, .code = code, .notify = { reason, data } };
}

static inline home_verdict home_refuse(uint8_t code)
{
	return home_refuse_because(code, NOTIFY_NONE, 0);
}

static inline home_verdict home_pass_if(bool ok, uint8_t code)
{
	return ok ? home_pass() : home_refuse(code);
}

#endif
