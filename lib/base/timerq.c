/* SPDX-License-Identifier: MIT */
#include "base/timerq.h"

#include <stdlib.h>

void timerq_free(timerq *q)
{
	for (size_t i = 1; i <= q->n; i++)
		q->heap[i]->slot = 0;
	free(q->heap);
	*q = (timerq){ 0 };
}

static void place(timerq *q, size_t i, timer_entry *t)
{
	q->heap[i] = t;
	t->slot = i;
}

static void sift_up(timerq *q, size_t i, timer_entry *t)
{
	for (; i > 1 && t->at_ms < q->heap[i / 2]->at_ms; i /= 2)
		place(q, i, q->heap[i / 2]);
	place(q, i, t);
}

static void sift_down(timerq *q, size_t i, timer_entry *t)
{
	for (size_t child; (child = 2 * i) <= q->n; i = child) {
		if (child < q->n && q->heap[child + 1]->at_ms < q->heap[child]->at_ms)
			child++;
		if (t->at_ms <= q->heap[child]->at_ms)
			break;
		place(q, i, q->heap[child]);
	}
	place(q, i, t);
}

static void settle(timerq *q, size_t i, timer_entry *t)
{
	if (i > 1 && t->at_ms < q->heap[i / 2]->at_ms)
		sift_up(q, i, t);
	else
		sift_down(q, i, t);
}

/* Room for one more, cell 0 unused. */
static bool reserve(timerq *q)
{
	if (q->n + 2 <= q->cap)
		return true;
	size_t cap = q->cap ? 2 * q->cap : 16;
	timer_entry **heap = realloc(q->heap, cap * sizeof(timer_entry *));
	if (!heap)
		return false;
	q->heap = heap;
	q->cap = cap;
	return true;
}

bool timerq_set(timerq *q, timer_entry *t, uint64_t at_ms)
{
	if (!t->slot) {
		if (!reserve(q))
			return false;
		q->n++;
		t->at_ms = at_ms;
		sift_up(q, q->n, t);
		return true;
	}
	t->at_ms = at_ms;
	settle(q, t->slot, t);
	return true;
}

void timerq_cancel(timerq *q, timer_entry *t)
{
	size_t i = t->slot;

	if (!i)
		return;
	t->slot = 0;
	timer_entry *last = q->heap[q->n--];
	if (last != t)
		settle(q, i, last);
}

uint64_t timerq_next_ms(const timerq *q)
{
	return q->n ? q->heap[1]->at_ms : UINT64_MAX;
}

timer_entry *timerq_pop(timerq *q, uint64_t now_ms)
{
	if (!q->n || q->heap[1]->at_ms > now_ms)
		return NULL;
	timer_entry *t = q->heap[1];
	timerq_cancel(q, t);
	return t;
}
