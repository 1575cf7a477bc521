/* SPDX-License-Identifier: MIT */
#include "core/client/upgrade.h"

enum {
	GAP_MIN_MS = 300,
	GAP_MAX_MS = 30000,
	RECENT_MS =
		30000, /* at the longest gap, no probe while nobody has used the tunnel for so long */
};

void client_upgrade_reset(client_upgrade *u, unsigned slot)
{
	u->of[slot].next_ms = NEVER;
}

static bool can_be_compared(const client_upgrade *u, const client_path *p)
{
	return client_associations_has_pair(u->associations) && u->paths->active &&
	       p != u->paths->active && client_paths_is_usable(p);
}

bool client_upgrade_is_one(const client_upgrade *u, const client_path *p)
{
	return can_be_compared(u, p) &&
	       (u->paths->active->failed ||
		client_preference_is_preferred(u->agents, p, u->paths->active));
}

/* The round trip of one that the system prefers no less than the active one may make it the better one. */
static bool is_worth_a_probe(const client_upgrade *u, const client_path *p)
{
	return client_upgrade_is_one(u, p) ||
	       (can_be_compared(u, p) && !client_paths_is_measured(p) &&
		p->up.metric <= u->paths->active->up.metric);
}

void client_upgrade_start(client_upgrade *u, core_time now)
{
	for (const client_path *p = NULL; (p = client_paths_next(u->paths, p));) {
		u->of[p->slot].next_ms = NEVER;
		if (!is_worth_a_probe(u, p))
			continue;
		u->of[p->slot].next_ms = max_u64(now.ms, p->not_before_ms);
		u->of[p->slot].gap_ms = max_u32(2 * client_paths_rtt_ms(u->paths, p), GAP_MIN_MS);
	}
	client_upgrade_tick(u, now);
}

void client_upgrade_cancel(client_upgrade *u, const client_path *p)
{
	u->of[p->slot].next_ms = NEVER;
}

static bool is_tunnel_used(const client_upgrade *u, core_time now)
{
	const client_path *p = u->paths->active;

	return p && (client_paths_by_carrier(p) || now.ms - p->last_data_ms < RECENT_MS);
}

static void probe(client_upgrade *u, core_time now, client_path *p)
{
	uint32_t *gap = &u->of[p->slot].gap_ms;

	if (!is_worth_a_probe(u, p)) {
		u->of[p->slot].next_ms = NEVER;
		return;
	}
	if (*gap < GAP_MAX_MS || is_tunnel_used(u, now))
		client_standby_probe(u->standby, now, p);
	u->of[p->slot].next_ms = now.ms + client_time_jitter(*gap);
	*gap = *gap * 2 < GAP_MAX_MS ? *gap * 2 : GAP_MAX_MS;
}

void client_upgrade_tick(client_upgrade *u, core_time now)
{
	for (client_path *p = NULL; (p = client_paths_next(u->paths, p));)
		if (now.ms >= u->of[p->slot].next_ms)
			probe(u, now, p);
}

uint64_t client_upgrade_next_timer_ms(const client_upgrade *u)
{
	uint64_t next = NEVER;

	for (const client_path *p = NULL; (p = client_paths_next(u->paths, p));)
		next = min_u64(next, u->of[p->slot].next_ms);
	return next;
}
