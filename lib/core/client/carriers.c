/* SPDX-License-Identifier: MIT */
#include "core/client/carriers.h"

enum {
	STAGGER_MS = 250,
	LINGER_MS = 10000, /* the better path may not last */
	REST_MS = 1000,    /* after a failure, doubled each time */
	REST_MAX_MS = 60000,
	PORTAL_MS = 5000,
};

void client_carriers_reset(client_carriers *cs, unsigned slot)
{
	cs->of[slot] = (client_carrier){ .open_ms = NEVER, .linger_ms = NEVER };
}

void client_carriers_allow(client_carriers *cs, bool allowed)
{
	cs->allowed = allowed;
}

static bool works(const client_carriers *cs, const client_path *p)
{
	return p->answering && !p->failed && client_paths_is_usable(p) &&
	       client_admission_was_granted(cs->admission, p);
}

bool client_carriers_is_wanted(const client_carriers *cs, const client_path *p)
{
	if (!cs->allowed)
		return false;
	for (const client_path *q = NULL; (q = client_paths_next(cs->paths, q));)
		if (q != p && works(cs, q) && client_preference_is_better(cs->agents, q, p))
			return false;
	return true;
}

/* --- what worked on a network --- */

/* Only where UDP does not pass there is something to remember. */
void client_carriers_remember(client_carriers *cs, const client_path *p)
{
	const client_network *n = client_networks_find(cs->networks, &p->up);
	client_carrier *k = &cs->of[p->slot];
	bool by_carrier = client_paths_by_carrier(p);

	k->open_gap_ms = 0;
	if (by_carrier ? n && n->kind == p->kind && strcmp(n->hint, k->hint) == 0 : !n)
		return;
	if (by_carrier && p != cs->paths->active)
		return;
	if (by_carrier)
		client_networks_put(cs->networks, &p->up, p->kind, k->hint);
	else
		client_networks_forget(cs->networks, &p->up);
	client_events_put(cs->host->events, (client_event){ .kind = CLIENT_EV_SAVE });
}

void client_carriers_set_hint(client_carriers *cs, const client_path *p, const char *hint)
{
	size_t n = strlen(hint);

	if (n < CLIENT_HINT)
		memcpy(cs->of[p->slot].hint, hint, n + 1);
}

const char *client_carriers_hint(const client_carriers *cs, const uplink *u, unsigned mux)
{
	const client_network *n = client_networks_find(cs->networks, u);

	return n && n->kind == cs->agents->list[CLIENT_FIRST_MUX + mux].kind ? n->hint : "";
}

/* --- opening and closing --- */

static bool may_udp_answer(const client_carriers *cs)
{
	for (const client_path *p = NULL; (p = client_paths_next(cs->paths, p));)
		if (!client_paths_by_carrier(p) && client_paths_is_usable(p) && !p->failed)
			return true;
	return false;
}

/* What worked on this network last time is opened along with UDP, not after it; and where UDP has just been found dead,
 * there is nothing to wait for. */
static uint64_t stagger_ms(const client_carriers *cs, const client_path *p)
{
	const client_network *n = client_networks_find(cs->networks, &p->up);
	unsigned before = may_udp_answer(cs) ? 1 : 0;

	if (n && n->kind == p->kind)
		return 0;
	for (const client_path *q = NULL; (q = client_paths_next(cs->paths, q));)
		before += client_paths_by_carrier(q) && q->up.ifindex == p->up.ifindex &&
			  client_agents_rank(cs->agents, q->agent) <
				  client_agents_rank(cs->agents, p->agent);
	return (uint64_t)STAGGER_MS * before;
}

static void rest(client_carrier *k, core_time now, bool portal)
{
	k->rest_ms = now.ms + (portal ? PORTAL_MS : client_time_jitter(k->open_gap_ms));
	if (!portal)
		k->open_gap_ms = k->open_gap_ms ? k->open_gap_ms * 2 : REST_MS;
	if (k->open_gap_ms > REST_MAX_MS)
		k->open_gap_ms = REST_MAX_MS;
}

static void open_carrier(client_carriers *cs, core_time now, client_path *p)
{
	const client_env *env = cs->host->env;
	uint32_t sock;

	cs->of[p->slot].open_ms = NEVER;
	if (env->carrier_open(env->ctx, &p->up, p->agent - CLIENT_FIRST_MUX, &sock))
		client_paths_carrier_opening(cs->paths, p, sock);
	else
		rest(&cs->of[p->slot], now, false);
}

