/* SPDX-License-Identifier: MIT */
/* choice.c - which path is the active one. A path that is gone or dead is left at once for
 * the best of the others; one that is only better is taken when it has answered (make before
 * break). */
#include "core/client/priv.h"

enum {
	SPARE_WAIT_MS = 300, /* for the route of an uplink that has an address already */
	TRY_MIN_MS = 300,
	TRY_MAX_MS = 30000,
	RECENT_MS = 30000, /* no climbing while nobody has used the tunnel for so long */
	REST_MS = 5000,    /* of a path that failed, doubled each time */
	REST_MAX_MS = 60000,
	RTT_MARGIN_US = 10000,
	SILENT_MIN_MS = 250, /* a path that was just chosen gets so long before another may do */
};

bool client_path_usable(const client_path *p)
{
	if (client_by_carrier(p))
		return p->carrier == CARRIER_UP;
	return uplink_reaches(&p->up, &p->remote.addr);
}

static bool clearly_faster(const client_path *a, const client_path *b)
{
	return a->rtt_us && b->rtt_us &&
	       (uint64_t)a->rtt_us * 3 / 2 + RTT_MARGIN_US < (uint64_t)b->rtt_us;
}

static bool asked_for(const client_core *c, const client_path *p)
{
	return c->conf->prefer_advertised && c->agents[p->agent].advertised;
}

/* UDP is better than a carrier, and one kind of carrier than the other, however the round trips compare. */
bool client_path_better(const client_core *c, const client_path *a, const client_path *b)
{
	bool carriers = a->kind != b->kind && (client_by_carrier(a) || client_by_carrier(b));
	if (a->up.metric != b->up.metric)
		return a->up.metric < b->up.metric;
	if (asked_for(c, a) != asked_for(c, b))
		return asked_for(c, a);
	if (!carriers && (clearly_faster(a, b) || clearly_faster(b, a)))
		return clearly_faster(a, b);
	return client_agent_rank(c, a->agent) < client_agent_rank(c, b->agent);
}

static bool preferred(const client_core *c, const client_path *a, const client_path *b)
{
	if (client_path_usable(a) != client_path_usable(b))
		return client_path_usable(a);
	return client_path_better(c, a, b);
}

static int soundness(const client_path *p)
{
	return p->failed ? 0 : p->answering ? 2 : 1;
}

/* Of ways that nobody has tried yet on this link, the kind that worked before comes first. */
static bool better_choice(const client_core *c, const client_path *a, const client_path *b)
{
	bool a_last = a->agent == c->last_agent, b_last = b->agent == c->last_agent;
	if (soundness(a) != soundness(b))
		return soundness(a) > soundness(b);
	if (soundness(a) < 2 && a->up.metric == b->up.metric && a_last != b_last &&
	    client_path_usable(a) == client_path_usable(b))
		return a_last;
	return preferred(c, a, b);
}

static client_path *best(client_core *c, bool spare_too)
{
	client_path *found = NULL;
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		bool usable = client_path_usable(p);
		if (!p->used || (!usable && (!spare_too || client_by_carrier(p))))
			continue;
		if (!found || better_choice(c, p, found))
			found = p;
	}
	return found;
}

static void count_move(client_core *c, core_time now)
{
	if (c->ever_up)
		c->handovers++;
	if (c->moving_ms == NEVER) { /* else it counts from the loss of the path before */
		c->moving_ms = now.ms;
		c->moving_us = client_us(now);
	}
}

void client_path_use(client_core *c, core_time now, client_path *p)
{
	char local[ADDR_STRLEN], to[ENDPOINT_STRLEN], name[ENDPOINT_STRLEN];
	bool other = c->active != p, open = client_path_admitted(p, now);
	log_info(c->log, "using %s %s to %s, %s %s", p->up.name,
		 ip_format(&p->up.local.addr, local), client_agent_name(c, p->agent, name),
		 path_kind_name(p->kind), endpoint_format(&p->remote, to));
	c->active = p;
	c->used_ms = now.ms;
	c->spare_ms = NEVER;
	p->try_ms = p->standby_ms = NEVER;
	client_live_quiet(p);
	client_live_proven(p, now.ms); /* it has its time to show it */
	if (other)
		count_move(c, now);
	if (c->cur && open)
		c->lost_ms = NEVER;
	else if (c->lost_ms == NEVER)
		c->lost_ms = now.ms;
	if (c->cur && open) /* moves home's idea of our address now, not with the registration */
		client_echo_send(c, now, p, c->cur, 0, 0);
	if (!p->mtu_on && open)
		client_mtu_start(c, now, p);
	client_mtu_update(c, now);
}

void client_path_activate(client_core *c, core_time now, client_path *p)
{
	client_path_use(c, now, p);
	client_mtu_tick(c, now);
	client_reg_go(c, now, false);
}

void client_paths_choose(client_core *c, core_time now)
{
	if (c->reg.state == REG_GONE || c->reg.state == REG_LEAVING)
		return;
	if (c->reg.state == REG_HOME && c->home_path)
		return;
	if (c->active && !c->active->failed)
		return;
	client_path *p = best(c, false);
	if (!p && best(c, true)) {
		if (c->spare_ms == NEVER)
			c->spare_ms = now.ms + SPARE_WAIT_MS;
		if (now.ms >= c->spare_ms) {
			p = best(c, true);
			c->spare_ms = NEVER;
		}
	}
	if (p && p != c->active)
		client_path_activate(c, now, p);
	else if (!p && c->reg.state == REG_HOME)
		client_reg_go(c, now, false); /* away, but nowhere yet */
}

