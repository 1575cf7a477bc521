/* SPDX-License-Identifier: MIT */
/* context.h - what every module of the core is given: the environment, the configuration in force, the time
 * and timers, the log, and what is shared between all sources. core.c owns it. */
#ifndef HW_CORE_MUX_CONTEXT_H
#define HW_CORE_MUX_CONTEXT_H

#include "core/mux/config.h"
#include "core/mux/env.h"
#include "core/mux/report.h"
#include "core/mux/room.h"
#include "core/mux/timers.h"
#include "core/mux/turns.h"
#include "core/mux/waiting.h"

enum { /* octets of memory, with the TLS and the kernel's part of the sockets (tests/bench: mux-memory) */
       MUX_CONNECTION_COST = 40 * 1024,
       MUX_TUNNEL_COST = 8 * 1024,
};

typedef struct mux_context {
	mux_env env;
	const mux_config *config;
	mux_timers timers;
	mux_turns turns;
	mux_report report;
	mux_room connections, tunnels; /* the places of each */
	mux_waiting_pool waiting;
	uint64_t memory; /* octets that may be in use; 0: no limit */
} mux_context;

static inline uint64_t mux_now_ms(const mux_context *cx)
{
	return cx->timers.now.ms;
}

/* An estimate: what is fixed of each connection and tunnel, and what they have to keep. */
static inline uint64_t mux_memory_used(const mux_context *cx)
{
	return (uint64_t)cx->connections.taken * MUX_CONNECTION_COST +
	       (uint64_t)cx->tunnels.taken * MUX_TUNNEL_COST +
	       (uint64_t)cx->waiting.reserved * FAIRQ_PACKET_MAX + cx->turns.octets;
}

static inline bool mux_memory_is_full(const mux_context *cx)
{
	return cx->memory && mux_memory_used(cx) >= cx->memory;
}

#endif