static void close_carrier(client_carriers *cs, client_path *p)
{
	const client_env *env = cs->host->env;

	env->path_close(env->ctx, p->sock);
	client_paths_carrier_closed(cs->paths, p);
	cs->of[p->slot].open_ms = cs->of[p->slot].linger_ms = NEVER;
	client_events_put_path(cs->host->events, CLIENT_EV_CARRIER_CLOSED, p->name);
}

void client_carriers_lost(client_carriers *cs, core_time now, client_path *p, bool portal)
{
	close_carrier(cs, p);
	rest(&cs->of[p->slot], now, portal);
}

void client_carriers_replan(client_carriers *cs, const client_path *p)
{
	client_carrier *k = &cs->of[p->slot];

	if (p->link != CLIENT_LINK_CLOSED)
		return;
	k->open_ms = NEVER;
	k->rest_ms = 0;
	k->open_gap_ms = 0;
}

void client_carriers_restart(client_carriers *cs)
{
	for (const client_path *p = NULL; (p = client_paths_next(cs->paths, p));) {
		client_carrier *k = &cs->of[p->slot];
		k->rest_ms = 0;
		k->open_gap_ms = 0;
		if (p->link == CLIENT_LINK_CLOSED)
			k->open_ms = NEVER; /* planned again */
	}
}

/* What is to happen to a carrier next, and when: one answer for the tick and for the timer. */
typedef enum carrier_step {
	STEP_NONE,
	STEP_PLAN,
	STEP_OPEN,
	STEP_CALL_OFF,
	STEP_CLOSE,
	STEP_GIVE_UP
} carrier_step;

static carrier_step next_step(const client_carriers *cs, const client_path *p, uint64_t *at_ms)
{
	const client_carrier *k = &cs->of[p->slot];
	bool is_wanted = client_carriers_is_wanted(cs, p);

	*at_ms = 0;
	if (p->link == CLIENT_LINK_CLOSED) {
		if (!is_wanted)
			return k->open_ms == NEVER ? STEP_NONE : STEP_CALL_OFF;
		if (k->open_ms == NEVER)
			return STEP_PLAN;
		*at_ms = k->open_ms;
		return STEP_OPEN;
	}
	if (p->link == CLIENT_LINK_UP && p->failed)
		return STEP_GIVE_UP;
	if (is_wanted || p == cs->paths->active)
		return k->linger_ms == NEVER ? STEP_NONE : STEP_CALL_OFF;
	if (p->link == CLIENT_LINK_OPENING)
		return STEP_CLOSE;
	if (k->linger_ms == NEVER)
		return STEP_PLAN;
	*at_ms = k->linger_ms;
	return STEP_CLOSE;
}

static void plan(client_carriers *cs, core_time now, const client_path *p)
{
	client_carrier *k = &cs->of[p->slot];

	if (p->link == CLIENT_LINK_UP)
		k->linger_ms = now.ms + LINGER_MS;
	else
		k->open_ms = max_u64(now.ms + stagger_ms(cs, p), k->rest_ms);
}

static bool take_step(client_carriers *cs, core_time now, client_path *p)
{
	client_carrier *k = &cs->of[p->slot];
	uint64_t at;
	carrier_step s = next_step(cs, p, &at);

	if (s == STEP_NONE || now.ms < at)
		return false;
	if (s == STEP_PLAN)
		plan(cs, now, p);
	else if (s == STEP_OPEN)
		open_carrier(cs, now, p);
	else if (s == STEP_CLOSE)
		close_carrier(cs, p);
	else if (s == STEP_GIVE_UP)
		client_carriers_lost(cs, now, p, false);
	else
		k->open_ms = k->linger_ms = NEVER;
	return true;
}

void client_carriers_tick(client_carriers *cs, core_time now)
{
	enum { STEPS = 4 }; /* to plan and to do what was planned for now, and once more */
	const client_path *active = cs->paths->active;

	if (active && works(cs, active)) /* it may have answered before it was used */
		client_carriers_remember(cs, active);
	for (client_path *p = NULL; (p = client_paths_next(cs->paths, p));)
		for (int n = 0; n < STEPS && client_paths_by_carrier(p); n++)
			if (!take_step(cs, now, p))
				break;
}

uint64_t client_carriers_next_timer_ms(const client_carriers *cs)
{
	uint64_t next = NEVER, at;

	for (const client_path *p = NULL; (p = client_paths_next(cs->paths, p));)
		if (client_paths_by_carrier(p) && next_step(cs, p, &at) != STEP_NONE)
			next = min_u64(next, at);
	return next;
}
