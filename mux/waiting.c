/* SPDX-License-Identifier: MIT */
/* waiting.c - datagrams that wait for a slow reader. Memory is there only while some do. Each has room for a
 * few; for more than that all readers together have a bound, and the nearer it is the less one gets. */
#include "mux.h"

enum {
	FLOOR = 256,         /* packets */
	MOST = 4096,         /* 230 ms of 200 Mbit/s */
	MORE_OF_ALL = 65536, /* 130 MB if every slot of each is used */
	SHARE = 16,          /* of what is left of that, one may have that part */
};

static bool begin(mux *m, waiting *w)
{
	unsigned left = (MORE_OF_ALL - m->waiting_more) / SHARE;

	w->more = left < MOST - FLOOR ? left : MOST - FLOOR;
	w->q = fairq_new(FLOOR + w->more);
	if (!w->q)
		return false;
	m->waiting_more += w->more;
	return true;
}

void waiting_end(mux *m, waiting *w)
{
	if (!w->q)
		return;
	m->counts.dropped_slow += fairq_dropped(w->q);
	m->waiting_more -= w->more;
	fairq_free(w->q);
	w->q = NULL;
}

/* All that a target sends is one flow: what is inside ESP can't be seen here. */
void waiting_put(mux *m, waiting *w, uint64_t now_ms, const uint8_t *p, size_t n)
{
	w->last_ms = now_ms;
	if (w->q || begin(m, w))
		fairq_put(w->q, now_ms, 0, p, n);
	else
		m->counts.dropped_slow++;
}

uint64_t waiting_over_ms(const waiting *w)
{
	return w->q ? w->last_ms + FAIRQ_AGE_MS : UINT64_MAX;
}
