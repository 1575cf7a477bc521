/* SPDX-License-Identifier: MIT */
/* store.h - the security association database (RFC 4301 4.4.2) with the selectors that lead to it (4.4.1), for
 * home, client and relay alike, and for whatever else has associations with a peer.
 *
 * Theory of operation. An sa_pair (pair.h) is both directions of one association. The pairs with one peer under one
 * policy form an sa_set (set.h), which lies inside its owner (a home's peer, a client, a relay's link, a child SA of
 * IKEv2). Inbound packets find their pair by SPI, outbound packets find their set by the selectors (selector.h) that
 * the owner registered: of those that cover the packet and have a pair to send on, the most specific. A set that has
 * none to send on stands in nobody's way.
 *
 * A new pair is installed inbound first: from then on it is received on, but it is larval, and is not sent on
 * while there is a live one. The first packet that authenticates on it shows that the peer holds it, too, or the peer
 * says so by other means (an acknowledgement by way of a third): it becomes live, and the one before is replaced,
 * which is received on for some time longer, for packets that are still on their way. Older larval ones are replaced
 * with it: the peer may have sent on one of them, and the packets have been overtaken. So there is no moment at which
 * a packet meets an end that can't open it. Whether a larval pair is sent on while there is no live one is a rule of
 * the kind of set. A live pair whose soft lifetime is over is dying: it is used as before, and its owner negotiates
 * another. At the end of its hard lifetime (time, packets or octets) a pair is dropped.
 *
 * No clock: times are monotonic milliseconds, given by the caller. Owns the pairs that are installed; borrows
 * the sets. Not thread-safe. */
#ifndef HW_CORE_SA_STORE_H
#define HW_CORE_SA_STORE_H

#include "core/sa/pair.h"

struct sa_set;

typedef struct sa_store sa_store;
sa_store *sa_store_new(void);    /* NULL: no memory or no randomness */
void sa_store_free(sa_store *s); /* every set is empty by then; NULL is fine */
/* A random SPI that no pair is received on; at least ESP_MIN_SPI. 0: no randomness. */
uint32_t sa_store_pick_spi(const sa_store *s);
/* The pair that packets under that SPI came by; NULL: none. */
sa_pair *sa_store_find_in(sa_store *s, uint32_t spi);

/* A set with a pair that traffic has taken to one of its limits: sa_set_tick() is due now, whatever timer its owner
 * has set. Each is given once; NULL: no more. */
struct sa_set *sa_store_take_worn(sa_store *s);
bool sa_store_has_worn(const sa_store *s);
void sa_store_report_worn(struct sa_set *set); /* pair.c's */

#endif
