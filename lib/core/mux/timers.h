/* SPDX-License-Identifier: MIT */
/* timers.h - the time of the event that the core handles, and the timers of everything in it. A module sets its
 * timers; core.c takes those that have expired and hands each to its module. A timer set to the present is
 * also how a module reports to those above it that something of its own is over: core.c dispatches it before
 * the event ends, when no other module is in the middle of anything. */
#ifndef HW_CORE_MUX_TIMERS_H
#define HW_CORE_MUX_TIMERS_H

#include "base/log.h"
#include "base/timerq.h"
#include "core/packet/dgram.h"

typedef enum mux_timer_kind { /* what the timer is a part of */
			      MUX_TIMER_HTTP,
			      MUX_TIMER_FCGI,
			      MUX_TIMER_EXCHANGE,
			      MUX_TIMER_SESSION,
			      MUX_TIMER_TUNNEL,
			      MUX_TIMER_GUARD
} mux_timer_kind;

typedef struct mux_timer {
	timer_entry entry; /* first: its address is the timer's */
	mux_timer_kind kind;
} mux_timer;

typedef struct mux_timers {
	timerq queue;
	core_time now;
	const logger *log;
} mux_timers;

void mux_timers_free(mux_timers *t);
void mux_timers_set_time(mux_timers *t, core_time now); /* never goes back */
uint64_t mux_timers_unix_s(const mux_timers *t);
/* Without memory for the queue the log has a line, and what the timer was for stays until its connection ends. */
void mux_timer_set(mux_timers *t, mux_timer *timer, uint64_t at_ms); /* UINT64_MAX: never */
void mux_timer_in(mux_timers *t, mux_timer *timer, uint64_t ms);
uint64_t mux_timers_next_ms(const mux_timers *t); /* UINT64_MAX: none is set */
mux_timer *mux_timers_pop(mux_timers *t);         /* one that has expired, or NULL */

#endif
