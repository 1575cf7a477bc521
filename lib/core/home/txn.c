/* SPDX-License-Identifier: MIT */
#include "core/home/txn.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stddef.h>
#include <stdlib.h>

static const uint8_t refusals[] = {
	[HOME_WAIT_NONE] = MIP_HA_RESOURCES,
	[HOME_WAIT_TURN] = MIP_HA_RESOURCES,
	[HOME_WAIT_AUTHORITY] = MIP_HA_RESOURCES,
	[HOME_WAIT_DURABLE] = MIP_HA_RESOURCES,
};
static_assert(sizeof refusals / sizeof refusals[0] == HOME_N_WAITS, "a code for every wait");

uint8_t home_wait_refusal(home_wait w)
{
	return refusals[w];
}

bool home_txns_open(home_txns *all)
{
	uint64_t seed;

	all->by_number = RAND_bytes((uint8_t *)&seed, sizeof seed) == 1 ? map_new(seed) : NULL;
	return all->by_number != NULL;
}

void home_txns_close(home_txns *all)
{
	while (all->strangers.first)
		home_txn_end(all, all->strangers.first);
	map_free(all->by_number);
	timerq_free(&all->timers);
}

static map_key key_of(uint64_t number)
{
	return (map_key){ 0, number };
}

/* The first has begun: whatever comes later is behind it. */
static void enqueue(home_txn *t)
{
	home_txn **at = &t->queue->first;

	if (*at)
		at = &(*at)->next;
	while (*at && (*at)->scan.request.identification <= t->scan.request.identification)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	t->queue->n++;
}

static void dequeue(home_txn *t)
{
	home_txn **at = &t->queue->first;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->queue->n--;
}

static bool copy_request(home_txn *t, const home_arrival *in)
{
	t->d = *in->d;
	t->d.p = t->octets;
	memcpy(t->octets, in->d->p, in->d->n);
	t->in = (home_arrival){ in->at, &t->d, &t->scan };
	return reg_scan_message(t->d.p, t->d.n, &t->scan);
}

static void wipe(home_txn *t)
{
	home_negotiation_close(&t->decision.sa);
	OPENSSL_cleanse(t, sizeof *t + t->d.n);
	free(t);
}

static home_txn *make(home_txns *all, home_txn_queue *queue, const home_arrival *in)
{
	home_txn *t = calloc(1, sizeof *t + in->d->n);

	if (!t)
		return NULL;
	t->queue = queue;
	t->number = ++all->last_number;
	t->deadline_ms = in->at.ms + REG_HOME_ANSWERS_MS;
	/* Its places in the map and among the timers from the start: later there is no moment at which they could be
	 * refused. */
	if (!copy_request(t, in) || !timerq_set(&all->timers, &t->timer, t->deadline_ms) ||
	    !map_put(all->by_number, key_of(t->number), t)) {
		timerq_cancel(&all->timers, &t->timer);
		wipe(t);
		return NULL;
	}
	enqueue(t);
	return t;
}

static bool has_room(const home_txns *all, const home_txn_queue *queue)
{
	return queue->n < HOME_TXNS_OF_PEER && all->n < HOME_TXNS;
}

home_txn *home_txn_new(home_txns *all, home_txn_queue *queue, struct home_peer *peer,
		       const home_arrival *in)
{
	home_txn *t = has_room(all, queue) ? make(all, queue, in) : NULL;

	if (!t)
		return NULL;
	t->peer = peer;
	all->n++;
	return t;
}

/* A relay's ports stand for one client each. */
static bool has_same_source(const dgram_in *a, const dgram_in *b)
{
	const ip_addr *x = &a->from.addr, *y = &b->from.addr;

	if (a->sock >= DGRAM_RELAY || b->sock >= DGRAM_RELAY)
		return endpoint_equal(&a->from, &b->from);
	return x->len == y->len && memcmp(x->b, y->b, x->len == 4 ? 4 : 8) == 0;
}

static bool has_room_for_stranger(const home_txns *all, const dgram_in *d)
{
	unsigned n = 0;

	for (const home_txn *t = all->strangers.first; t; t = t->next)
		n += has_same_source(&t->d, d);
	return n < HOME_STRANGERS_OF_SOURCE && all->strangers.n < HOME_STRANGERS;
}

home_txn *home_txn_new_stranger(home_txns *all, const home_arrival *in)
{
	return has_room_for_stranger(all, in->d) ? make(all, &all->strangers, in) : NULL;
}

bool home_txn_assign(home_txns *all, home_txn *t, home_txn_queue *queue, struct home_peer *peer)
{
	if (!has_room(all, queue))
		return false;
	dequeue(t);
	t->queue = queue;
	t->peer = peer;
	enqueue(t);
	all->n++;
	return true;
}

void home_txn_end(home_txns *all, home_txn *t)
{
	dequeue(t);
	timerq_cancel(&all->timers, &t->timer);
	map_del(all->by_number, key_of(t->number));
	all->n -= t->peer != NULL;
	wipe(t);
}

const home_txn *home_txn_find(const home_txn_queue *queue, uint32_t spi, uint64_t identification)
{
	const home_txn *t = queue->first;

	while (t &&
	       (t->scan.mobile_home.spi != spi || t->scan.request.identification != identification))
		t = t->next;
	return t;
}

const home_txn *home_txns_find_stranger(const home_txns *all, const dgram_in *d)
{
	const home_txn *t = all->strangers.first;

	while (t && !(t->d.n == d->n && t->d.sock == d->sock &&
		      endpoint_equal(&t->d.from, &d->from) && memcmp(t->octets, d->p, d->n) == 0))
		t = t->next;
	return t;
}

bool home_txn_has_turn(const home_txn *t)
{
	return t->queue->first == t;
}

bool home_txn_is_by_relay(const home_txn *t)
{
	return t->d.sock >= DGRAM_RELAY;
}

uint64_t home_txn_last_id(const home_txn_queue *queue, uint64_t accepted)
{
	const home_txn *t = queue->first;

	return t && t->waits_for == HOME_WAIT_DURABLE && t->decision.next.last_id > accepted
		       ? t->decision.next.last_id
		       : accepted;
}

uint64_t home_txn_wait(home_txns *all, home_txn *t, home_wait what)
{
	map_del(all->by_number, key_of(t->number));
	t->number = ++all->last_number;
	map_put(all->by_number, key_of(t->number), t); /* in the place of the former */
	t->waits_for = what;
	timerq_set(&all->timers, &t->timer, t->deadline_ms); /* as a rule it is there */
	return t->number;
}

home_txn *home_txns_find(const home_txns *all, uint64_t number, home_wait kind)
{
	home_txn *t = map_get(all->by_number, key_of(number));

	return t && kind != HOME_WAIT_NONE && kind != HOME_WAIT_TURN && t->waits_for == kind ? t
											     : NULL;
}

home_wait home_txn_resume(home_txn *t)
{
	const home_wait waited_for = t->waits_for;

	t->waits_for = HOME_WAIT_NONE;
	return waited_for;
}

void home_txn_resume_later(home_txns *all, home_txn *t)
{
	timerq_set(&all->timers, &t->timer, 0);
}

home_txn *home_txns_pop(home_txns *all, uint64_t now_ms)
{
	timer_entry *expired = timerq_pop(&all->timers, now_ms);

	return expired ? (home_txn *)((char *)expired - offsetof(home_txn, timer)) : NULL;
}

uint64_t home_txns_next_timer_ms(const home_txns *all)
{
	return timerq_next_ms(&all->timers);
}
