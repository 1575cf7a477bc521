/* SPDX-License-Identifier: MIT */
#include "core/mux/budget.h"

mux_budget_limits mux_budget_defaults(void)
{
	return (mux_budget_limits){
		.tunnel = { .burst = 64, .rate = 4 },
		.tunnel_octets = { .burst = 64 * 1024, .rate = 6 * 1024 },
		.source = { .burst = 256, .rate = 32 },
		.source_octets = { .burst = 256 * 1024, .rate = 48 * 1024 },
	};
}

/* The generic cell rate algorithm (ITU-T I.371, as a virtual schedule). Without a rate it just counts. */
bool mux_allowance_has(mux_allowance a, uint64_t turn_us, uint64_t n, uint64_t now_ms,
		       uint64_t *after)
{
	uint64_t now_us = now_ms * 1000, at = turn_us > now_us ? turn_us : now_us;

	if (a.rate == 0) {
		*after = turn_us + n;
		return *after <= a.burst;
	}
	*after = at + n * 1000000 / a.rate;
	return *after <= now_us + (uint64_t)a.burst * 1000000 / a.rate;
}

void mux_budget_note_esp(mux_budget *b, uint64_t now_ms)
{
	if (b->has_sent_esp)
		b->proven_until_ms = now_ms + MUX_BUDGET_PROOF_MS;
}

bool mux_budget_is_proven(const mux_budget *b, uint64_t now_ms)
{
	return now_ms < b->proven_until_ms;
}

static bool tunnel_has(const mux_budget *b, const mux_budget_limits *l, size_t n, uint64_t now_ms,
		       mux_budget_turns *after)
{
	const mux_budget_turns *t = &b->turns;

	*after = *t;
	return (l->tunnel.burst == 0 ||
		mux_allowance_has(l->tunnel, t->datagrams_us, 1, now_ms, &after->datagrams_us)) &&
	       (l->tunnel_octets.burst == 0 ||
		mux_allowance_has(l->tunnel_octets, t->octets_us, n, now_ms, &after->octets_us));
}

/* What is left of it for this tunnel. */
static mux_allowance part_of(mux_allowance a, const mux_budget *b)
{
	if (b->sent >= MUX_BUDGET_FIRST)
		a.burst -= a.burst / 4;
	return a;
}

static bool is_no_limit(mux_allowance a)
{
	return a.burst == 0 || a.rate == 0;
}

/* A new tunnel has a count of its own; that of the source goes on. */
static bool source_has(const mux_budget_turns *s, const mux_budget *b, const mux_budget_limits *l,
		       size_t n, uint64_t now_ms, mux_budget_turns *after)
{
	*after = *s;
	return (is_no_limit(l->source) || mux_allowance_has(part_of(l->source, b), s->datagrams_us,
							    1, now_ms, &after->datagrams_us)) &&
	       (is_no_limit(l->source_octets) ||
		mux_allowance_has(part_of(l->source_octets, b), s->octets_us, n, now_ms,
				  &after->octets_us));
}

bool mux_budget_take(mux_budget *b, mux_budget_turns *source, const mux_budget_limits *l,
		     uint64_t now_ms, mux_entry kind, size_t n)
{
	bool proven = mux_budget_is_proven(b, now_ms);
	mux_budget_turns tunnel_after, source_after = *source;

	if (proven && kind == MUX_ENTRY_ESP)
		return true;
	if (!tunnel_has(b, l, n, now_ms, &tunnel_after) ||
	    (!proven && !source_has(source, b, l, n, now_ms, &source_after)))
		return false;
	b->turns = tunnel_after;
	*source = source_after;
	b->has_sent_esp |= kind == MUX_ENTRY_ESP;
	if (b->sent < MUX_BUDGET_FIRST)
		b->sent++;
	return true;
}
