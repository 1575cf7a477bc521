/* SPDX-License-Identifier: MIT */
/* status.c - what the outside sees, and is told when it changes. */
#include "core/client/priv.h"

#include <assert.h>
#include <stdio.h>

const char *client_state_name(client_state s)
{
	static const char *const names[] = { "searching", "registering", "registered",
					     "home",      "denied",      "stopped" };
	static_assert(CLIENT_COUNT(names) == CLIENT_N_STATES, "name every client_state");
	return s < CLIENT_N_STATES ? names[s] : "?";
}

const char *path_kind_name(path_kind k)
{
	static const char *const names[] = { "direct", "relay", "https", "http" };
	static_assert(CLIENT_COUNT(names) == PATH_N_KINDS, "name every path_kind");
	return k < PATH_N_KINDS ? names[k] : "?";
}

client_state client_state_now(const client_core *c)
{
	switch (c->reg.state) {
	case REG_GONE:
		return CLIENT_STOPPED;
	case REG_HOME:
		return CLIENT_HOME;
	case REG_REFUSED:
		return CLIENT_DENIED;
	default:
		break;
	}
	if (!c->active)
		return CLIENT_SEARCHING;
	return c->cur && !c->active->failed ? CLIENT_REGISTERED : CLIENT_REGISTERING;
}

static client_tunnel tunnel_now(const client_core *c)
{
	client_tunnel t;
	memset(&t, 0, sizeof t); /* compared octet by octet */
	t.at_home = c->reg.state == REG_HOME;
	t.up = c->ever_up && !t.at_home && c->reg.state != REG_GONE;
	t.home_ifindex = t.at_home && c->home_path ? c->home_path->up.ifindex : 0;
	t.home4 = c->home4;
	t.home6 = c->home6;
	t.network4 = c->network4;
	t.network6 = c->network6;
	t.inner_mtu = c->inner_mtu;
	return t;
}

static bool tunnel_equal(const client_tunnel *a, const client_tunnel *b)
{
	return a->up == b->up && a->at_home == b->at_home && a->home_ifindex == b->home_ifindex &&
	       ip_equal(&a->home4, &b->home4) && ip_equal(&a->home6, &b->home6) &&
	       ip_equal(&a->network4.addr, &b->network4.addr) &&
	       a->network4.bits == b->network4.bits &&
	       ip_equal(&a->network6.addr, &b->network6.addr) &&
	       a->network6.bits == b->network6.bits && a->inner_mtu == b->inner_mtu;
}

void client_tell(client_core *c, core_time now)
{
	(void)now;
	client_state s = client_state_now(c);
	if (c->cur)
		c->ever_up = true;
	client_tunnel t = tunnel_now(c);
	if ((t.up || t.at_home || c->told_tunnel.up || c->told_tunnel.at_home) &&
	    !tunnel_equal(&t, &c->told_tunnel)) {
		c->told_tunnel = t;
		c->env->tunnel(c->env->ctx, &t);
	}
	if (s == c->told_state && strcmp(c->reg.reason, c->told_reason) == 0)
		return;
	c->told_state = s;
	memcpy(c->told_reason, c->reg.reason, sizeof c->told_reason);
	c->env->state(c->env->ctx, s, c->reg.reason);
}

static void sa_status(const client_core *c, core_time now, client_status *out)
{
	out->has_sa = c->cur != NULL;
	if (!c->cur)
		return;
	out->spi_in = c->cur->spi_in;
	out->spi_out = c->cur->spi_out;
	out->cipher = c->cur->cipher;
	out->sa_age_s = (uint32_t)((now.ms - c->cur->born_ms) / 1000);
}

void client_core_status(const client_core *c, core_time now, client_status *out)
{
	*out = (client_status){
		.state = client_state_now(c),
		.home4 = c->home4,
		.home6 = c->home6,
		.handovers = c->handovers,
		.last_handover_ms = c->last_handover_ms,
		.tx_bytes = c->tx_bytes,
		.rx_bytes = c->rx_bytes,
		.tx_packets = c->tx_packets,
		.rx_packets = c->rx_packets,
		.drop_replay = c->drop_replay,
		.drop_auth = c->drop_auth,
		.drop_too_big = c->drop_too_big,
		.drop_no_path = c->drop_no_path,
		.drop_source = c->drop_source,
		.inner_mtu = c->inner_mtu,
	};
	snprintf(out->reason, sizeof out->reason, "%s", c->reg.reason);
	if (c->reg.until_ms != NEVER && c->reg.until_ms > now.ms)
		out->lifetime_s = (uint32_t)((c->reg.until_ms - now.ms + 999) / 1000);
	sa_status(c, now, out);
}

static void path_status(const client_core *c, const client_path *p, client_path_status *out)
{
	char name[ENDPOINT_STRLEN];
	*out = (client_path_status){
		.kind = p->kind,
		.sock = p->sock,
		.local = p->up.local.addr,
		.remote = p->remote,
		.active = p == c->active,
		.answering = p->answering && !p->failed,
		.nat = p->nat,
		.rtt_ms = p->rtt_us ? p->rtt_us / 1000.0 : -1,
		.mtu = p->mtu_on ? p->mtu.good : 0,
	};
	memcpy(out->uplink, p->up.name, sizeof out->uplink);
	snprintf(out->agent, sizeof out->agent, "%s", client_agent_name(c, p->agent, name));
}

size_t client_core_paths(const client_core *c, core_time now, client_path_status *out, size_t max)
{
	size_t n = 0;
	(void)now;
	for (unsigned i = 0; i < CLIENT_PATHS && n < max; i++)
		if (c->paths[i].used)
			path_status(c, &c->paths[i], &out[n++]);
	return n;
}
