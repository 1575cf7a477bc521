/* SPDX-License-Identifier: MIT */
#include "core/mux/downlink.h"

enum {
	PIECE = MUX_OUTLET_MAX /
		4,        /* to the outlet at a time: there it can't be dropped any more */
	STUCK_MS = 30000, /* the other end does not read */
};

static uint64_t now_of(const mux_downlink *d)
{
	return mux_now_ms(d->all->cx);
}

static bool is_full(const mux_downlink *d)
{
	return !d->outlet || mux_outlet_is_full(d->outlet, &d->all->cx->env);
}

/* --- time --- */

static uint64_t stuck_at(const mux_downlink *d)
{
	return d->outlet && d->full_ms ? d->full_ms + STUCK_MS : UINT64_MAX;
}

uint64_t mux_downlink_timer_ms(const mux_downlink *d)
{
	uint64_t expiry = mux_waiting_expiry_ms(&d->waiting), stuck = stuck_at(d);

	return expiry < stuck ? expiry : stuck;
}

void mux_downlink_expire(mux_downlink *d)
{
	if (now_of(d) >= mux_waiting_expiry_ms(&d->waiting))
		mux_downlink_end(d);
}

bool mux_downlink_is_stuck(const mux_downlink *d)
{
	return now_of(d) >= stuck_at(d);
}

/* True: the timer is another now. */
static bool note_full(mux_downlink *d)
{
	bool full = is_full(d);

	if (full == (d->full_ms > 0))
		return false;
	d->full_ms = full ? now_of(d) : 0;
	return d->outlet != NULL;
}

/* --- datagrams --- */

/* True: it is the first, and the timer another. */
static bool wait_for_reader(mux_downlink *d, const uint8_t *p, size_t n)
{
	bool first = !d->waiting.queue;

	mux_waiting_put(&d->waiting, &d->all->cx->waiting, now_of(d), p, n);
	return first;
}

static void write_batch(mux_downlink *d)
{
	size_t n = d->batched;

	d->batched = 0;
	if (n > 0)
		mux_outlet_write(d->outlet, &d->all->cx->env, d->all->batch + MUX_OUTLET_ROOM, n);
}

/* What was begun while the outlet was not full may be completed. What was written just now may have been all
 * that the outlet takes. */
static bool batch(mux_downlink *d, const uint8_t *p, size_t n)
{
	mux_downlinks *all = d->all;

	if (d->batched + n + FRAMING_OVERHEAD > PIECE)
		write_batch(d);
	if (d->batched == 0 && is_full(d))
		return wait_for_reader(d, p, n);
	d->batched += framing_put(d->framing, p, n, all->batch + MUX_OUTLET_ROOM + d->batched);
	all->packets++;
	all->bytes += n;
	return false;
}

bool mux_downlink_put(mux_downlink *d, const uint8_t *p, size_t n)
{
	return d->waiting.queue ? wait_for_reader(d, p, n) : batch(d, p, n);
}

bool mux_downlink_write(mux_downlink *d)
{
	write_batch(d);
	return note_full(d);
}

static void batch_what_waits(mux_downlink *d)
{
	const uint8_t *p;
	size_t n;

	while (d->batched + FRAMING_DATAGRAM_MAX + FRAMING_OVERHEAD <= PIECE &&
	       (p = fairq_get(d->waiting.queue, now_of(d), &n)))
		batch(d, p, n);
}

bool mux_downlink_writable(mux_downlink *d)
{
	const mux_env *env = &d->all->cx->env;
	bool has_taken = d->full_ms && !is_full(d); /* slow perhaps, but not stuck */

	if (has_taken)
		d->full_ms = 0;
	while (d->waiting.queue && !is_full(d)) {
		batch_what_waits(d);
		if (d->outlet->wrap == MUX_WRAP_NONE)
			env->note_wait(d->outlet->link, fairq_wait_ms(d->waiting.queue));
		if (fairq_len(d->waiting.queue) == 0)
			mux_downlink_end(d);
		write_batch(d);
	}
	return note_full(d) || has_taken;
}

void mux_downlink_set_outlet(mux_downlink *d, mux_outlet *o)
{
	d->outlet = o;
	d->full_ms = 0;
	note_full(d);
}

void mux_downlink_end(mux_downlink *d)
{
	mux_waiting_end(&d->waiting, &d->all->cx->waiting);
}
