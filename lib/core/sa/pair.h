/* SPDX-License-Identifier: MIT */
/* pair.h - both directions of one association, and the limits of its life: points in time, packets and octets of
 * either direction (RFC 4301 4.4.2.1). They are enforced here and nowhere else: nothing is sealed or opened on a pair
 * whose hard lifetime is over; a pair in a set that reaches a limit by traffic is reported to the store
 * (sa_store_take_worn()). */
#ifndef HW_CORE_SA_PAIR_H
#define HW_CORE_SA_PAIR_H

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

/* At a soft limit another pair is to be negotiated, at a hard one this one is dropped. Packets and octets of each
 * direction count by themselves. */
typedef struct sa_limits {
	uint64_t soft_ms, hard_ms;           /* points in time; SA_NEVER: none */
	uint64_t soft_packets, hard_packets; /* 0: no limit */
	uint64_t soft_octets, hard_octets;   /* 0: no limit */
} sa_limits;

typedef struct sa_pair sa_pair;
struct sa_pair {            /* for reading; changed by the functions here and in set.h alone */
	sa_pair *next;      /* of its set, newest first */
	struct sa_set *set; /* NULL: not installed */
	esp_sa *in, *out;
	uint32_t spi_in, spi_out;
	esp_cipher cipher;
	sa_state state;
	uint8_t wear; /* by traffic; pair.c's */
	uint64_t born_ms;
	sa_limits limits; /* SA_NEVER in place of 0 */
};

typedef struct sa_pair_conf {
	esp_cipher cipher;
	bool esn; /* extended sequence numbers; without them 2^32-1 packets are a hard limit */
	uint32_t spi_in, spi_out;
	const uint8_t *key_in, *key_out; /* esp_key_len(cipher) octets each; copied */
	sa_limits limits;
	uint64_t now_ms;
} sa_pair_conf;
/* Not installed yet. NULL: no memory, or the cipher is not available. */
sa_pair *sa_pair_new(const sa_pair_conf *c);
void sa_pair_free(sa_pair *p); /* one that is not installed; wipes its keys; NULL is fine */

/* As esp_seal(). 0: its lifetime is over, too. */
size_t sa_pair_seal(sa_pair *p, uint64_t now_ms, uint8_t *pkt, size_t inner_len,
		    uint8_t next_header);
/* As esp_open(). ESP_DROP_EXPIRED: its lifetime is over. */
esp_verdict sa_pair_open(sa_pair *p, uint64_t now_ms, uint8_t *pkt, size_t n, esp_opened *out);

bool sa_pair_is_worn(const sa_pair *p, uint64_t now_ms); /* a soft limit is reached */
bool sa_pair_is_dead(const sa_pair *p, uint64_t now_ms); /* a hard one is */

#endif
