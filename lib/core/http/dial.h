/* SPDX-License-Identifier: MIT */
/* dial.h - connection attempts side by side with a short stagger (RFC 8305 5): several addresses or proxies
 * that lead to the same host, in order of preference. The next attempt begins when the one before has been
 * under way for a while or failed; the first that succeeds wins and the others are given up. No sockets here;
 * time is an argument. */
#ifndef HW_CORE_HTTP_DIAL_H
#define HW_CORE_HTTP_DIAL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	DIAL_ATTEMPTS = 20,
	DIAL_STAGGER_MS = 250,   /* RFC 8305 5: Connection Attempt Delay */
	DIAL_TIMEOUT_MS = 15000, /* of one attempt */
};

typedef enum dial_state { DIAL_WAITING, DIAL_UNDER_WAY, DIAL_FAILED, DIAL_WON } dial_state;

typedef struct dial {
	dial_state attempt[DIAL_ATTEMPTS];
	uint64_t since_ms[DIAL_ATTEMPTS];
	unsigned n;
	uint64_t next_ms; /* the next attempt may begin */
} dial;

/* No more than DIAL_ATTEMPTS are kept. */
void dial_init(dial *d, unsigned n, uint64_t now_ms);
/* Begins the next attempt if its time has come. -1: not yet, or none is left. Call until it returns -1. */
int dial_begin_next(dial *d, uint64_t now_ms);
/* An attempt that has timed out: give it up and report it with dial_failed(). -1: none. */
int dial_find_overdue(const dial *d, uint64_t now_ms);
/* If it was under way, the next may begin at once. One that had won may fail later: the others go on. */
void dial_failed(dial *d, unsigned attempt, uint64_t now_ms);
/* No more attempts begin; those that are DIAL_UNDER_WAY are for the caller to close. */
void dial_won(dial *d, unsigned attempt);
bool dial_has_failed(const dial *d);        /* every attempt has */
uint64_t dial_next_timer_ms(const dial *d); /* UINT64_MAX: none */

#endif
