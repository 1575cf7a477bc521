/* SPDX-License-Identifier: MIT */
#include "core/packet/dgramq.h"
#include <stdlib.h>
#include <string.h>

/* A 64 KiB super-segment cut at 536 octets and sealed grows by a seventh; twice is ample. It ends the
 * run before it, fills two, and may leave a shorter last segment of its own. */
enum { ROOM_BYTES = 128 * 1024, ROOM_RUNS = 4 };

dgram_route dgram_route_back(const dgram_in *d)
{
	return (dgram_route){
		.sock = d->sock, .to = d->from, .from = d->local, .from_port = d->local_port
	};
}

bool dgram_route_equal(const dgram_route *a, const dgram_route *b)
{
	return a->sock == b->sock && a->from_port == b->from_port && a->flow == b->flow &&
	       a->to.port == b->to.port && a->to.scope == b->to.scope &&
	       ip_equal(&a->to.addr, &b->to.addr) && ip_equal(&a->from, &b->from);
}

bool dgramq_init(dgramq *q)
{
	q->bytes = malloc(DGRAMQ_BYTES);
	dgramq_clear(q);
	return q->bytes != NULL;
}

void dgramq_free(dgramq *q)
{
	free(q->bytes);
	q->bytes = NULL;
	dgramq_clear(q);
}

uint8_t *dgramq_reserve(dgramq *q, size_t max)
{
	if (max > DGRAMQ_BYTES - q->used || q->n_runs == DGRAMQ_RUNS)
		return NULL;
	return q->bytes + q->used;
}

/* Only the last segment of a message may be shorter than the others (udp(7), UDP_SEGMENT). */
static bool can_join(const dgram_run *run, const dgram_route *r, size_t len)
{
	bool open = run->len == (uint32_t)run->seg * run->n_segs;

	return open && len <= run->seg && run->n_segs < DGRAMQ_RUN_MAX_SEGS &&
	       run->len + len <= DGRAMQ_RUN_MAX_BYTES && dgram_route_equal(&run->route, r);
}

void dgramq_commit(dgramq *q, const dgram_route *r, size_t len)
{
	if (len == 0 || len > UINT16_MAX || len > DGRAMQ_BYTES - q->used)
		return;
	dgram_run *run = q->n_runs ? &q->runs[q->n_runs - 1] : NULL;

	if (!run || !can_join(run, r, len)) {
		if (q->n_runs == DGRAMQ_RUNS)
			return;
		run = &q->runs[q->n_runs++];
		*run = (dgram_run){ .route = *r, .at = q->used, .seg = (uint16_t)len };
	}
	run->len += (uint32_t)len;
	run->n_segs++;
	q->used += (uint32_t)len;
}

bool dgramq_put(dgramq *q, const dgram_route *r, const void *p, size_t n)
{
	uint8_t *at = n <= UINT16_MAX ? dgramq_reserve(q, n) : NULL;

	if (!at)
		return false;
	memcpy(at, p, n);
	dgramq_commit(q, r, n);
	return true;
}

bool dgramq_has_room(const dgramq *q)
{
	return DGRAMQ_BYTES - q->used >= ROOM_BYTES && DGRAMQ_RUNS - q->n_runs >= ROOM_RUNS;
}

void dgramq_clear(dgramq *q)
{
	q->used = 0;
	q->n_runs = 0;
}
