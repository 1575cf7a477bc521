/* SPDX-License-Identifier: MIT */
/* set.h - the associations with one peer under one policy: which pair is sent on, which are received on, and for which
 * packets (store.h has the theory of operation). */
#ifndef HW_CORE_SA_SET_H
#define HW_CORE_SA_SET_H

#include "core/sa/selector_index.h"
#include "core/sa/store.h"

enum { SA_SELECTORS_MAX = 32 }; /* of a set */

/* Of a kind of set; constant. Of more pairs than that the oldest is dropped. max_replaced is 0, or at least max_larval:
 * then the last live pair always has a place beside the larval ones that are replaced with it. */
typedef struct sa_rules {
	unsigned max_larval, max_replaced;
	uint32_t replaced_ms; /* how long a replaced pair is received on, at most */
	bool sends_larval; /* while there is no live pair; else only what the peer has shown to hold is sent on */
} sa_rules;

typedef struct sa_set sa_set;
struct sa_set { /* for reading; changed by the functions here and in store.h alone */
	sa_store *store;
	const sa_rules *rules;
	void *owner;
	sa_pair *pairs; /* newest first */
	sa_pair *live;  /* sent on; NULL: none has been confirmed */
	sa_entries selectors;
	sa_set *next_worn, **worn_from; /* store.c's; NULL: not in its list */
};

/* The set lies in its owner's memory and stays where it is until sa_set_close(). */
void sa_set_open(sa_set *set, sa_store *store, const sa_rules *rules, void *owner);
/* Its owner, if it was opened under these rules. NULL: it is of another kind; sets of several kinds share a store. */
void *sa_set_owner(const sa_set *set, const sa_rules *rules);
void sa_set_close(sa_set *set); /* drops all pairs and selectors; also of a set of zeros */

/* These take the place of its selectors so far; they are copied. Other sets may have the same ones: the latest is
 * looked at first. False: one is not valid, they are too many, or no memory; all is as before then. */
bool sa_set_select(sa_set *set, const sa_selector *selectors, unsigned n);
/* May a packet leave by this set, or have come by it (RFC 4301 5.2 step 4)? */
bool sa_set_permits(const sa_set *set, const sa_packet *p);
/* The set that a packet leaves by: of those that permit it and have a pair to send on the one with the most specific
 * selector. If none has a pair, the most specific; NULL: none permits it. */
sa_set *sa_set_find_out(const sa_store *s, const sa_packet *p, uint64_t now_ms);

/* As sa_store_find_in(), if it is of that set. */
sa_pair *sa_set_find_in(const sa_set *set, uint32_t spi);

/* Receives on it from now on. The set owns it if true; false: its SPI is received on already, or no memory; it is still
 * the caller's. */
bool sa_set_install(sa_set *set, sa_pair *p);
/* A packet authenticated on it, or the peer has acknowledged it: a larval pair becomes the live one. True: it did. */
bool sa_set_confirm(sa_set *set, sa_pair *p, uint64_t now_ms);
/* The pair to send on: the live one, or by the rules the newest larval one while there is none that may be used. NULL:
 * there is none. */
sa_pair *sa_set_sending(const sa_set *set, uint64_t now_ms);
/* Seals on that pair, as sa_pair_seal(): where one ends within a burst, the next goes on. 0: there is none. */
size_t sa_set_seal(sa_set *set, uint64_t now_ms, uint8_t *pkt, size_t inner_len,
		   uint8_t next_header);
/* The newest pair, if it is newer than the live one and not confirmed; NULL: there is none. */
sa_pair *sa_set_unconfirmed(const sa_set *set);

void sa_set_drop(sa_set *set, sa_pair *p);
void sa_set_drop_all(sa_set *set);
/* None is sent on any more; all are received on until then at most. */
void sa_set_retire_all(sa_set *set, uint64_t until_ms);
/* The newest pair leads nowhere: it is not waited for any longer. */
void sa_set_give_up(sa_set *set, sa_pair *p, uint64_t now_ms);
/* Drops what is dead, and marks as dying what is worn. True: the live pair is gone. */
bool sa_set_tick(sa_set *set, uint64_t now_ms);
uint64_t sa_set_next_timer_ms(const sa_set *set); /* 0: now; SA_NEVER: no timer */

#endif
