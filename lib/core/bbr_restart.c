/* SPDX-License-Identifier: MIT */
#include "core/bbr_restart.h"

bool bbr_restart_looks(bbr_restart *b, uint64_t now_ms, uint64_t wait_ms)
{
	if (wait_ms < BBR_RESTART_WAIT_MS)
		return false;
	if (now_ms >= b->waited_ms + BBR_RESTART_PAUSE_MS) {
		b->gap_ms = 0;
		b->again_ms = 0;
	}
	b->waited_ms = now_ms;
	if (now_ms < b->look_ms || now_ms < b->again_ms)
		return false;
	b->look_ms = now_ms + BBR_RESTART_LOOK_MS;
	return true;
}

bool bbr_restart_wants(bbr_restart *b, uint64_t now_ms, const bbr_seen *s)
{
	if (!s->probe_bw || s->in_recovery)
		return false;
	if (!b->gap_ms || s->rate > b->rate + b->rate / 4)
		b->gap_ms = BBR_RESTART_GAP_MIN_MS;
	else if (b->gap_ms < BBR_RESTART_GAP_MAX_MS)
		b->gap_ms *= 2;
	b->rate = s->rate;
	b->again_ms = now_ms + b->gap_ms;
	return true;
}
