/* SPDX-License-Identifier: MIT */
/* agents.c - mobility agents on the links we visit (RFC 5944 2): asked for, heard, told to the core. */
#include "shell.h"

static void on_heard(void *ctx, const icmp_heard *h)
{
	shell *s = ctx;
	agent_adv a;
	if (h->ttl == 1 && agent_adv_get(h->p, h->n, &a)) /* RFC 5944 2.1: from this link alone */
		client_core_agent(s->core, shell_now(), h->ifindex, &h->from, &a);
}

static void on_readable(void *ctx)
{
	shell *s = ctx;
	icmp_agents_recv(s->agents, on_heard, s);
	shell_settle(s);
}

/* Without it (a container may not let us) there are the relays that profile and home name. */
void agents_open(shell *s)
{
	err e = { 0 };
	if (!s->profile->trust_relay)
		return;
	s->agents = icmp_agents_open(ICMP_CLIENT, &e);
	if (s->agents)
		s->agents_watch =
			io_watch_new(s->loop, icmp_agents_fd(s->agents), on_readable, s, &e);
	if (!s->agents_watch)
		log_debug(&s->log, "%s: no agent advertisements are heard", e.text);
}

void agents_close(shell *s)
{
	io_watch_free(s->agents_watch);
	icmp_agents_close(s->agents);
}

void agents_solicit(void *ctx, const uplink *u)
{
	shell *s = ctx;
	uint8_t msg[16];
	size_t n = agent_solicit_put(msg, sizeof msg);
	if (s->agents)
		icmp_agents_send(s->agents, u->ifindex, &u->local.addr, NULL, msg, n);
}
