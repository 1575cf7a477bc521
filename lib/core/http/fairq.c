/* SPDX-License-Identifier: MIT */
/* Theory of operation. A packet lies in a slot of fixed size and is in two lists: its flow's, first in first
 * out, and that of all packets by age. Time never goes back, so the oldest of all is always the first of
 * its flow: dropping what is too old takes from the front of both. Flows that have packets are in one of two
 * rings, new ahead of old, and are served by deficit round robin (RFC 8290 4.1): a flow in turn sends while
 * it has credit, then gets a quantum and goes behind the old ones. A flow that was idle begins among the
 * new ones, with one quantum; when it is empty it goes behind the old ones and only from there becomes
 * idle, so that one that comes and goes can't keep the others waiting. A flow stays in its ring when its
 * packets are dropped from behind; its turn finds it empty.
 *
 * A carrier over TCP stands still for a round trip and more whenever it repairs a loss, and goes on at full
 * speed afterwards. Dropping all that has become old meanwhile would ruin the TCP flow that sent it, though
 * nothing is congested. So what counts is how long a flow stays late, as in RFC 8289, and then the loss of
 * a single packet slows its sender down. Packets of a sender that does not react reach FAIRQ_AGE_MS. After a stop
 * that long TCP restarts from slow start anyway, and calls and games need what is recent. */
#include "core/http/fairq.h"
#include <stdlib.h>
#include <string.h>

enum { NONE = -1, QUANTUM = 1514 };

typedef struct slot {
	uint64_t since_ms;
	int32_t next;         /* in its flow, or of the free ones */
	int32_t older, newer; /* of all */
	uint16_t flow, n;
	uint8_t bytes[FAIRQ_PACKET_MAX];
} slot;

typedef enum ring_id { RING_NEW, RING_OLD, N_RINGS, RING_IDLE = N_RINGS } ring_id;

typedef struct flow {
	int32_t first, last; /* slots */
	unsigned packets;
	int32_t credit; /* octets it may send in this turn */
	ring_id ring;
	int16_t next;                 /* in its ring */
	uint64_t late_ms;             /* its first packet is late since then; 0: is not */
	uint64_t drop_ms;             /* when the next one is dropped, if it is still late */
	unsigned drops, drops_before; /* in a row; when the row began */
	bool dropping;
} flow;

typedef struct ring {
	int16_t first, last; /* flows */
} ring;

struct fairq {
	flow flows[FAIRQ_FLOWS];
	ring rings[N_RINGS];
	int32_t oldest, newest, spare; /* spare: slots that were used and are free */
	int32_t touched, room;         /* slots ever used, slots in all */
	unsigned packets;
	uint64_t dropped, now_ms, taken_ms; /* taken_ms: the last was taken, or the first came */
	slot slots[];
};

fairq *fairq_new(unsigned packets)
{
	size_t room = packets ? packets : 1;
	fairq *q;

	if (room > INT32_MAX || room > (SIZE_MAX - sizeof *q) / sizeof q->slots[0])
		return NULL;
	q = malloc(sizeof *q + room * sizeof q->slots[0]);
	if (!q)
		return NULL;
	memset(q, 0, sizeof *q);
	q->room = (int32_t)room;
	q->oldest = q->newest = q->spare = NONE;
	for (unsigned i = 0; i < FAIRQ_FLOWS; i++)
		q->flows[i] = (flow){ .first = NONE, .last = NONE, .ring = RING_IDLE };
	for (unsigned i = 0; i < N_RINGS; i++)
		q->rings[i] = (ring){ NONE, NONE };
	return q;
}

void fairq_free(fairq *q)
{
	free(q);
}

static void ring_append(fairq *q, ring_id id, int16_t f)
{
	ring *r = &q->rings[id];

	q->flows[f].ring = id;
	q->flows[f].next = NONE;
	if (r->first == NONE)
		r->first = f;
	else
		q->flows[r->last].next = f;
	r->last = f;
}

static int16_t ring_take(fairq *q, ring_id id)
{
	ring *r = &q->rings[id];
	int16_t f = r->first;

	r->first = q->flows[f].next;
	if (r->first == NONE)
		r->last = NONE;
	q->flows[f].ring = RING_IDLE;
	return f;
}

/* Takes the first packet of a flow that has one out of both lists, and frees its slot. */
static slot *unlink_first(fairq *q, flow *f)
{
	int32_t at = f->first;
	slot *s = &q->slots[at];

	f->first = s->next;
	if (f->first == NONE)
		f->last = NONE;
	f->packets--;
	q->packets--;
	*(s->older == NONE ? &q->oldest : &q->slots[s->older].newer) = s->newer;
	*(s->newer == NONE ? &q->newest : &q->slots[s->newer].older) = s->older;
	s->next = q->spare;
	q->spare = at;
	return s;
}

static uint64_t waited_ms(const fairq *q, int32_t at)
{
	return at == NONE ? 0 : q->now_ms - q->slots[at].since_ms;
}

static void clear_late(flow *f)
{
	f->late_ms = 0;
	f->dropping = false;
}

static void drop_first(fairq *q, flow *f)
{
	unlink_first(q, f);
	q->dropped++;
	if (f->packets == 0)
		clear_late(f);
}

static void drop_older(fairq *q, uint64_t limit_ms)
{
	while (fairq_wait_ms(q) >= limit_ms)
		drop_first(q, &q->flows[q->slots[q->oldest].flow]);
}

