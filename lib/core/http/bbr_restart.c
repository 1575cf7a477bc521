/* SPDX-License-Identifier: MIT */
#include "core/http/bbr_restart.h"

bool bbr_restart_note_wait(bbr_restart *b, uint64_t now_ms, uint64_t wait_ms)
{
	if (wait_ms < BBR_RESTART_WAIT_MS)
		return false;
	if (now_ms >= b->waited_ms + BBR_RESTART_PAUSE_MS)
		b->gap_ms = 0;
	b->waited_ms = now_ms;
	if (now_ms < b->look_ms)
		return false;
	b->look_ms = now_ms + BBR_RESTART_LOOK_MS;
	return true;
}

static bool is_same_rate(const bbr_restart *b, uint64_t rate)
{
	return rate <= b->rate + b->rate / 4 && rate >= b->rate - b->rate / 4;
}

bool bbr_restart_decide(bbr_restart *b, uint64_t now_ms, const bbr_sample *s)
{
	bool first = b->gap_ms == 0, same = !first && is_same_rate(b, s->rate);
	uint32_t gap = same ? b->gap_ms : BBR_RESTART_GAP_MS;

	if (!s->probe_bw || s->in_recovery || (!first && now_ms < b->restart_ms + gap))
		return false;
	b->gap_ms = same ? 2 * gap : BBR_RESTART_SAME_MIN_MS;
	if (b->gap_ms > BBR_RESTART_SAME_MAX_MS)
		b->gap_ms = BBR_RESTART_SAME_MAX_MS;
	b->rate = s->rate;
	b->restart_ms = now_ms;
	return true;
}
