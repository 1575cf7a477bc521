/* SPDX-License-Identifier: MIT */
#include "core/client/events.h"

static bool is_same(const client_event *a, const client_event *b)
{
	return a->kind == b->kind && a->path == b->path && a->agent == b->agent &&
	       a->flag == b->flag;
}

void client_events_put(client_events *q, client_event e)
{
	for (unsigned i = 0; i < q->n; i++)
		if (is_same(&q->queue[(q->first + i) % CLIENT_EVENTS_MAX], &e))
			return;
	if (q->n == CLIENT_EVENTS_MAX) {
		q->lost++;
		return;
	}
	q->queue[(q->first + q->n++) % CLIENT_EVENTS_MAX] = e;
}

bool client_events_take(client_events *q, client_event *out)
{
	if (q->n == 0)
		return false;
	*out = q->queue[q->first];
	q->first = (q->first + 1) % CLIENT_EVENTS_MAX;
	q->n--;
	return true;
}
