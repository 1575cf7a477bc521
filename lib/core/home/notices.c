/* SPDX-License-Identifier: MIT */
#include "core/home/notices.h"

#include "core/home/places.h"
#include <openssl/rand.h>
#include <stddef.h>
#include <stdlib.h>

enum {
	FIRST = 100, /* are told in this time ... */
	FIRST_MS = 900,
	REST_MS = 3600, /* ... and the others in this one ... */
	PER_S = 1000, /* ... or, where they are very many, so many a second: a third of what one core registers */
	PER_TICK = 128,
	TIMES = 3,        /* as long as a client does not register */
	AGAIN_MS = 2000,  /* then twice that */
	FULL_MS = 20,     /* the queue had no room */
	HEARD_TIMES = 16, /* those on account of its own packets ... */
	HEARD_GAP_MS = 1000,
};

struct home_notice {
	home_notice *next; /* of those that wait */
	home_peer *peer;
	timer_entry timer;
	dgram_route to;
	uint32_t until_s; /* it was registered until then */
	unsigned times, heard_times;
	uint64_t heard_ms; /* before that time it is not told again on account of its packets */
};

static home_notice *notice_of(timer_entry *t)
{
	return (home_notice *)((char *)t - offsetof(home_notice, timer));
}

bool home_notices_open(home_notices *all)
{
	uint64_t seed;

	all->by_place = RAND_bytes((uint8_t *)&seed, sizeof seed) == 1 ? map_new(seed) : NULL;
	return all->by_place != NULL;
}

void home_notices_close(home_notices *all)
{
	timerq_free(&all->timers);
	map_free(all->by_place);
	all->by_place = NULL;
}

/* Exact for IPv4. An IPv6 address and a port are longer than a key: what is found is compared. */
static map_key key_of(const dgram_route *r)
{
	const ip_addr *a = &r->to.addr;

	if (a->len == 4)
		return (map_key){ r->to.port, (uint64_t)load_be32(a->b) << 32 | 4 };
	return (map_key){ load_be64(a->b) ^ (uint64_t)r->to.port << 24, load_be64(a->b + 8) };
}

static bool is_same_place(const dgram_route *a, const dgram_route *b)
{
	bool by_relay = a->sock >= DGRAM_RELAY || b->sock >= DGRAM_RELAY;

	return a->to.port == b->to.port && ip_equal(&a->to.addr, &b->to.addr) &&
	       (!by_relay || a->sock == b->sock);
}

/* --- clients --- */

void home_notices_add(home_notices *all, home_peer *p)
{
	dgram_route to;
	home_notice *n;

	if (!home_place_route(&p->place, all->conf, &to) || !(n = calloc(1, sizeof *n)))
		return;
	*n = (home_notice){
		.next = all->waiting, .peer = p, .to = to, .until_s = p->place.until_s
	};
	/* Its places from the start: later there is no moment at which they could be refused. */
	if (!timerq_set(&all->timers, &n->timer, UINT64_MAX) ||
	    !map_put(all->by_place, key_of(&to), n)) {
		timerq_cancel(&all->timers, &n->timer);
		free(n);
		return;
	}
	all->waiting = n;
	p->notice = n;
}

static void unlink_waiting(home_notices *all, const home_notice *n)
{
	home_notice **at = &all->waiting;

	while (*at && *at != n)
		at = &(*at)->next;
	if (*at)
		*at = n->next;
}

void home_notices_drop(home_notices *all, home_peer *p)
{
	home_notice *n = p->notice;

	if (!n)
		return;
	if (all->waiting)
		unlink_waiting(all, n);
	timerq_cancel(&all->timers, &n->timer);
	if (map_get(all->by_place, key_of(&n->to)) == n)
		map_del(all->by_place, key_of(&n->to));
	p->notice = NULL;
	free(n);
}

/* --- sending --- */

/* False: the queue is full. */
static bool send_notice(home_notices *all, const home_notice *n)
{
	uint8_t out[REG_NOTICE_LEN];
	size_t len = home_credential_build_notice(&n->peer->credential, out);

	if (len == 0)
		return true; /* cryptography failed: not again at once */
	if (!dgramq_put(all->tx, &n->to, out, len))
		return false;
	all->sent++;
	return true;
}

