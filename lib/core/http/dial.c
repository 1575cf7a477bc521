/* SPDX-License-Identifier: MIT */
#include "core/http/dial.h"
#include <string.h>

void dial_init(dial *d, unsigned n, uint64_t now_ms)
{
	memset(d, 0, sizeof *d);
	d->n = n < DIAL_ATTEMPTS ? n : DIAL_ATTEMPTS;
	d->next_ms = now_ms;
}

static bool has_any(const dial *d, dial_state s)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->attempt[i] == s)
			return true;
	return false;
}

/* The next in order; -1: all have begun. */
static int first_waiting(const dial *d)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->attempt[i] == DIAL_WAITING)
			return (int)i;
	return -1;
}

/* RFC 8305 5: one attempt every Connection Attempt Delay, or sooner when one fails; none is begun once one
 * has succeeded. */
int dial_begin_next(dial *d, uint64_t now_ms)
{
	int next = first_waiting(d);

	if (next < 0 || now_ms < d->next_ms || has_any(d, DIAL_WON))
		return -1;
	d->attempt[next] = DIAL_UNDER_WAY;
	d->since_ms[next] = now_ms;
	d->next_ms = now_ms + DIAL_STAGGER_MS;
	return next;
}

int dial_find_overdue(const dial *d, uint64_t now_ms)
{
	if (has_any(d, DIAL_WON))
		return -1;
	for (unsigned i = 0; i < d->n; i++)
		if (d->attempt[i] == DIAL_UNDER_WAY && now_ms >= d->since_ms[i] + DIAL_TIMEOUT_MS)
			return (int)i;
	return -1;
}

/* An attempt that fails before it began is no news of the network: the pace stays. */
void dial_failed(dial *d, unsigned attempt, uint64_t now_ms)
{
	if (attempt >= d->n)
		return;
	if (d->attempt[attempt] != DIAL_WAITING && d->attempt[attempt] != DIAL_FAILED &&
	    d->next_ms > now_ms)
		d->next_ms = now_ms;
	d->attempt[attempt] = DIAL_FAILED;
}

void dial_won(dial *d, unsigned attempt)
{
	if (attempt < d->n)
		d->attempt[attempt] = DIAL_WON;
}

bool dial_has_failed(const dial *d)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->attempt[i] != DIAL_FAILED)
			return false;
	return true;
}

uint64_t dial_next_timer_ms(const dial *d)
{
	uint64_t timer = first_waiting(d) >= 0 ? d->next_ms : UINT64_MAX;

	if (has_any(d, DIAL_WON))
		return UINT64_MAX;
	for (unsigned i = 0; i < d->n; i++) {
		uint64_t end = d->since_ms[i] + DIAL_TIMEOUT_MS;
		if (d->attempt[i] == DIAL_UNDER_WAY && end < timer)
			timer = end;
	}
	return timer;
}
