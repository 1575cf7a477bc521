/* SPDX-License-Identifier: MIT */
/* carrier.c - the lower rungs of the ladder (row B1): tunnels inside HTTP, opened one after the other
 * with a short stagger (RFC 8305 5) when nothing better answers, and closed when something does. A network
 * that passes UDP never sees one. */
#include "core/client/priv.h"

enum {
	STAGGER_MS = 250,
	LINGER_MS = 10000, /* the better way may not last */
	REST_MS = 1000,    /* after a failure, doubled each time */
	REST_MAX_MS = 60000,
	PORTAL_MS = 5000,
};

bool client_by_carrier(const client_path *p)
{
	return p->kind == PATH_HTTPS || p->kind == PATH_HTTP;
}

static bool works(const client_path *p)
{
	return p->used && p->answering && !p->failed && client_path_usable(p) &&
	       (!p->by_relay || p->admitted_ms);
}

static bool wanted(const client_core *c, const client_path *p)
{
	if (c->reg.state == REG_HOME || c->reg.state == REG_LEAVING || c->reg.state == REG_GONE)
		return false;
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		const client_path *q = &c->paths[i];
		if (q != p && works(q) && client_path_better(c, q, p))
			return false;
	}
	return true;
}

static bool same_place(const client_network *n, const uplink *u)
{
	return ip_equal(&n->gateway, &u->gateway) && n->local.bits == u->local.bits &&
	       prefix_contains(&n->local, &u->local.addr);
}

static const client_network *find_network(const client_core *c, const uplink *u)
{
	for (unsigned i = 0; i < c->saved.n_networks; i++)
		if (same_place(&c->saved.networks[i], u))
			return &c->saved.networks[i];
	return NULL;
}

static void forget_network(client_core *c, const uplink *u)
{
	client_saved *s = &c->saved;
	unsigned kept = 0;
	for (unsigned i = 0; i < s->n_networks; i++)
		if (!same_place(&s->networks[i], u))
			s->networks[kept++] = s->networks[i];
	s->n_networks = kept;
}

static void put_network(client_core *c, const client_path *p)
{
	client_saved *s = &c->saved;
	forget_network(c, &p->up);
	if (s->n_networks == CLIENT_NETWORKS)
		s->n_networks--;
	memmove(s->networks + 1, s->networks, s->n_networks * sizeof *s->networks);
	s->networks[0] = (client_network){ p->up.gateway, p->up.local, p->kind, "" };
	memcpy(s->networks[0].way, p->way, sizeof p->way);
	s->n_networks++;
}

/* Only where UDP does not do there is something to remember. */
void client_carrier_remember(client_core *c, client_path *p)
{
	const client_network *n = find_network(c, &p->up);
	bool carrier = client_by_carrier(p);
	p->open_gap_ms = 0;
	if (carrier ? n && n->kind == p->kind && strcmp(n->way, p->way) == 0 : !n)
		return;
	if (carrier && p != c->active)
		return;
	if (carrier)
		put_network(c, p);
	else
		forget_network(c, &p->up);
	c->env->save(c->env->ctx, &c->saved);
}

/* What worked on this network last time is tried along with UDP, not after it. */
static uint64_t stagger(const client_core *c, const client_path *p)
{
	const client_network *n = find_network(c, &p->up);
	unsigned before = 1;
	if (n && n->kind == p->kind)
		return 0;
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		const client_path *q = &c->paths[i];
		before += q->used && client_by_carrier(q) && q->up.ifindex == p->up.ifindex &&
			  client_agent_rank(c, q->agent) < client_agent_rank(c, p->agent);
	}
	return (uint64_t)STAGGER_MS * before;
}

static void rest(client_path *p, core_time now, bool portal)
{
	p->rest_ms = now.ms + (portal ? PORTAL_MS : client_jitter(p->open_gap_ms));
	if (!portal)
		p->open_gap_ms = p->open_gap_ms ? p->open_gap_ms * 2 : REST_MS;
	if (p->open_gap_ms > REST_MAX_MS)
		p->open_gap_ms = REST_MAX_MS;
}

void client_carrier_anew(client_path *p)
{
	p->open_ms = NEVER;
	p->rest_ms = 0;
	p->open_gap_ms = 0;
}

static void open_carrier(client_core *c, core_time now, client_path *p)
{
	p->open_ms = NEVER;
	if (c->env->carrier_open(c->env->ctx, &p->up, p->agent - CLIENT_FIRST_MUX, &p->sock))
		p->carrier = CARRIER_OPENING;
	else
		rest(p, now, false);
}

static void shut(client_core *c, client_path *p)
{
	c->env->path_close(c->env->ctx, p->sock);
	p->sock = 0;
	p->carrier = CARRIER_CLOSED;
	p->open_ms = p->linger_ms = p->try_ms = p->standby_ms = NEVER;
	p->admitted_ms = 0; /* the next tunnel is another port at the relay */
	p->answering = false;
	p->mtu_on = false;
	client_live_quiet(p);
}

