/* SPDX-License-Identifier: MIT */
/* dial.h - side by side with a short stagger (RFC 8305 5): ways to reach the same thing, in order of
 * preference; the next is begun when the one before has been tried for a while or failed, and the first
 * that succeeds wins, the others are given up. A machine without sockets: time is an argument. Row B1. */
#ifndef HW_CORE_HTTP_DIAL_H
#define HW_CORE_HTTP_DIAL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	DIAL_WAYS = 20,
	DIAL_STAGGER_MS = 250,    /* RFC 8305 5: Connection Attempt Delay */
	DIAL_PATIENCE_MS = 15000, /* for one way */
};

typedef enum dial_state { DIAL_WAITING, DIAL_TRYING, DIAL_FAILED, DIAL_WON } dial_state;

typedef struct dial {
	dial_state way[DIAL_WAYS];
	uint64_t since_ms[DIAL_WAYS];
	unsigned n;
	uint64_t next_ms; /* the next way may begin */
} dial;

/* No more than DIAL_WAYS are kept. */
void dial_begin(dial *d, unsigned n, uint64_t now_ms);
/* The way to begin now, or -1: none yet. Call until it says -1. */
int dial_next(dial *d, uint64_t now_ms);
/* A way whose time is over: to be given up and reported as failed. -1: none. */
int dial_overdue(const dial *d, uint64_t now_ms);
/* If it was tried, the next may begin at once. One that had won may fail later: the others go on. */
void dial_failed(dial *d, unsigned way, uint64_t now_ms);
/* Nothing more is begun; ways that are DIAL_TRYING are for the caller to close. */
void dial_won(dial *d, unsigned way);
bool dial_over(const dial *d);       /* every way has failed */
uint64_t dial_due_ms(const dial *d); /* when to ask again; UINT64_MAX: never */

#endif
