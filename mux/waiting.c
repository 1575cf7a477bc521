/* SPDX-License-Identifier: MIT */
/* waiting.c - datagrams that wait for a slow reader. Memory is there only while some do, and all readers
 * together have a bound: when it is nearly reached, each that becomes slow gets less. */
#include "mux.h"

enum {
	ROOM = 4096,         /* packets: 230 ms of 200 Mbit/s */
	ROOM_OF_ALL = 65536, /* 130 MB if every slot of each is used */
	SHARE = 16,          /* of what is left, one may have that part */
};

static bool begin(mux *m, waiting *w)
{
	unsigned left = (ROOM_OF_ALL - m->waiting_room) / SHARE;

	w->room = left < ROOM ? left : ROOM;
	w->q = w->room ? fairq_new(w->room) : NULL;
	if (!w->q)
		return false;
	m->waiting_room += w->room;
	return true;
}

void waiting_end(mux *m, waiting *w)
{
	if (!w->q)
		return;
	m->counts.dropped_slow += fairq_dropped(w->q);
	m->waiting_room -= w->room;
	fairq_free(w->q);
	w->q = NULL;
}

/* All that a target sends is one flow: what is inside ESP can't be seen here. */
void waiting_put(mux *m, waiting *w, const uint8_t *p, size_t n)
{
	if (w->q || begin(m, w))
		fairq_put(w->q, mux_now(), 0, p, n);
	else
		m->counts.dropped_slow++;
}

const uint8_t *waiting_get(waiting *w, size_t *n)
{
	return w->q ? fairq_get(w->q, mux_now(), n) : NULL;
}
