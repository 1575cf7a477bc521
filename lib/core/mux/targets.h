/* SPDX-License-Identifier: MIT */
/* targets.h - targets that are down: the system reported so of what a tunnel sent. For a moment nobody else is
 * sent there to find out; requests for it are answered at once. A target that merely does not answer is not
 * down: a router's report that it finds no path to a host is a hint (RFC 1122 3.2.2.1) that passes with a
 * reboot or a changed route, and such reports are not asked for. */
#ifndef HW_CORE_MUX_TARGETS_H
#define HW_CORE_MUX_TARGETS_H

#include "core/mux/config.h"
#include "core/mux/report.h"

typedef struct mux_target_down {
	endpoint at;
	uint64_t until_ms; /* no attempt before then */
	bool is_logged;
} mux_target_down;

typedef struct mux_targets {
	mux_report *report;
	mux_target_down down[MUX_TARGETS];
	unsigned n_down;
	uint64_t count; /* times that one was found to be down */
} mux_targets;

bool mux_error_means_down(int error); /* an errno of a connected socket */
bool mux_targets_is_down(const mux_targets *t, const endpoint *at, uint64_t now_ms);
void mux_targets_note_down(mux_targets *t, const endpoint *at, uint64_t now_ms, int error);
void mux_targets_note_up(mux_targets *t, const endpoint *at, uint64_t now_ms); /* a datagram came */

#endif
