/* SPDX-License-Identifier: MIT */
#include "core/mux/waiting.h"

enum {
	OWN = 256,      /* packets of room that each tunnel has, */
	OWN_LEAST = 16, /* or half as many, or a quarter ..., while there is little left for all */
	MOST = 4096,    /* and that one may have: 230 ms of 200 Mbit/s */
	SHARED_MAX = 65536, /* beyond their own, all together: 130 MB if every slot is used */
	SHARE = 16,         /* one may have this part of what is left of that */
};

/* 0: there is none. */
static unsigned own_room(const mux_waiting_pool *pool)
{
	unsigned left = pool->most > pool->reserved ? pool->most - pool->reserved : 0, own = OWN;

	while (pool->most && own > left && own > OWN_LEAST)
		own /= 2;
	return pool->most && own > left ? 0 : own;
}

static unsigned shared_room(const mux_waiting_pool *pool, unsigned own)
{
	unsigned share = (SHARED_MAX - pool->shared) / SHARE;
	unsigned left = pool->most ? (pool->most - pool->reserved - own) / SHARE : share;

	share = share < left ? share : left;
	return share < MOST - OWN ? share : MOST - OWN;
}

static bool begin(mux_waiting *w, mux_waiting_pool *pool)
{
	w->own = own_room(pool);
	if (w->own == 0)
		return false;
	w->shared = shared_room(pool, w->own);
	w->queue = fairq_new(w->own + w->shared);
	if (!w->queue)
		return false;
	pool->shared += w->shared;
	pool->reserved += w->own + w->shared;
	return true;
}

void mux_waiting_end(mux_waiting *w, mux_waiting_pool *pool)
{
	if (!w->queue)
		return;
	pool->dropped += fairq_dropped(w->queue);
	pool->shared -= w->shared;
	pool->reserved -= w->own + w->shared;
	fairq_free(w->queue);
	w->queue = NULL;
}

/* All that a target sends is one flow: what is inside ESP can't be seen here. */
void mux_waiting_put(mux_waiting *w, mux_waiting_pool *pool, uint64_t now_ms, const uint8_t *p,
		     size_t n)
{
	w->last_ms = now_ms;
	if (w->queue || begin(w, pool))
		fairq_put(w->queue, now_ms, 0, p, n);
	else
		pool->dropped++;
}

uint64_t mux_waiting_expiry_ms(const mux_waiting *w)
{
	return w->queue ? w->last_ms + FAIRQ_AGE_MS : UINT64_MAX;
}
