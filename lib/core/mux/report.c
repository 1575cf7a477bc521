/* SPDX-License-Identifier: MIT */
#include "core/mux/report.h"

#include <inttypes.h>

enum { LINES_PER_S = 2, LINES_BURST = 20, FULL_MS = 60000 };

void mux_report_init(mux_report *r, const logger *log)
{
	*r = (mux_report){ .log = *log, .limit = { .per_s = LINES_PER_S, .burst = LINES_BURST } };
}

void mux_report_set_level(mux_report *r, log_level level)
{
	r->log.level = level;
}

bool mux_report_may_log(mux_report *r, uint64_t now_ms)
{
	return rate_take(&r->limit, now_ms);
}

void mux_report_client(mux_report *r, uint64_t now_ms, const ip_addr *from, const char *what,
		       const char *why)
{
	char a[ADDR_STRLEN];

	if (mux_report_may_log(r, now_ms))
		log_info(&r->log, "%s: %s%s%s", ip_format(from, a), what, why ? ": " : "",
			 why ? why : "");
}

void mux_report_malformed(mux_report *r, uint64_t now_ms, const ip_addr *from, const char *what,
			  const char *why)
{
	r->malformed++;
	mux_report_client(r, now_ms, from, what, why);
}

void mux_report_timeout(mux_report *r)
{
	r->timeouts++;
}

void mux_report_full(mux_report *r, uint64_t now_ms, unsigned connections, unsigned tunnels,
		     uint64_t memory)
{
	if (now_ms < r->full_ms)
		return;
	r->full_ms = now_ms + FULL_MS;
	log_warn(&r->log,
		 "full: %u connections, %u tunnels, %" PRIu64
		 " MiB: the newest without an association have to go",
		 connections, tunnels, memory >> 20);
}
