/* SPDX-License-Identifier: MIT */
#include "core/mux/timers.h"

#include "base/clock.h"

void mux_timers_free(mux_timers *t)
{
	timerq_free(&t->queue);
}

void mux_timers_set_time(mux_timers *t, core_time now)
{
	if (now.ms < t->now.ms)
		now.ms = t->now.ms;
	t->now = now;
}

uint64_t mux_timers_unix_s(const mux_timers *t)
{
	return (t->now.ntp >> 32) - NTP_UNIX_OFFSET;
}

void mux_timer_set(mux_timers *t, mux_timer *timer, uint64_t at_ms)
{
	if (at_ms == UINT64_MAX)
		timerq_cancel(&t->queue, &timer->entry);
	else if (!timerq_set(&t->queue, &timer->entry, at_ms))
		log_warn(t->log, "no memory for a timer");
}

void mux_timer_in(mux_timers *t, mux_timer *timer, uint64_t ms)
{
	mux_timer_set(t, timer, t->now.ms + ms);
}

uint64_t mux_timers_next_ms(const mux_timers *t)
{
	return timerq_next_ms(&t->queue);
}

mux_timer *mux_timers_pop(mux_timers *t)
{
	return (mux_timer *)timerq_pop(&t->queue, t->now.ms);
}
