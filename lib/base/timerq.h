/* SPDX-License-Identifier: MIT */
/* timerq.h - timers of many objects: a binary heap of intrusive entries, O(log n) each.
 * The entry lives inside its owner; the queue owns only its array of pointers. */
#ifndef HW_BASE_TIMERQ_H
#define HW_BASE_TIMERQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct timer_entry {
	uint64_t at_ms;
	size_t slot; /* 0: not queued (the heap is 1-based) */
} timer_entry;

typedef struct timerq {
	timer_entry **heap;
	size_t n, cap;
} timerq;

void timerq_free(timerq *q);
/* Queue or move; false: no memory (the entry then keeps what it had). */
bool timerq_set(timerq *q, timer_entry *t, uint64_t at_ms);
void timerq_cancel(timerq *q, timer_entry *t);
uint64_t timerq_next_ms(const timerq *q); /* UINT64_MAX: nothing queued */
timer_entry *timerq_pop(timerq *q,
			uint64_t now_ms); /* the earliest until now_ms, taken out; NULL: none */

#endif
