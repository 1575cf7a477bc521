/* SPDX-License-Identifier: MIT */
/* paths.c - uplinks become paths: what is new gets a socket, what is gone loses it. */
#include "core/client/priv.h"

#include <openssl/crypto.h>

client_path *client_path_by_sock(client_core *c, uint32_t sock)
{
	if (sock == 0)
		return NULL; /* carriers that are not open */
	if (c->active && c->active->sock == sock)
		return c->active;
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (c->paths[i].used && c->paths[i].sock == sock)
			return &c->paths[i];
	return NULL;
}

client_path *client_path_by_name(client_core *c, uint16_t name)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (c->paths[i].used && c->paths[i].name == name)
			return &c->paths[i];
	return NULL;
}

uint32_t client_path_rtt_ms(const client_core *c, const client_path *p)
{
	uint32_t us = p->rtt_us ? p->rtt_us : c->last_rtt_us;
	return us ? max_u32(us / 1000, 1) : CLIENT_RTT_GUESS_MS;
}

void client_path_rtt(client_core *c, client_path *p, uint32_t rtt_us)
{
	rtt_us = max_u32(rtt_us, 1);
	p->rtt_us = p->rtt_us ? (uint32_t)(((uint64_t)p->rtt_us * 7 + rtt_us) / 8)
			      : rtt_us; /* RFC 6298 2 */
	c->last_rtt_us = p->rtt_us;
}

dgram_route client_route(const client_path *p)
{
	return (dgram_route){ .sock = p->sock, .to = p->remote };
}

static uint16_t next_name(client_core *c)
{
	do
		c->last_name++;
	while (c->last_name == 0 || client_path_by_name(c, c->last_name));
	return c->last_name;
}

static void init_path(client_core *c, client_path *p, const uplink *u, uint32_t sock,
		      unsigned agent)
{
	*p = (client_path){
		.used = true,
		.name = next_name(c),
		.sock = sock,
		.up = *u,
		.agent = (uint8_t)agent,
		.kind = c->agents[agent].kind,
		.by_relay = c->agents[agent].is_relay,
		.remote = *client_agent_at(c, agent, u),
		.waiting_ms = NEVER,
		.unproven_ms = NEVER,
		.probe_ms = NEVER,
		.try_ms = NEVER,
		.check_ms = NEVER,
		.standby_ms = NEVER,
		.open_ms = NEVER,
		.linger_ms = NEVER,
	};
}

static bool has_path(const client_core *c, const uplink *u, unsigned agent);

static void open_path(client_core *c, const uplink *u, unsigned agent)
{
	char local[ADDR_STRLEN], name[ENDPOINT_STRLEN];
	client_path *p = c->paths;
	uint32_t sock = 0;
	while (p < c->paths + CLIENT_PATHS && p->used)
		p++;
	if (!client_agent_at(c, agent, u) || has_path(c, u, agent) || p == c->paths + CLIENT_PATHS)
		return;
	if (agent < CLIENT_FIRST_MUX && !c->env->path_open(c->env->ctx, u, &sock))
		return;
	init_path(c, p, u, sock, agent);
	if (!sock)
		return; /* a carrier, opened when it is wanted */
	log_info(c->log, "uplink %s %s is there, to %s", u->name, ip_format(&u->local.addr, local),
		 client_agent_name(c, agent, name));
}

static void close_path(client_core *c, client_path *p)
{
	char local[ADDR_STRLEN], name[ENDPOINT_STRLEN];
	if (p->sock) {
		log_info(c->log, "uplink %s %s to %s is gone", p->up.name,
			 ip_format(&p->up.local.addr, local), client_agent_name(c, p->agent, name));
		c->env->path_close(c->env->ctx, p->sock);
	}
	if (c->active == p)
		c->active = NULL;
	if (c->home_path == p)
		c->home_path = NULL;
	OPENSSL_cleanse(p, sizeof *p);
}

void client_paths_close(client_core *c)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (c->paths[i].used)
			close_path(c, &c->paths[i]);
}

static bool same_network(const uplink *a, const uplink *b)
{
	return a->ifindex == b->ifindex && ip_equal(&a->local.addr, &b->local.addr) &&
	       a->local.bits == b->local.bits;
}

/* Another gateway is another network that happens to give the same address (every second one is
 * 192.168.1.0/24); a gateway that appears is the rest of a configuration that came in parts. */
