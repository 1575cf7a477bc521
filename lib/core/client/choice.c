/* SPDX-License-Identifier: MIT */
#include "core/client/choice.h"

enum {
	SPARE_WAIT_MS = 300, /* for the route of an uplink that has an address already */
	SILENT_MIN_MS = 250, /* a path that was just chosen gets so long before another may do */
};

void client_choice_init(client_choice *ch, const client_agents *agents, const client_paths *paths)
{
	*ch = (client_choice){ .agents = agents, .paths = paths, .spare_ms = NEVER };
}

static client_path *best(const client_choice *ch, bool without_route_too)
{
	client_path *found = NULL;

	for (client_path *p = NULL; (p = client_paths_next(ch->paths, p));) {
		bool is_spare = without_route_too && !client_paths_by_carrier(p);
		if (!client_paths_is_usable(p) && !is_spare)
			continue;
		if (!found || client_preference_is_sounder(ch->agents, p, found))
			found = p;
	}
	return found;
}

client_path *client_choice_best(const client_choice *ch)
{
	return best(ch, false);
}

client_path *client_choice_pick(client_choice *ch, core_time now)
{
	client_path *p = best(ch, false), *spare = p ? NULL : best(ch, true);

	if (!spare) {
		ch->spare_ms = NEVER;
		return p;
	}
	if (ch->spare_ms == NEVER)
		ch->spare_ms = now.ms + SPARE_WAIT_MS;
	if (now.ms < ch->spare_ms)
		return NULL;
	ch->spare_ms = NEVER;
	return spare;
}

void client_choice_used(client_choice *ch, core_time now)
{
	ch->used_ms = now.ms;
	ch->spare_ms = NEVER;
}

void client_choice_rest(client_choice *ch)
{
	ch->spare_ms = NEVER;
}

bool client_choice_is_active_silent(const client_choice *ch, core_time now)
{
	const client_path *p = ch->paths->active;

	return p && !p->answering &&
	       now.ms >=
		       ch->used_ms + max_u32(2 * client_paths_rtt_ms(ch->paths, p), SILENT_MIN_MS);
}
