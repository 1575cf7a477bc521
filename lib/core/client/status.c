/* SPDX-License-Identifier: MIT */
/* status.c - what the outside sees, and is notified of when it changes. */
#include "core/client/private.h"

#include <stdio.h>

static client_state state_of(const client_core *c)
{
	const client_path *active = c->paths.active;

	switch (c->registration.state) {
	case CLIENT_REG_GONE:
		return CLIENT_STOPPED;
	case CLIENT_REG_AT_HOME:
		return CLIENT_HOME;
	case CLIENT_REG_REFUSED:
		return CLIENT_DENIED;
	default:
		break;
	}
	if (!active)
		return CLIENT_SEARCHING;
	return client_associations_has_pair(&c->associations) && !active->failed
		       ? CLIENT_REGISTERED
		       : CLIENT_REGISTERING;
}

static client_tunnel tunnel_of(const client_core *c)
{
	bool at_home = !client_core_is_away(c);
	const client_path *home = client_paths_by_name(&c->paths, c->registration.home_path);

	return (client_tunnel){
		.at_home = at_home,
		.up = c->handover.was_up && !at_home && c->registration.state != CLIENT_REG_GONE,
		.home_ifindex = at_home && home ? home->up.ifindex : 0,
		.home4 = c->binding.home4,
		.home6 = c->binding.home6,
		.network4 = c->binding.network4,
		.network6 = c->binding.network6,
		.inner_mtu = c->mtu.inner,
	};
}

static bool is_tunnel_equal(const client_tunnel *a, const client_tunnel *b)
{
	return a->up == b->up && a->at_home == b->at_home && a->home_ifindex == b->home_ifindex &&
	       ip_equal(&a->home4, &b->home4) && ip_equal(&a->home6, &b->home6) &&
	       ip_equal(&a->network4.addr, &b->network4.addr) &&
	       a->network4.bits == b->network4.bits &&
	       ip_equal(&a->network6.addr, &b->network6.addr) &&
	       a->network6.bits == b->network6.bits && a->inner_mtu == b->inner_mtu;
}

void client_status_notify(client_core *c)
{
	const client_env *env = c->host.env;
	const client_state state = state_of(c);
	const client_tunnel tunnel = tunnel_of(c), *was = &c->notified.tunnel;
	const char *reason = c->registration.reason;

	if ((tunnel.up || tunnel.at_home || was->up || was->at_home) &&
	    !is_tunnel_equal(&tunnel, was)) {
		c->notified.tunnel = tunnel;
		env->tunnel(env->ctx, &tunnel);
	}
	if (state == c->notified.state && strcmp(reason, c->notified.reason) == 0)
		return;
	c->notified.state = state;
	memcpy(c->notified.reason, reason, sizeof c->notified.reason);
	env->state(env->ctx, state, reason);
}

static void sa_status(const client_core *c, core_time now, client_status *out)
{
	const sa_pair *sa = client_associations_sending(&c->associations, now.ms);

	out->has_sa = sa != NULL;
	if (!sa)
		return;
	out->spi_in = sa->spi_in;
	out->spi_out = sa->spi_out;
	out->cipher = sa->cipher;
	out->sa_age_s = (uint32_t)((now.ms - sa->born_ms) / 1000);
}

void client_core_status(const client_core *c, core_time now, client_status *out)
{
	const client_forward *f = &c->forward;
	uint64_t until = c->binding.until_ms;

	*out = (client_status){
		.state = state_of(c),
		.home4 = c->binding.home4,
		.home6 = c->binding.home6,
		.handovers = c->handover.n,
		.last_handover_ms = c->handover.last_ms,
		.tx_bytes = f->tx_bytes,
		.rx_bytes = f->rx_bytes,
		.tx_packets = f->tx_packets,
		.rx_packets = f->rx_packets,
		.drop_replay = f->drop_replay,
		.drop_auth = f->drop_auth,
		.drop_too_big = f->drop_too_big,
		.drop_no_path = f->drop_no_path,
		.drop_source = f->drop_source,
		.inner_mtu = c->mtu.inner,
	};
	snprintf(out->reason, sizeof out->reason, "%s", c->registration.reason);
	if (until != NEVER && until > now.ms)
		out->lifetime_s = (uint32_t)((until - now.ms + 999) / 1000);
	sa_status(c, now, out);
}

size_t client_core_paths(const client_core *c, core_time now, client_path_status *out, size_t max)
{
	char name[ENDPOINT_STRLEN];
	size_t n = 0;

	(void)now;
	for (const client_path *p = NULL; n < max && (p = client_paths_next(&c->paths, p));) {
		client_path_status *o = &out[n++];
		*o = (client_path_status){
			.kind = p->kind,
			.sock = p->sock,
			.local = p->up.local.addr,
			.remote = p->remote,
			.active = p == c->paths.active,
			.answering = p->answering && !p->failed,
			.nat = p->nat,
			.rtt_ms = p->rtt_us ? p->rtt_us / 1000.0 : -1,
			.mtu = p->mtu,
		};
		memcpy(o->uplink, p->up.name, sizeof o->uplink);
		snprintf(o->agent, sizeof o->agent, "%s",
			 client_agents_name(&c->agents, p->agent, name));
	}
	return n;
}
