/* SPDX-License-Identifier: MIT */
/* world_mux.c - the world's multiplexer, and tunnels to it. */
#include "world.h"

#include <stdio.h>

enum { SILENCE_US = 15000000, CLOSED_PORT_US = 1000 };

void world_profile_mux(world *w, client_path_kind k, const char *agent)
{
	client_mux *m = &w->cconf.muxes[w->cconf.n_muxes++];

	m->kind = k;
	snprintf(m->agent, sizeof m->agent, "%s", agent);
}

endpoint world_mux_at(const world *w, uint32_t sock)
{
	const client_mux *m = &w->cconf.muxes[w->socks[sock % SIM_SOCKS].mux - 1];

	return (endpoint){ .addr = ip4(203, 0, 113, 20), .port = m->kind == PATH_HTTPS ? 443 : 80 };
}

endpoint world_mux_out(uint32_t sock)
{
	return (endpoint){ .addr = ip4(192, 168, 50, 20), .port = (uint16_t)(30000 + sock % 500) };
}

static bool passes(const world *w, uint32_t sock)
{
	const site *s = &w->sites[w->socks[sock % SIM_SOCKS].site];
	const client_mux *m = &w->cconf.muxes[w->socks[sock % SIM_SOCKS].mux - 1];

	return s->plugged && !s->black && !s->portal &&
	       !(m->kind == PATH_HTTPS ? s->no_https : s->no_http);
}

/* TCP, TLS and the request take a round trip each; a portal shows itself after two. */
bool world_carrier_open(void *ctx, const uplink *u, unsigned mux, uint32_t *sock)
{
	world *w = ctx;

	if (!world_open_sock(w, u, 1 + mux, sock))
		return false;
	uint32_t k = *sock % SIM_SOCKS;
	const site *s = &w->sites[w->socks[k].site];
	uint64_t rtt = 2ull * s->delay_us;
	w->socks[k].at_us = w->us + (passes(w, *sock) ? 3 * rtt : s->portal ? 2 * rtt : SILENCE_US);
	w->carriers++;
	return true;
}

static void down(world *w, uint32_t k)
{
	uint32_t sock = w->socks[k].opened;
	bool portal = w->sites[w->socks[k].site].portal;

	w->socks[k].at_us = UINT64_MAX;
	client_core_carrier_down(w->client, world_client_time(w), sock, portal);
}

void world_tick_carriers(world *w)
{
	for (uint32_t k = 0; k < SIM_SOCKS; k++) {
		uint32_t sock = w->socks[k].opened;
		if (w->socks[k].site < 0 || !w->socks[k].mux || w->us < w->socks[k].at_us)
			continue;
		if (!passes(w, sock)) {
			down(w, k);
			continue;
		}
		const endpoint at = world_mux_at(w, sock);
		w->socks[k].at_us = UINT64_MAX;
		w->socks[k].up = true;
		client_core_carrier_up(w->client, world_client_time(w), sock, &at);
	}
}

uint64_t world_carriers_next_timer_us(const world *w)
{
	uint64_t next = UINT64_MAX;

	for (uint32_t k = 0; k < SIM_SOCKS; k++)
		if (w->socks[k].site >= 0 && w->socks[k].mux && w->socks[k].at_us < next)
			next = w->socks[k].at_us;
	return next;
}

void world_cut_carriers(world *w)
{
	for (uint32_t k = 0; k < SIM_SOCKS; k++)
		if (w->socks[k].site >= 0 && w->socks[k].mux && w->socks[k].up)
			down(w, k);
	world_collect(w);
}

bool world_carriers_open(const world *w)
{
	for (uint32_t k = 0; k < SIM_SOCKS; k++)
		if (w->socks[k].site >= 0 && w->socks[k].mux)
			return true;
	return false;
}

static void note_carrier(void *ctx, const home_binding_status *b)
{
	*(bool *)ctx = b->carrier;
}

bool world_by_carrier(world *w)
{
	bool carrier = false;

	home_core_each_binding(w->home, world_home_time(w), note_carrier, &carrier);
	return carrier;
}
