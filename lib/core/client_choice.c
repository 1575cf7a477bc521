/* SPDX-License-Identifier: MIT */
/* client_choice.c - which path is the active one. A path that is gone or dead is left at once for
 * the best of the others; one that is only better is taken when it has answered (make before
 * break). */
#include "core/client_priv.h"

enum {
	SPARE_WAIT_MS = 300, /* for the route of an uplink that has an address already */
	TRY_MIN_MS = 300,
	TRY_MAX_MS = 30000,
	RECENT_MS = 30000, /* no climbing while nobody has used the tunnel for so long */
	REST_MS = 5000,    /* of a path that failed, doubled each time */
	REST_MAX_MS = 60000,
	RTT_MARGIN_US = 10000,
};

bool client_path_usable(const client_path *p)
{
	return p->up.has_default || prefix_contains(&p->up.local, &p->remote.addr);
}

static bool clearly_faster(const client_path *a, const client_path *b)
{
	return a->rtt_us && b->rtt_us &&
	       (uint64_t)a->rtt_us * 3 / 2 + RTT_MARGIN_US < (uint64_t)b->rtt_us;
}

/* Would the system, or the round trip, have us rather use a? */
static bool preferred(const client_path *a, const client_path *b)
{
	if (client_path_usable(a) != client_path_usable(b))
		return client_path_usable(a);
	if (a->up.metric != b->up.metric)
		return a->up.metric < b->up.metric;
	return clearly_faster(a, b);
}

static int soundness(const client_path *p)
{
	return p->failed ? 0 : p->answering ? 2 : 1;
}

static bool better_choice(const client_path *a, const client_path *b)
{
	if (soundness(a) != soundness(b))
		return soundness(a) > soundness(b);
	return preferred(a, b);
}

static client_path *best(client_core *c, bool spare_too)
{
	client_path *found = NULL;
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		if (!p->used || (!spare_too && !client_path_usable(p)))
			continue;
		if (!found || better_choice(p, found))
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
	char local[ADDR_STRLEN], to[ENDPOINT_STRLEN];
	bool other = c->active != p;
	log_info(c->log, "using %s %s to %s", p->up.name, ip_format(&p->up.local.addr, local),
		 endpoint_format(&p->remote, to));
	c->active = p;
	c->spare_ms = NEVER;
	p->try_ms = NEVER;
	client_live_quiet(p);
	if (other)
		count_move(c, now);
	if (c->cur)
		c->lost_ms = NEVER;
	else if (c->lost_ms == NEVER)
		c->lost_ms = now.ms;
	if (c->cur) /* moves home's idea of our address now, without waiting for the registration */
		client_echo_send(c, now, p, c->cur, 0, 0);
	if (!p->mtu_on)
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
	       (c->active->failed || preferred(p, c->active));
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
		if (news)
			c->last_remote = p->remote;
	}
	if (news && p == c->active)
		client_tell(c, now);
	if (c->reg.state == REG_HOME || c->reg.state == REG_LEAVING || c->reg.state == REG_GONE)
		return;
	if (worth_climbing(c, p) && (c->active->failed || now.ms >= p->not_before_ms))
		client_path_activate(c, now, p);
}

/* A failed path rests, longer each time, so that a bad one doesn't make us go back and forth. */
static uint64_t rest_ms(const client_path *p)
{
	uint64_t rest = (uint64_t)REST_MS << (p->failures < 5 ? p->failures : 5);
	return rest < REST_MAX_MS ? rest : REST_MAX_MS;
}

void client_live_failed(client_core *c, core_time now, client_path *p)
{
	char local[ADDR_STRLEN];
	if (p == c->active || p->answering)
		log_warn(c->log, "uplink %s %s does not answer", p->up.name,
			 ip_format(&p->up.local.addr, local));
	p->failed = true;
	p->answering = false;
	p->not_before_ms = now.ms + rest_ms(p);
	if (p->failures < UINT8_MAX)
		p->failures++;
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
	bool used_lately = c->active && now.ms - c->active->last_data_ms < RECENT_MS;
	if (!worth_trying(c, p)) {
		p->try_ms = NEVER;
		return;
	}
	if (p->try_gap_ms < TRY_MAX_MS || used_lately)
		client_echo_send(c, now, p, c->cur, CTL_STAY, 0);
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
	client_path *p = c->active;
	if (p && p->nat && p->keepalive_s && now.ms >= p->last_tx_ms + p->keepalive_s * 1000u &&
	    c->reg.state != REG_HOME) { /* RFC 3948 4 */
		dgram_route r = client_route(p);
		dgramq_put(c->tx, &r, "\xff", 1);
		p->last_tx_ms = now.ms;
	}
}

uint64_t client_paths_due(const client_core *c)
{
	uint64_t due = c->spare_ms;
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (c->paths[i].used)
			due = min_u64(due, c->paths[i].try_ms);
	const client_path *p = c->active;
	if (p && p->nat && p->keepalive_s && c->reg.state != REG_HOME)
		due = min_u64(due, p->last_tx_ms + p->keepalive_s * 1000u);
	return due;
}
