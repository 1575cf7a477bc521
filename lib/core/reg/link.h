/* SPDX-License-Identifier: MIT */
/* link.h - the association of a relay itself with home (docs/protocol.md, section 18.4): hello and welcome carry
 * ephemeral X25519 values and are authenticated under KEY2, then ESP both ways with AES-256-GCM. The keys come from
 * the shared value, KEY2 and both messages; the ephemeral keys are wiped as soon as they are derived. So KEY2, when it
 * is stolen, opens nothing that was recorded before. Used by both ends, each of which keeps the pair in its store. No
 * clock, no retransmission. */
#ifndef HW_CORE_REG_LINK_H
#define HW_CORE_REG_LINK_H

#include "core/crypto/dh.h"
#include "core/packet/dgramq.h"
#include "core/reg/keys.h"
#include "core/sa/pair.h"
#include "proto/relay_link.h"

/* An association's soft lifetime, upon which the relay says hello anew, and its hard one. What a thief of the keys in
 * memory can read of what was recorded goes back so far. */
enum {
	REG_LINK_RENEW_MS = 600000,
	REG_LINK_END_MS = 900000,
	REG_LINK_RENEW_PACKETS = 1 << 20,
	REG_LINK_END_PACKETS = 1 << 21,
};

/* Relay: what a hello offers. Begins zeroed. */
typedef struct reg_link_offer {
	dh *own; /* NULL: no offer, or it has made an association */
	uint32_t spi;
	uint8_t hello[LINK_HELLO_LEN]; /* to be sent, each time the same */
} reg_link_offer;
/* In place of the former one; spi: where the relay receives; flags: 0 or LINK_CONTINUES. False: cryptography failed,
 * there is none. */
bool reg_link_make_offer(reg_link_offer *o, const key2_set *k, uint32_t spi, uint8_t flags,
			 uint64_t now_ntp);
void reg_link_drop_offer(reg_link_offer *o); /* wipes the ephemeral key */

/* Home: false unless it is a hello, and authentic. Costs one HMAC: nothing dearer is done for one that is not. */
bool reg_link_verify_hello(const key2_set *k, const link_hello *m);
/* Home: answers an authentic hello; writes the welcome and makes the pair, which is the caller's. */
typedef struct reg_link_answer {
	const link_hello *hello;
	uint32_t spi_in; /* where home receives */
	uint8_t flags;   /* 0 or LINK_CONTINUES */
} reg_link_answer;
/* False: no memory, cryptography failed, or the hello's value is not acceptable; *pair is NULL then. */
bool reg_link_build_welcome(const key2_set *k, const reg_link_answer *a, core_time now,
			    uint8_t out[LINK_HELLO_LEN], sa_pair **pair);
/* Relay: a welcome to its own offer makes the pair, which is the caller's, and uses the offer up. NULL: it is not
 * authentic, not to this offer, its value is not acceptable, or there is no memory. */
sa_pair *reg_link_take_welcome(const key2_set *k, reg_link_offer *o, const link_hello *m,
			       uint64_t now_ms);

/* Seals a control message that the caller writes in place: returns where its body goes, NULL: the queue is
 * full. */
uint8_t *reg_link_reserve(dgramq *q, size_t max);
/* The body at the reserved place has n octets. False: the pair's lifetime is over. */
bool reg_link_commit(dgramq *q, const dgram_route *r, sa_pair *pair, uint64_t now_ms, uint8_t *body,
		     size_t n);
/* Opens in place; false: not of this pair, its lifetime is over, not authentic, replayed, or not a control message. */
bool reg_link_open(sa_pair *pair, uint64_t now_ms, uint8_t *p, size_t n, wire_bytes *body);

#endif
