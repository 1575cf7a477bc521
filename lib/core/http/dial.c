/* SPDX-License-Identifier: MIT */
#include "core/http/dial.h"
#include <string.h>

void dial_begin(dial *d, unsigned n, uint64_t now_ms)
{
	memset(d, 0, sizeof *d);
	d->n = n < DIAL_WAYS ? n : DIAL_WAYS;
	d->next_ms = now_ms;
}

static bool any(const dial *d, dial_state s)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->way[i] == s)
			return true;
	return false;
}

/* The next in order; -1: all have begun. */
static int waiting(const dial *d)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->way[i] == DIAL_WAITING)
			return (int)i;
	return -1;
}

/* RFC 8305 5: one attempt every Connection Attempt Delay, or sooner when one fails; none is begun once one
 * has succeeded. */
int dial_next(dial *d, uint64_t now_ms)
{
	int way = waiting(d);

	if (way < 0 || now_ms < d->next_ms || any(d, DIAL_WON))
		return -1;
	d->way[way] = DIAL_TRYING;
	d->since_ms[way] = now_ms;
	d->next_ms = now_ms + DIAL_STAGGER_MS;
	return way;
}

int dial_overdue(const dial *d, uint64_t now_ms)
{
	if (any(d, DIAL_WON))
		return -1;
	for (unsigned i = 0; i < d->n; i++)
		if (d->way[i] == DIAL_TRYING && now_ms >= d->since_ms[i] + DIAL_PATIENCE_MS)
			return (int)i;
	return -1;
}

/* A way that fails before it was begun says nothing about the network: the pace stays. */
void dial_failed(dial *d, unsigned way, uint64_t now_ms)
{
	if (way >= d->n)
		return;
	if ((d->way[way] == DIAL_TRYING || d->way[way] == DIAL_WON) && d->next_ms > now_ms)
		d->next_ms = now_ms;
	d->way[way] = DIAL_FAILED;
}

void dial_won(dial *d, unsigned way)
{
	if (way < d->n)
		d->way[way] = DIAL_WON;
}

bool dial_over(const dial *d)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->way[i] != DIAL_FAILED)
			return false;
	return true;
}

uint64_t dial_due_ms(const dial *d)
{
	uint64_t due = waiting(d) >= 0 ? d->next_ms : UINT64_MAX;

	if (any(d, DIAL_WON))
		return UINT64_MAX;
	for (unsigned i = 0; i < d->n; i++) {
		uint64_t end = d->since_ms[i] + DIAL_PATIENCE_MS;
		if (d->way[i] == DIAL_TRYING && end < due)
			due = end;
	}
	return due;
}