static bool moved_under_us(const uplink *was, const uplink *is)
{
	return was->gateway.len && is->gateway.len && !ip_equal(&was->gateway, &is->gateway);
}

static const uplink *find_uplink(const uplink *u, size_t n, const uplink *like)
{
	for (size_t i = 0; i < n; i++)
		if (same_network(&u[i], like))
			return &u[i];
	return NULL;
}

static void update_path(client_core *c, core_time now, client_path *p, const uplink *u)
{
	bool was_usable = client_path_usable(p), mtu_changed = p->up.mtu != u->mtu;
	if (p->carrier == CARRIER_CLOSED &&
	    (p->up.has_default != u->has_default || p->up.n_routes != u->n_routes ||
	     !ip_equal(&p->up.gateway, &u->gateway)))
		client_carrier_anew(p);
	p->up = *u;
	if (mtu_changed && p->mtu_on)
		client_mtu_start(c, now, p);
	if (client_path_usable(p) && !was_usable) { /* a route came */
		p->failed = false;
		p->failures = 0;
		p->not_before_ms = 0;
		if (p == c->active)
			client_path_activate(c, now, p);
	}
}

static void close_gone(client_core *c, core_time now, const uplink *u, size_t n)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		if (!p->used)
			continue;
		const uplink *still = find_uplink(u, n, &p->up);
		if (!still || moved_under_us(&p->up, still))
			close_path(c, p);
		else
			update_path(c, now, p, still);
	}
}

static bool has_path(const client_core *c, const uplink *u, unsigned agent)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (c->paths[i].used && c->paths[i].agent == agent &&
		    same_network(&c->paths[i].up, u))
			return true;
	return false;
}

/* Home's first: there may be more ways than sockets. */
static void open_new(client_core *c)
{
	for (unsigned a = 0; a < CLIENT_AGENTS; a++)
		for (size_t i = 0; i < c->n_uplinks; i++)
			open_path(c, &c->uplinks[i], a);
}

static void note_loss(client_core *c, core_time now)
{
	c->lost_ms = now.ms;
	c->moving_ms = now.ms;
	c->moving_us = client_us(now);
}

static void settle(client_core *c, core_time now)
{
	client_home_look(c, now);
	client_paths_choose(c, now);
	client_paths_try(c, now);
	client_carriers_tick(c, now);
	client_tell(c, now);
}

void client_path_lost(client_core *c, core_time now, client_path *p)
{
	if (p != c->active)
		return;
	c->active = NULL;
	note_loss(c, now);
	client_paths_choose(c, now);
	client_paths_try(c, now);
}

static bool ended(const client_core *c)
{
	return c->reg.state == REG_GONE || c->reg.state == REG_LEAVING;
}

/* An agent came, or went with all its paths. */
void client_paths_of_agent(client_core *c, core_time now, unsigned agent, bool exists)
{
	bool had = c->active != NULL;
	for (unsigned i = 0; i < CLIENT_PATHS && !exists; i++)
		if (c->paths[i].used && c->paths[i].agent == agent)
			close_path(c, &c->paths[i]);
	if (ended(c))
		return;
	if (had && !c->active)
		note_loss(c, now);
	open_new(c);
	settle(c, now);
}

/* The ways out as they are now; asks for agents on those that are new. */
static void take_uplinks(client_core *c, const uplink *u, size_t n)
{
	uplink old[UPLINK_MAX];
	size_t n_old = c->n_uplinks;
	memcpy(old, c->uplinks, sizeof old);
	if (n)
		memmove(c->uplinks, u, n * sizeof *u);
	c->n_uplinks = n;
	for (size_t i = 0; i < n; i++)
		if (!find_uplink(old, n_old, &c->uplinks[i]))
			client_agents_solicit(c, &c->uplinks[i]);
}

void client_core_uplinks(client_core *c, core_time now, const uplink *u, size_t n)
{
	bool had = c->active != NULL;
	take_uplinks(c, u, n < UPLINK_MAX ? n : UPLINK_MAX);
	if (ended(c))
		return;
	if (c->lost_ms == NEVER && !c->cur && !c->ever_up)
		c->lost_ms = now.ms; /* the very first time */
	close_gone(c, now, c->uplinks, c->n_uplinks);
	if (had && !c->active)
		note_loss(c, now);
	open_new(c);
	settle(c, now);
}
