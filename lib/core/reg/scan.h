/* SPDX-License-Identifier: MIT */
/* scan.h - a registration message is read in three steps, so that nothing is used before it is
 * authenticated. Scan: its shape, and one pass over its extensions that notes where each one is. Verify: the
 * authentication extensions. Open (request.h, reply.h, relay.h): decrypt and understand what was noted. */
#ifndef HW_CORE_REG_SCAN_H
#define HW_CORE_REG_SCAN_H

#include "core/reg/keys.h"
#include "proto/mip.h"
#include "proto/mip_ext.h"

typedef struct reg_auth { /* the first authentication extension of a type */
	bool present;
	uint32_t spi;
	wire_bytes authenticator, covered;
} reg_auth;

/* The largest messages of ours have 17; one with more than this many is malformed. */
enum { REG_EXTENSIONS = 32 };

typedef struct reg_scan { /* borrows from the message */
	wire_bytes msg;
	bool is_reply;
	bool unknown_critical;
	bool asks_time;      /* it is a question for home's time, and registers nothing */
	mip_request request; /* or */
	mip_reply reply;
	reg_auth mobile_home;
	size_t inner_len; /* of the message to the end of its mobile-home authentication; 0: none */
	/* What relays add; it follows the mobile-home authentication, so that home and client see the same
	 * inner message by every path. A relay's own reply has no inner message. */
	reg_auth mobile_foreign, foreign_home;
	bool has_relay_key, has_relay_name;
	mip_ext relay_key;     /* sealed: reg_relay_key_get() */
	wire_bytes relay_name; /* a claim: good for no more than choosing a key to verify with */
	/* The known ones that the mobile-home authentication covers, in order; none without it. */
	unsigned n_extensions;
	mip_ext extensions[REG_EXTENSIONS];
} reg_scan;

bool reg_scan_message(const uint8_t *p, size_t n, reg_scan *out); /* false: malformed */

/* In constant time; false also when the extension is absent. */
bool reg_verify_mobile_home(const reg_scan *s, const key0_set *k);
bool reg_verify_mobile_foreign(const reg_scan *s, const uint8_t key[32]);
bool reg_verify_foreign_home(const reg_scan *s, const uint8_t key[32]);

#endif
