/* SPDX-License-Identifier: MIT */
/* link.h - the association of a relay itself with home, made under KEY2: hello, welcome, then ESP both ways
 * with AES-256-GCM, keys from KEY2 and both nonces (docs/protocol.md, section 18.4). Used by both ends, each
 * of which keeps the pair in its store. No clock, no retransmission. */
#ifndef HW_CORE_REG_LINK_H
#define HW_CORE_REG_LINK_H

#include "core/packet/dgramq.h"
#include "core/reg/keys.h"
#include "core/sa/pair.h"
#include "proto/relay_link.h"

/* Relay: what a hello offers; kept for the answer. */
typedef struct reg_link_offer {
	uint32_t spi; /* where the relay receives; 0: no offer */
	uint8_t nonce[LINK_NONCE_LEN];
} reg_link_offer;
bool reg_link_make_offer(reg_link_offer *o, uint32_t spi); /* false: no randomness */
/* Returns LINK_HELLO_LEN; 0: cryptography failed. */
size_t reg_link_build_hello(const key2_set *k, const reg_link_offer *o, uint64_t now_ntp,
			    uint8_t out[LINK_HELLO_LEN]);

/* Home: false unless it is a hello, and authentic. */
bool reg_link_verify_hello(const key2_set *k, const link_hello *m);
/* Home: answers an authentic hello; writes the welcome and makes the pair, which is the caller's. spi_in:
 * where home receives. Returns LINK_HELLO_LEN; 0: no randomness or no memory, *pair is NULL then. */
size_t reg_link_build_welcome(const key2_set *k, const link_hello *hello, uint32_t spi_in,
			      core_time now, uint8_t out[LINK_HELLO_LEN], sa_pair **pair);
/* Relay: a welcome to its own offer makes the pair, which is the caller's. NULL: it is not authentic, not to
 * this offer, or there is no memory. */
sa_pair *reg_link_take_welcome(const key2_set *k, const reg_link_offer *o, const link_hello *m,
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