/* In packets: slots are what is short, however little is in them. */
static flow *find_longest(fairq *q)
{
	flow *f = &q->flows[0];

	for (unsigned i = 1; i < FAIRQ_FLOWS; i++)
		if (q->flows[i].packets > f->packets)
			f = &q->flows[i];
	return f;
}

static int32_t take_slot(fairq *q)
{
	if (q->spare == NONE && q->touched < q->room)
		return q->touched++;
	if (q->spare == NONE)
		drop_first(q, find_longest(q));
	int32_t at = q->spare;
	q->spare = q->slots[at].next;
	return at;
}

static void link_last(fairq *q, flow *f, int32_t at)
{
	slot *s = &q->slots[at];

	s->next = s->newer = NONE;
	s->older = q->newest;
	*(q->newest == NONE ? &q->oldest : &q->slots[q->newest].newer) = at;
	q->newest = at;
	*(f->last == NONE ? &f->first : &q->slots[f->last].next) = at;
	f->last = at;
	f->packets++;
	q->packets++;
}

static void advance(fairq *q, uint64_t now_ms)
{
	if (now_ms > q->now_ms)
		q->now_ms = now_ms;
	drop_older(q, FAIRQ_AGE_MS);
}

bool fairq_put(fairq *q, uint64_t now_ms, uint32_t hash, const void *p, size_t n)
{
	int16_t f = (int16_t)(hash % FAIRQ_FLOWS);

	if (n == 0 || n > FAIRQ_PACKET_MAX) {
		q->dropped++;
		return false;
	}
	advance(q, now_ms);
	if (q->packets == 0)
		q->taken_ms = q->now_ms;
	int32_t at = take_slot(q);
	slot *s = &q->slots[at];
	s->since_ms = q->now_ms;
	s->flow = (uint16_t)f;
	s->n = (uint16_t)n;
	memcpy(s->bytes, p, n);
	link_last(q, &q->flows[f], at);
	if (q->flows[f].ring == RING_IDLE) {
		q->flows[f].credit = QUANTUM;
		ring_append(q, RING_NEW, f);
	}
	return true;
}

/* The flow whose turn it is, with credit and a packet; there is one. */
static flow *next_in_turn(fairq *q)
{
	for (;;) {
		ring_id id = q->rings[RING_NEW].first == NONE ? RING_OLD : RING_NEW;
		flow *f = &q->flows[q->rings[id].first];
		if (f->credit > 0 && f->packets > 0)
			return f;
		int16_t taken = ring_take(q, id);
		if (f->credit <= 0)
			f->credit += QUANTUM;
		else if (id == RING_OLD)
			continue; /* empty in its turn: idle */
		ring_append(q, RING_OLD, taken);
	}
}

/* RFC 8289 3.3: the interval, divided by the square root of how many were dropped in a row. */
static uint64_t gap_ms(unsigned drops)
{
	uint64_t ms = 1;

	while ((ms + 1) * (ms + 1) * drops <= FAIRQ_INTERVAL_MS * FAIRQ_INTERVAL_MS)
		ms++;
	return ms;
}

/* A row that follows soon on another goes on at the pace where that one ended (RFC 8289 5.5). */
static void begin_dropping(flow *f, uint64_t now_ms)
{
	unsigned last = f->drops - f->drops_before;
	bool soon = f->drops && now_ms < f->drop_ms + 16 * FAIRQ_INTERVAL_MS;

	f->dropping = true;
	f->drops = soon && last > 1 ? last : 1;
	f->drops_before = f->drops;
	f->drop_ms = now_ms + gap_ms(f->drops);
}

/* The next of the row. Drops missed while nothing was taken are not made up for. */
static void go_on_dropping(flow *f, uint64_t now_ms)
{
	if (now_ms > f->drop_ms + FAIRQ_INTERVAL_MS)
		f->drop_ms = now_ms;
	f->drop_ms += gap_ms(++f->drops);
}

/* Whether the flow's first packet is to be dropped now, so that its sender slows down; counts it as dropped. Its
 * only packet delays none. */
static bool take_drop(const fairq *q, flow *f)
{
	if (f->packets == 1 || waited_ms(q, f->first) < FAIRQ_TARGET_MS) {
		clear_late(f);
		return false;
	}
	if (!f->late_ms)
		f->late_ms = q->now_ms;
	if (q->now_ms < (f->dropping ? f->drop_ms : f->late_ms + FAIRQ_INTERVAL_MS))
		return false;
	if (f->dropping)
		go_on_dropping(f, q->now_ms);
	else
		begin_dropping(f, q->now_ms);
	return true;
}

const uint8_t *fairq_get(fairq *q, uint64_t now_ms, size_t *n)
{
	advance(q, now_ms);
	if (q->now_ms >= q->taken_ms + FAIRQ_AGE_MS)
		drop_older(q, FAIRQ_TARGET_MS);
	if (q->packets == 0)
		return NULL;
	q->taken_ms = q->now_ms;
	flow *f = next_in_turn(q);
	if (take_drop(q, f))
		drop_first(q, f);
	const slot *s = unlink_first(q, f);
	f->credit -= s->n;
	*n = s->n;
	return s->bytes;
}

unsigned fairq_len(const fairq *q)
{
	return q->packets;
}

uint64_t fairq_dropped(const fairq *q)
{
	return q->dropped;
}

uint64_t fairq_wait_ms(const fairq *q)
{
	return waited_ms(q, q->oldest);
}
