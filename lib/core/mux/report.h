/* SPDX-License-Identifier: MIT */
/* report.h - the log lines that strangers can cause, rate-limited all together, and the counts of what ended
 * badly. */
#ifndef HW_CORE_MUX_REPORT_H
#define HW_CORE_MUX_REPORT_H

#include "base/addr.h"
#include "base/log.h"

typedef struct mux_report {
	logger log;
	rate_limit limit;
	uint64_t malformed; /* connections, tunnels and requests that ended for what came */
	uint64_t timeouts;
	uint64_t full_ms; /* no line about that before then */
} mux_report;

void mux_report_init(mux_report *r, const logger *log);
void mux_report_set_level(mux_report *r, log_level level);
bool mux_report_may_log(mux_report *r, uint64_t now_ms); /* one line more */
/* "ADDRESS: WHAT: WHY"; why NULL: without. */
void mux_report_client(mux_report *r, uint64_t now_ms, const ip_addr *from, const char *what,
		       const char *why);
void mux_report_malformed(mux_report *r, uint64_t now_ms, const ip_addr *from, const char *what,
			  const char *why);
void mux_report_timeout(mux_report *r);
/* There is no room for one more connection or tunnel. One line a minute, whatever else is logged. */
void mux_report_full(mux_report *r, uint64_t now_ms, unsigned connections, unsigned tunnels,
		     uint64_t memory);

#endif
