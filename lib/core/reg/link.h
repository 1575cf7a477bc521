/* SPDX-License-Identifier: MIT */
/* link.h - the association of a relay itself with home, made under KEY2: hello, welcome, then
 * ESP both ways (AES-256-GCM, keys from KEY2 and both nonces). Used by both ends; owns no time and no
 * retransmission. A hello replayed by somebody costs home one answer and changes nothing: what it makes is
 * used only once a packet authenticates under it. */
#ifndef HW_CORE_REG_LINK_H
#define HW_CORE_REG_LINK_H

#include "core/packet/dgramq.h"
#include "core/reg/keys.h"
#include "proto/relay_link.h"

typedef struct link_sa { /* both directions; zero: none */
	esp_sa *in, *out;
	uint32_t spi_in;
} link_sa;
void link_sa_drop(link_sa *sa);

/* Relay: writes a hello that offers spi_in and nonce (both made here, kept by the caller for the answer). */
typedef struct link_offer {
	uint32_t spi;
	uint8_t nonce[LINK_NONCE_LEN];
} link_offer;
bool link_offer_make(link_offer *o);
size_t link_hello_build(const key2_set *k, const link_offer *o, uint64_t now_ntp,
			uint8_t out[LINK_HELLO_LEN]);
/* Home: is it authentic? */
bool link_hello_ok(const key2_set *k, const link_hello *m);
/* Home: answers an authentic hello; writes the welcome and makes the association. spi_in: where home receives.
 * 0: no randomness or no memory; *sa is then empty. */
size_t link_welcome_build(const key2_set *k, const link_hello *hello, uint32_t spi_in,
			  uint64_t now_ntp, uint8_t out[LINK_HELLO_LEN], link_sa *sa);
/* Relay: a welcome to its own offer makes the association; false: not authentic, or not to this offer. */
bool link_welcome_take(const key2_set *k, const link_offer *o, const link_hello *m, link_sa *sa);

/* Seals a control message, written in place by the caller at link_room(): returns where its body goes, or NULL
 * when the queue is full; then link_commit() with the body's length. */
uint8_t *link_room(dgramq *q, size_t max);
bool link_commit(dgramq *q, const dgram_route *r, link_sa *sa, uint8_t *body, size_t n);
/* Opens in place; false: not authentic, replayed, or not a control message. */
bool link_open(link_sa *sa, uint8_t *p, size_t n, wire_bytes *body);

#endif
