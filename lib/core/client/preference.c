/* SPDX-License-Identifier: MIT */
#include "core/client/preference.h"

enum { RTT_MARGIN_US = 10000 };

static bool is_clearly_faster(const client_path *a, const client_path *b)
{
	return client_paths_is_measured(a) && client_paths_is_measured(b) &&
	       (uint64_t)a->rtt_us * 3 / 2 + RTT_MARGIN_US < (uint64_t)b->rtt_us;
}

static bool is_requested(const client_agents *agents, const client_path *p)
{
	return agents->host->conf->prefer_advertised && agents->list[p->agent].advertised;
}

/* UDP is better than a carrier, and one kind of carrier than the other, however the round trips compare. */
static bool is_round_trip_relevant(const client_path *a, const client_path *b)
{
	return a->kind == b->kind || (!client_paths_by_carrier(a) && !client_paths_by_carrier(b));
}

bool client_preference_is_better(const client_agents *agents, const client_path *a,
				 const client_path *b)
{
	if (a->up.metric != b->up.metric)
		return a->up.metric < b->up.metric;
	if (is_requested(agents, a) != is_requested(agents, b))
		return is_requested(agents, a);
	if (is_round_trip_relevant(a, b) && (is_clearly_faster(a, b) || is_clearly_faster(b, a)))
		return is_clearly_faster(a, b);
	return client_agents_rank(agents, a->agent) < client_agents_rank(agents, b->agent);
}

bool client_preference_is_preferred(const client_agents *agents, const client_path *a,
				    const client_path *b)
{
	if (client_paths_is_usable(a) != client_paths_is_usable(b))
		return client_paths_is_usable(a);
	return client_preference_is_better(agents, a, b);
}

static int soundness(const client_path *p)
{
	return p->failed ? 0 : p->answering ? 2 : 1;
}

/* Of paths that were not tried yet on this link, the one to the agent that worked last comes first. */
bool client_preference_is_sounder(const client_agents *agents, const client_path *a,
				  const client_path *b)
{
	bool a_last = a->agent == agents->last_used, b_last = b->agent == agents->last_used;

	if (soundness(a) != soundness(b))
		return soundness(a) > soundness(b);
	if (soundness(a) < 2 && a->up.metric == b->up.metric && a_last != b_last &&
	    client_paths_is_usable(a) == client_paths_is_usable(b))
		return a_last;
	return client_preference_is_preferred(agents, a, b);
}