static bool worth_climbing(const client_core *c, const client_path *p)
{
	return c->cur && c->active && p != c->active && client_path_usable(p) &&
	       (c->active->failed || preferred(c, p, c->active));
}

/* Chosen, and nothing came of it for longer than it should take: another that answers will do. */
static bool active_silent(const client_core *c, core_time now)
{
	const client_path *a = c->active;
	return a && !a->answering &&
	       now.ms >= c->used_ms + max_u32(2 * client_path_rtt_ms(c, a), SILENT_MIN_MS);
}

static void finish_move(client_core *c, core_time now)
{
	c->last_handover_ms = client_since_us(now, c->moving_ms, c->moving_us) / 1000.0;
	c->moving_ms = NEVER;
}

void client_path_heard(client_core *c, core_time now, client_path *p)
{
	bool news = p->failed || !p->answering;
	p->answering = true;
	p->failed = false;
	p->last_rx_ms = now.ms;
	client_live_quiet(p);
	if (p == c->active) {
		if (c->moving_ms != NEVER)
			finish_move(c, now);
		c->last_agent = p->agent;
		if (news && p->kind == PATH_DIRECT)
			c->last_remote = p->remote;
	}
	if (news)
		client_carrier_remember(c, p);
	if (news && p == c->active)
		client_tell(c, now);
	if (c->reg.state == REG_HOME || c->reg.state == REG_LEAVING || c->reg.state == REG_GONE)
		return;
	if (p == c->active || !c->active || !client_path_usable(p) || !client_path_admitted(p, now))
		return;
	bool climb = worth_climbing(c, p) && now.ms >= p->not_before_ms;
	if (climb || (c->cur && (c->active->failed || active_silent(c, now))))
		client_path_activate(c, now, p);
}

/* A failed path rests, longer each time, so that a bad one doesn't make us go back and forth. */
static uint64_t rest_ms(const client_path *p)
{
	uint64_t rest = (uint64_t)REST_MS << (p->failures < 5 ? p->failures : 5);
	return rest < REST_MAX_MS ? rest : REST_MAX_MS;
}

static void mark_failed(client_path *p, uint64_t now_ms)
{
	p->failed = true;
	p->answering = false;
	p->not_before_ms = now_ms + rest_ms(p);
	if (p->failures < UINT8_MAX)
		p->failures++;
}

/* It was told so, and perhaps at once: asking it again would go round in circles. */
void client_path_fail(client_core *c, core_time now, client_path *p)
{
	mark_failed(p, now.ms);
	c->reg.everywhere = true;
	if (p != c->active || c->reg.state == REG_HOME)
		return;
	client_path *other = best(c, false);
	if (other && other != p && !other->failed)
		client_path_activate(c, now, other);
	client_paths_try(c, now);
}

void client_live_failed(client_core *c, core_time now, client_path *p)
{
	char local[ADDR_STRLEN], name[ENDPOINT_STRLEN];
	if (p == c->active || p->answering)
		log_warn(c->log, "uplink %s %s: %s does not answer", p->up.name,
			 ip_format(&p->up.local.addr, local), client_agent_name(c, p->agent, name));
	mark_failed(p, now.ms);
	if (p != c->active || c->reg.state == REG_HOME)
		return;
	client_paths_choose(c, now);
	if (c->active == p)
		client_reg_go(c, now, true);
	client_paths_try(c, now);
}

/* A path as good as the active one by the system's lights: worth knowing how long its round trip
 * is. */
static bool worth_measuring(const client_core *c, const client_path *p)
{
	return c->cur && c->active && p != c->active && client_path_usable(p) && !p->rtt_us &&
	       p->up.metric <= c->active->up.metric;
}

static bool worth_trying(const client_core *c, const client_path *p)
{
	return worth_climbing(c, p) || worth_measuring(c, p);
}

void client_paths_try(client_core *c, core_time now)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		p->try_ms = NEVER;
		if (!p->used || !worth_trying(c, p))
			continue;
		p->try_ms = now.ms > p->not_before_ms ? now.ms : p->not_before_ms;
		p->try_gap_ms = max_u32(2 * client_path_rtt_ms(c, p), TRY_MIN_MS);
	}
	client_paths_tick(c, now);
}

static void try_path(client_core *c, core_time now, client_path *p)
{
	bool used_lately = c->active && (client_by_carrier(c->active) ||
					 now.ms - c->active->last_data_ms < RECENT_MS);
	if (!worth_trying(c, p)) {
		p->try_ms = NEVER;
		return;
	}
	if (p->try_gap_ms < TRY_MAX_MS || used_lately)
		client_path_probe(c, now, p);
	p->try_ms = now.ms + client_jitter(p->try_gap_ms);
	p->try_gap_ms = p->try_gap_ms * 2 < TRY_MAX_MS ? p->try_gap_ms * 2 : TRY_MAX_MS;
}

void client_paths_tick(client_core *c, core_time now)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (c->paths[i].used && now.ms >= c->paths[i].try_ms)
			try_path(c, now, &c->paths[i]);
	if (now.ms >= c->spare_ms)
		client_paths_choose(c, now);
}

uint64_t client_paths_due(const client_core *c)
{
	uint64_t due = c->spare_ms;
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (c->paths[i].used)
			due = min_u64(due, c->paths[i].try_ms);
	return due;
}
