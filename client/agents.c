/* SPDX-License-Identifier: MIT */
#include "agents.h"
#include "io/net/now.h"

static void on_heard(void *ctx, const icmp_heard *h)
{
	agents *a = ctx;
	agent_adv adv;

	if (h->ttl == 1 && agent_adv_get(h->p, h->n, &adv)) /* RFC 5944 2.1: of this link alone */
		client_core_agent(a->core, io_now(), h->ifindex, &h->from, &adv);
}

static void on_readable(void *ctx)
{
	agents *a = ctx;

	icmp_agents_recv(a->icmp, on_heard, a);
}

bool agents_open(agents *a, io_loop *l, client_core *core, err *e)
{
	a->core = core;
	a->icmp = icmp_agents_open(ICMP_CLIENT, e);
	if (!a->icmp)
		return false;
	a->watch = io_watch_new(l, icmp_agents_fd(a->icmp), on_readable, a, e);
	return a->watch != NULL;
}

void agents_close(agents *a)
{
	io_watch_free(a->watch);
	icmp_agents_close(a->icmp);
}

void agents_solicit(agents *a, const uplink *u)
{
	uint8_t msg[16];
	size_t n = agent_solicit_put(msg, sizeof msg);

	if (a->icmp)
		icmp_agents_send(a->icmp, u->ifindex, &u->local.addr, NULL, msg, n);
}
