/* SPDX-License-Identifier: MIT */
#include "core/client/paths.h"

#include <openssl/crypto.h>

enum {
	SOCK_MASK = (1 << CLIENT_SOCK_BITS) - 1,
	REST_MS =
		5000, /* after a failure, doubled each time, so that a bad path isn't chosen again and again */
	REST_DOUBLINGS = 5,
	REST_MAX_MS = 60000,
};

void client_paths_init(client_paths *t, const client_host *host, const client_agents *agents)
{
	*t = (client_paths){ .host = host, .agents = agents };
}

client_path *client_paths_next(const client_paths *t, const client_path *p)
{
	for (unsigned i = p ? p->slot + 1u : 0; i < CLIENT_PATHS; i++)
		if (t->slots[i].used)
			return (client_path *)&t->slots[i];
	return NULL;
}

client_path *client_paths_by_sock(const client_paths *t, uint32_t sock)
{
	unsigned slot = t->by_sock[sock & SOCK_MASK];

	if (slot == 0 || t->slots[slot - 1].sock != sock)
		return NULL;
	return (client_path *)&t->slots[slot - 1];
}

client_path *client_paths_by_name(const client_paths *t, uint16_t name)
{
	for (client_path *p = NULL; name && (p = client_paths_next(t, p));)
		if (p->name == name)
			return p;
	return NULL;
}

static void set_sock(client_paths *t, client_path *p, uint32_t sock)
{
	if (p->sock)
		t->by_sock[p->sock & SOCK_MASK] = 0;
	if (sock)
		t->by_sock[sock & SOCK_MASK] = (uint8_t)(p->slot + 1);
	p->sock = sock;
}

static uint16_t next_name(client_paths *t)
{
	do
		t->last_name++;
	while (t->last_name == 0 || client_paths_by_name(t, t->last_name));
	return t->last_name;
}

static bool has_path(const client_paths *t, const uplink *u, unsigned agent)
{
	for (const client_path *p = NULL; (p = client_paths_next(t, p));)
		if (p->agent == agent && uplink_is_same(&p->up, u))
			return true;
	return false;
}

static client_path *free_slot(client_paths *t)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++)
		if (!t->slots[i].used)
			return &t->slots[i];
	return NULL;
}

client_path *client_paths_open(client_paths *t, const uplink *u, unsigned agent)
{
	const client_env *env = t->host->env;
	const client_agent *g = &t->agents->list[agent];
	const endpoint *remote = client_agents_reach(t->agents, agent, u);
	client_path *p = free_slot(t);
	bool by_carrier = agent >= CLIENT_FIRST_MUX;
	char local[ADDR_STRLEN], name[ENDPOINT_STRLEN];
	uint32_t sock = 0;

	if (!p || !remote || has_path(t, u, agent))
		return NULL;
	if (!by_carrier && !env->path_open(env->ctx, u, &sock))
		return NULL;
	*p = (client_path){
		.used = true,
		.slot = (uint8_t)(p - t->slots),
		.name = next_name(t),
		.link = by_carrier ? CLIENT_LINK_CLOSED : CLIENT_LINK_UP,
		.up = *u,
		.agent = (uint8_t)agent,
		.agent_generation = g->generation,
		.kind = g->kind,
		.by_relay = g->is_relay,
		.remote = *remote,
	};
	set_sock(t, p, sock);
	if (!by_carrier)
		log_info(t->host->log, "uplink %s %s is up, to %s", u->name,
			 ip_format(&u->local.addr, local),
			 client_agents_name(t->agents, agent, name));
	return p;
}

void client_paths_close(client_paths *t, client_path *p)
{
	char local[ADDR_STRLEN], to[ENDPOINT_STRLEN];

	if (p->sock) {
		log_info(t->host->log, "uplink %s %s to %s %s is gone", p->up.name,
			 ip_format(&p->up.local.addr, local), client_path_kind_name(p->kind),
			 endpoint_format(&p->remote, to));
		t->host->env->path_close(t->host->env->ctx, p->sock);
	}
	set_sock(t, p, 0);
	if (t->active == p)
		t->active = NULL;
	OPENSSL_cleanse(p, sizeof *p);
}

void client_paths_close_all(client_paths *t)
{
	for (client_path *p = NULL; (p = client_paths_next(t, NULL));)
		client_paths_close(t, p);
}

void client_paths_set_active(client_paths *t, client_path *p)
{
	t->active = p;
}

void client_paths_set_uplink(client_path *p, const uplink *u)
{
	p->up = *u;
}

void client_paths_carrier_opening(client_paths *t, client_path *p, uint32_t sock)
{
	set_sock(t, p, sock);
	p->link = CLIENT_LINK_OPENING;
}

void client_paths_carrier_up(client_path *p, const endpoint *remote)
{
	p->link = CLIENT_LINK_UP;
	p->remote = *remote;
	client_paths_recover(p);
}

void client_paths_carrier_closed(client_paths *t, client_path *p)
{
	set_sock(t, p, 0);
	p->link = CLIENT_LINK_CLOSED;
	p->answering = false;
}

bool client_paths_is_usable(const client_path *p)
{
	if (client_paths_by_carrier(p))
		return p->link == CLIENT_LINK_UP;
	return uplink_can_reach(&p->up, &p->remote.addr);
}

uint32_t client_paths_rtt_ms(const client_paths *t, const client_path *p)
{
	uint32_t us = p->rtt_us ? p->rtt_us : t->last_rtt_us;

	return us ? max_u32(us / 1000, 1) : CLIENT_RTT_GUESS_MS;
}

/* RFC 6298 2 */
void client_paths_measured(client_paths *t, client_path *p, uint32_t rtt_us)
{
	bool is_first = !client_paths_is_measured(p);

	rtt_us = max_u32(rtt_us, 1);
	p->rtt_us = is_first ? rtt_us : (uint32_t)(((uint64_t)p->rtt_us * 7 + rtt_us) / 8);
	p->rtt_is_rough = false;
	t->last_rtt_us = p->rtt_us;
}

void client_paths_measured_roughly(client_paths *t, client_path *p, uint32_t rtt_us)
{
	if (client_paths_is_measured(p))
		return;
	client_paths_measured(t, p, rtt_us);
	p->rtt_is_rough = true;
}

bool client_paths_heard(client_path *p, uint64_t now_ms)
{
	bool news = p->failed || !p->answering;

	p->answering = true;
	p->failed = false;
	p->last_rx_ms = now_ms;
	return news;
}

void client_paths_silent(client_path *p)
{
	p->failed = true;
	p->answering = false;
}

void client_paths_failed(client_path *p, uint64_t now_ms)
{
	uint64_t rest = (uint64_t)REST_MS
			<< (p->failures < REST_DOUBLINGS ? p->failures : REST_DOUBLINGS);

	client_paths_silent(p);
	p->not_before_ms = now_ms + min_u64(rest, REST_MAX_MS);
	if (p->failures < UINT8_MAX)
		p->failures++;
}

void client_paths_forgive(client_path *p)
{
	p->failures = 0;
	p->not_before_ms = 0;
}

void client_paths_recover(client_path *p)
{
	p->failed = false;
	client_paths_forgive(p);
}

void client_paths_doubt(client_path *p)
{
	p->answering = false;
}

void client_paths_registered(client_path *p, const endpoint *remote, const reg_reply *r)
{
	p->remote = *remote;
	p->nat = r->observed.addr.len && !ip_equal(&r->observed.addr, &p->up.local.addr);
	p->keepalive_s = r->keepalive_s;
}

void client_paths_set_mtu(client_path *p, uint16_t mtu)
{
	p->mtu = mtu;
}
