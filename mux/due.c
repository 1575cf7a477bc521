/* SPDX-License-Identifier: MIT */
#include "mux.h"

#include "base/clock.h"

uint64_t mux_now(void)
{
	return clock_mono_ms();
}

static void arm(mux *m)
{
	io_timer_at(m->timer, timerq_due_ms(&m->dues));
}

static void on_timer(void *ctx)
{
	mux *m = ctx;
	uint64_t now = mux_now();
	timer_entry *t;

	while ((t = timerq_pop(&m->dues, now))) {
		const due *d = (const due *)t;
		d->fire(d->ctx);
	}
	arm(m);
}

bool due_open(mux *m, err *e)
{
	m->timer = io_timer_new(m->loop, on_timer, m, e);
	return m->timer != NULL;
}

void due_close(mux *m)
{
	io_timer_free(m->timer);
	timerq_free(&m->dues);
}

/* Without memory for the queue, what should have been due then stays until its connection ends. */
void due_set(mux *m, due *d, uint64_t at_ms)
{
	if (at_ms == UINT64_MAX)
		timerq_cancel(&m->dues, &d->entry);
	else if (!timerq_set(&m->dues, &d->entry, at_ms))
		log_warn(&m->log, "no memory for a timer");
	arm(m);
}

void due_in(mux *m, due *d, uint64_t ms)
{
	due_set(m, d, mux_now() + ms);
}
