/* SPDX-License-Identifier: MIT */
/* store.h - the security association database (RFC 4301 4.4.2) with the selectors that lead to it (4.4.1), for
 * home, client and relay alike.
 *
 * Theory of operation. An sa_pair is both directions of one association. The pairs with one peer under one
 * policy form an sa_set, which lies inside its owner (a home's peer, a client, a relay's link). Inbound packets
 * find their pair by SPI, outbound packets find their set by the selectors that the owner registered.
 *
 * A new pair is installed inbound first: from then on it is received on, but it is larval, and is not sent on
 * while there is a live one. The first packet that authenticates on it shows that the peer holds it, too: it
 * becomes live, and the one before is replaced, which is received on for some time longer, for packets that are
 * still on their way. Older larval ones are replaced with it: the peer may have sent on one of them, and the packets have
 * been overtaken. So there is no moment at which a packet meets an end that can't open it. A live pair whose
 * soft lifetime is over is dying: it is used as before, and its owner negotiates another. At the end of its hard
 * lifetime (time, packets or octets) a pair is dropped.
 *
 * No clock: times are monotonic milliseconds, given by the caller. Owns the pairs that are installed; borrows
 * the sets. Not thread-safe. */
#ifndef HW_CORE_SA_STORE_H
#define HW_CORE_SA_STORE_H

#include "base/addr.h"
#include "core/sa/esp_sa.h"

#define SA_NEVER UINT64_MAX

typedef enum sa_state {
	SA_LARVAL,   /* received on; the peer has not shown that it holds it */
	SA_LIVE,     /* sent and received on */
	SA_DYING,    /* as live; its soft lifetime is over */
	SA_REPLACED, /* received on only */
	SA_N_STATES
} sa_state;
const char *sa_state_name(sa_state s); /* "larval", "live", "dying", "replaced" */

/* Ends of a pair's life. What counts packets and octets counts those sealed. */
typedef struct sa_limits {
	uint64_t soft_ms, hard_ms;           /* points in time; SA_NEVER: none */
	uint64_t soft_packets, hard_packets; /* 0: no limit */
	uint64_t soft_octets, hard_octets;   /* 0: no limit */
} sa_limits;

typedef struct sa_set sa_set;

typedef struct sa_pair sa_pair;
struct sa_pair {       /* for reading; changed by the functions below alone */
	sa_pair *next; /* of its set, newest first */
	sa_set *set;   /* NULL: not installed */
	esp_sa *in, *out;
	uint32_t spi_in, spi_out;
	esp_cipher cipher;
	sa_state state;
	uint64_t born_ms;
	sa_limits limits;
};

typedef struct sa_pair_conf {
	esp_cipher cipher;
	bool esn; /* extended sequence numbers */
	uint32_t spi_in, spi_out;
	const uint8_t *key_in, *key_out; /* esp_key_len(cipher) octets each; copied */
	sa_limits limits;
	uint64_t now_ms;
} sa_pair_conf;
/* Not installed yet. NULL: no memory, or the cipher is not available. */
sa_pair *sa_pair_new(const sa_pair_conf *c);
void sa_pair_free(sa_pair *p); /* one that is not installed; wipes its keys; NULL is fine */
/* Renewal is due: by time, packets or octets. */
bool sa_pair_is_worn(const sa_pair *p, uint64_t now_ms);
/* Its hard lifetime is over. */
bool sa_pair_is_dead(const sa_pair *p, uint64_t now_ms);

typedef struct sa_store sa_store;
sa_store *sa_store_new(void);    /* NULL: no memory or no randomness */
void sa_store_free(sa_store *s); /* every set is empty by then; NULL is fine */
/* A random SPI that no pair is received on; at least ESP_MIN_SPI. 0: no randomness. */
uint32_t sa_store_pick_spi(const sa_store *s);
/* The pair that packets under that SPI came by; NULL: none. */
sa_pair *sa_store_find_in(sa_store *s, uint32_t spi);
/* The same, if it is of that set. */
sa_pair *sa_set_find_in(const sa_set *set, uint32_t spi);
/* The set with the most specific selector for packets to that address; NULL: none. */
sa_set *sa_store_find_out(const sa_store *s, const ip_addr *to);

/* Which packets a set is for (RFC 4301 4.4.1.1), by address. A prefix of length 0 and addr.len 4 or 16 is all of
 * that family; addr.len 0 in both is an unused selector. */
typedef struct sa_selector {
	ip_prefix local, remote; /* as the sender of an outbound packet sees them */
} sa_selector;
enum { SA_SELECTORS = 2 }; /* of a set: one for each family */

/* Of a kind of set; constant. Of more pairs than that the oldest is dropped. max_replaced is 0, or at least max_larval:
 * then the last live pair always has a place beside the larval ones that are replaced with it. */
typedef struct sa_rules {
	unsigned max_larval, max_replaced;
	uint32_t replaced_ms; /* how long a replaced pair is received on, at most */
} sa_rules;

struct sa_set {
	sa_store *store;
	const sa_rules *rules;
	void *owner;
	sa_pair *pairs; /* newest first */
	sa_pair *live;  /* sent on; NULL: none has been confirmed */
	sa_selector selectors[SA_SELECTORS];
	sa_set *prev_prefix,
		*next_prefix; /* in the store's list of sets whose selectors are no single hosts */
	bool has_prefix;
};

/* The set lies in its owner's memory and stays where it is until sa_set_close(). */
void sa_set_open(sa_set *set, sa_store *store, const sa_rules *rules, void *owner);
/* Its owner, if it was opened under these rules. NULL: it is of another kind; sets of several kinds share a store. */
void *sa_set_owner(const sa_set *set, const sa_rules *rules);
void sa_set_close(sa_set *set); /* drops all pairs and selectors; also of a set of zeros */

/* Takes the place of its selectors so far. False: a remote host is another set's, or no memory; all is as
 * before then. */
bool sa_set_select(sa_set *set, const sa_selector selectors[SA_SELECTORS]);
/* May a packet with these addresses leave by this set, or have come by it (RFC 4301 5.2 step 4)? */
bool sa_set_permits_out(const sa_set *set, const ip_addr *src, const ip_addr *dst);
bool sa_set_permits_in(const sa_set *set, const ip_addr *src, const ip_addr *dst);

/* Receives on it from now on. The set owns it if true; false: its SPI is received on already, or no memory; it is still
 * the caller's. */
bool sa_set_install(sa_set *set, sa_pair *p);
/* A packet authenticated on it: a larval pair becomes the live one. True: it did. */
bool sa_set_confirm(sa_set *set, sa_pair *p, uint64_t now_ms);
/* The pair to send on: the live one, or the newest larval one while there is none. NULL: there is none that
 * may be used. */
sa_pair *sa_set_sending(const sa_set *set, uint64_t now_ms);
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
