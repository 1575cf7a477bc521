/* SPDX-License-Identifier: MIT */
/* context.h - what every module of the core is given: the environment, the configuration in force, the time
 * and timers, the log. core.c owns it. */
#ifndef HW_CORE_MUX_CONTEXT_H
#define HW_CORE_MUX_CONTEXT_H

#include "core/mux/config.h"
#include "core/mux/env.h"
#include "core/mux/report.h"
#include "core/mux/timers.h"

typedef struct mux_context {
	mux_env env;
	const mux_config *config;
	mux_timers timers;
	mux_report report;
} mux_context;

static inline uint64_t mux_now_ms(const mux_context *cx)
{
	return cx->timers.now.ms;
}

#endif