void home_notices_hear(home_notices *all, core_time now, const dgram_route *from)
{
	home_notice *n = map_count(all->by_place) ? map_get(all->by_place, key_of(from)) : NULL;

	if (!n || !is_same_place(&n->to, from) || now.ms < n->heard_ms ||
	    n->heard_times == HEARD_TIMES)
		return;
	n->heard_ms = now.ms + HEARD_GAP_MS;
	n->heard_times++;
	send_notice(all, n);
}

/* --- their turns --- */

static uint64_t turn_ms(size_t i, size_t n)
{
	size_t rest = n - FIRST;

	if (i < FIRST)
		return i * FIRST_MS / FIRST;
	return FIRST_MS +
	       (i - FIRST) * (rest > PER_S * REST_MS / 1000 ? rest * 1000 / PER_S : REST_MS) / rest;
}

typedef struct place_in_order {
	home_notice *notice;
} place_in_order;

/* Who registered last is there most likely. */
static int compare_until(const void *a, const void *b)
{
	uint64_t x = ((const place_in_order *)a)->notice->until_s;
	uint64_t y = ((const place_in_order *)b)->notice->until_s;

	return (x < y) - (x > y);
}

static size_t count_waiting(const home_notices *all)
{
	size_t n = 0;

	for (const home_notice *w = all->waiting; w; w = w->next)
		n++;
	return n;
}

static void sort_waiting(home_notices *all, size_t n)
{
	place_in_order *order = malloc(n * sizeof *order);
	size_t i = 0;

	if (!order)
		return; /* then in any order */
	for (home_notice *w = all->waiting; w; w = w->next)
		order[i++].notice = w;
	qsort(order, n, sizeof *order, compare_until);
	for (i = 0; i < n; i++)
		order[i].notice->next = i + 1 < n ? order[i + 1].notice : NULL;
	all->waiting = order[0].notice;
	free(order);
}

static uint64_t end_ms(const home_notice *n, core_time now)
{
	uint64_t s = now.ntp >> 32;

	return n->until_s > s ? now.ms + (n->until_s - s) * 1000 : now.ms;
}

static void drop_expired(home_notices *all, core_time now)
{
	home_notice *next;

	for (home_notice *w = all->waiting; w; w = next) {
		next = w->next;
		if (end_ms(w, now) <= now.ms)
			home_notices_drop(all, w->peer);
	}
}

static void give_turns(home_notices *all, core_time now)
{
	drop_expired(all, now);
	size_t n = count_waiting(all);
	if (n == 0)
		return;
	sort_waiting(all, n);
	for (size_t i = 0; i < n; i++) {
		home_notice *first = all->waiting;
		all->waiting = first->next;
		first->next = NULL;
		timerq_set(&all->timers, &first->timer, now.ms + turn_ms(i, n));
	}
	log_info(all->log, "%zu clients were registered before this start: they are told", n);
}

static void take_turn(home_notices *all, home_notice *n, core_time now)
{
	uint64_t end = end_ms(n, now), next = now.ms + ((uint64_t)AGAIN_MS << n->times);

	if (end <= now.ms) {
		home_notices_drop(all, n->peer);
		return;
	}
	if (n->times == TIMES)
		next = end;
	else if (send_notice(all, n))
		n->times++;
	else
		next = now.ms + FULL_MS;
	timerq_set(&all->timers, &n->timer, next < end ? next : end);
}

void home_notices_tick(home_notices *all, core_time now)
{
	timer_entry *t;

	if (all->waiting)
		give_turns(all, now);
	for (int i = 0; i < PER_TICK && (t = timerq_pop(&all->timers, now.ms)); i++) {
		/* Back among them before it is decided: there is room now. */
		timerq_set(&all->timers, t, UINT64_MAX);
		take_turn(all, notice_of(t), now);
	}
}

uint64_t home_notices_next_timer_ms(const home_notices *all)
{
	return all->waiting ? 0 : timerq_next_ms(&all->timers);
}