static void lose(client_core *c, core_time now, client_path *p, bool portal)
{
	shut(c, p);
	rest(p, now, portal);
	client_path_lost(c, now, p);
}

/* What is to happen to a carrier next, and when: one answer for the tick and for the timer. */
typedef enum carrier_step {
	STEP_NONE,
	STEP_PLAN,
	STEP_OPEN,
	STEP_CALL_OFF,
	STEP_SHUT,
	STEP_LOSE
} carrier_step;

static carrier_step next_step(const client_core *c, const client_path *p, uint64_t *at_ms)
{
	bool want = wanted(c, p);
	*at_ms = 0;
	if (p->carrier == CARRIER_CLOSED) {
		if (want && p->open_ms != NEVER)
			*at_ms = p->open_ms;
		return want ? (p->open_ms == NEVER ? STEP_PLAN : STEP_OPEN)
			    : (p->open_ms == NEVER ? STEP_NONE : STEP_CALL_OFF);
	}
	if (p->carrier == CARRIER_UP && p->failed)
		return STEP_LOSE;
	if (want || p == c->active)
		return p->linger_ms == NEVER ? STEP_NONE : STEP_CALL_OFF;
	if (p->carrier == CARRIER_OPENING)
		return STEP_SHUT;
	if (p->linger_ms != NEVER)
		*at_ms = p->linger_ms;
	return p->linger_ms == NEVER ? STEP_PLAN : STEP_SHUT;
}

static void plan(const client_core *c, core_time now, client_path *p)
{
	uint64_t at = now.ms + stagger(c, p);
	if (p->carrier == CARRIER_UP)
		p->linger_ms = now.ms + LINGER_MS;
	else
		p->open_ms = at > p->rest_ms ? at : p->rest_ms;
}

static bool take_step(client_core *c, core_time now, client_path *p)
{
	uint64_t at;
	carrier_step s = next_step(c, p, &at);
	if (s == STEP_NONE || now.ms < at)
		return false;
	if (s == STEP_PLAN)
		plan(c, now, p);
	else if (s == STEP_OPEN)
		open_carrier(c, now, p);
	else if (s == STEP_SHUT)
		shut(c, p);
	else if (s == STEP_LOSE)
		lose(c, now, p, false);
	else
		p->open_ms = p->linger_ms = NEVER;
	return true;
}

void client_carriers_tick(client_core *c, core_time now)
{
	enum { STEPS = 4 }; /* to plan and to do what was planned for now, and once more */
	if (c->active && works(c->active)) /* it may have answered before it was used */
		client_carrier_remember(c, c->active);
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		for (int n = 0; n < STEPS && p->used && client_by_carrier(p); n++)
			if (!take_step(c, now, p))
				break;
	}
}

uint64_t client_carriers_due(const client_core *c)
{
	uint64_t due = NEVER, at;
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		const client_path *p = &c->paths[i];
		if (p->used && client_by_carrier(p) && next_step(c, p, &at) != STEP_NONE)
			due = min_u64(due, at);
	}
	return due;
}

void client_carriers_reset(client_core *c)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		p->rest_ms = 0;
		p->open_gap_ms = 0;
		if (p->used && p->carrier == CARRIER_CLOSED)
			p->open_ms = NEVER; /* planned anew */
	}
}

static bool active_does(const client_core *c)
{
	return c->active && c->active->answering && !c->active->failed;
}

void client_core_carrier_way(client_core *c, uint32_t sock, const char *way)
{
	client_path *p = client_path_by_sock(c, sock);
	size_t n = strlen(way);
	if (p && n < sizeof p->way)
		memcpy(p->way, way, n + 1);
}

const char *client_core_known_way(const client_core *c, const uplink *u, unsigned mux)
{
	const client_network *n = find_network(c, u);
	return n && n->kind == c->agents[CLIENT_FIRST_MUX + mux].kind ? n->way : "";
}

void client_core_carrier_up(client_core *c, core_time now, uint32_t sock, const endpoint *remote)
{
	client_path *p = client_path_by_sock(c, sock);
	if (!p || p->carrier != CARRIER_OPENING)
		return;
	p->carrier = CARRIER_UP;
	p->remote = *remote;
	p->failed = false;
	p->failures = 0;
	p->not_before_ms = 0;
	if (!active_does(c) && wanted(c, p))
		client_path_activate(c, now, p);
	else
		client_path_probe(c, now, p);
	client_paths_try(c, now);
	client_carriers_tick(c, now);
	client_tell(c, now);
}

void client_core_carrier_down(client_core *c, core_time now, uint32_t sock, bool portal)
{
	client_path *p = client_path_by_sock(c, sock);
	if (!p || p->carrier == CARRIER_CLOSED)
		return;
	lose(c, now, p, portal);
	client_carriers_tick(c, now);
	client_tell(c, now);
}
